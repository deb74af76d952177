// SPDX-License-Identifier: Apache-2.0
// Files linked into this program by lamina_embed() (embed.cmake), found by name at run time.
// weights.hpp and the plan reader accept a blob wherever they accept a file.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <lamina/core/error.hpp>

namespace lamina {

/// Bytes of the program itself: never freed, 64-byte aligned.
struct blob {
    std::string_view name;
    std::span<const std::byte> bytes;
};

namespace detail {

/// One link of the list of blobs. Each lamina_embed() makes a source file that defines one, so the
/// list is complete before main(); initialisers of other static objects may run too early for it.
struct blob_entry {
    blob value;
    const blob_entry* next;
    static inline const blob_entry* first = nullptr;

    blob_entry(std::string_view name, const std::byte* begin, const std::byte* end)
        : value{name, {begin, end}}, next(first) {
        first = this;
    }
    blob_entry(const blob_entry&) = delete;
    blob_entry& operator=(const blob_entry&) = delete;
};

}  // namespace detail

/// The blob that lamina_embed(target FILE ... AS name) linked into this program.
/// Errors  LAM-R09, which lists the existing names.
inline blob embedded(std::string_view name) {
    std::string names;
    for (const auto* entry = detail::blob_entry::first; entry; entry = entry->next) {
        if (entry->value.name == name) return entry->value;
        names += (names.empty() ? "" : ", ") + std::string(entry->value.name);
    }
    throw error(errc::blob_missing, std::string(name),
        "no blob '" + std::string(name) + "' is linked into this program, it has "
            + (names.empty() ? "none" : names) + "; add lamina_embed(<target> FILE <file> AS "
            + std::string(name) + ") to CMakeLists.txt");
}

}  // namespace lamina
