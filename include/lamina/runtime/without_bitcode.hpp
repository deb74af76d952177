// SPDX-License-Identifier: Apache-2.0
// Binaries of PoCL without LLVM's form of the program, which PoCL would read and keep as long as the program lives: only
// for kernels that it would compile once more, while those of such a binary are there as machine code. Used by program.hpp
// for binaries from the cache and from plans.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamina::detail {

/// Reads little-endian numbers and texts of a binary; `is_sound` is false once it would have read past the end.
class binary_reader {
public:
    explicit binary_reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    std::size_t at() const { return at_; }
    bool is_sound() const { return is_sound_; }
    bool is_at_end() const { return is_sound_ && at_ == bytes_.size(); }

    template <class Number> Number number() {
        Number out = 0;
        const std::span<const std::byte> from = take(sizeof out);
        for (std::size_t i = 0; i < from.size(); ++i)
            out |= static_cast<Number>(std::to_integer<Number>(from[i]) << (8 * i));
        return out;
    }
    std::string_view text() { return text(number<std::uint32_t>()); }
    std::string_view text(std::size_t length) {
        const std::span<const std::byte> from = take(length);
        return {reinterpret_cast<const char*>(from.data()), from.size()};
    }
    void go_to(std::size_t place) {
        is_sound_ = is_sound_ && place >= at_ && place <= bytes_.size();
        if (is_sound_) at_ = place;
    }

private:
    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
    bool is_sound_ = true;

    std::span<const std::byte> take(std::size_t count) {
        is_sound_ = is_sound_ && count <= bytes_.size() - at_;
        if (!is_sound_) return {};
        at_ += count;
        return bytes_.subspan(at_ - count, count);
    }
};

/// Where a binary of PoCL's format 9 (PoCL 3.1, lib/CL/pocl_binary.c) has LLVM's form of the program; nothing for other
/// bytes, and where a kernel may need it: where machine code for launches of any size is missing, or where PoCL may
/// compile for the size of a launch.
struct bitcode_place {
    std::size_t hash_end
        = 0;  ///< behind the letters that name the program's folder in PoCL's cache
    std::size_t begin = 0, end = 0;  ///< the entry, with its size in front
};

inline std::optional<bitcode_place> find_bitcode(std::span<const std::byte> binary) {
    using namespace std::string_view_literals;
    constexpr std::uint32_t format = 9;
    constexpr std::size_t letters = 40;
    binary_reader in(binary);
    bitcode_place out;
    if (in.text(8) != "poclbin\0"sv) return {};
    in.number<std::uint64_t>();  // of the device
    if (in.number<std::uint32_t>() != format) return {};
    const auto kernels = in.number<std::uint32_t>();
    in.number<std::uint64_t>();                      // flags
    if (in.number<std::uint32_t>() != 1) return {};  // files beside those of kernels
    if (in.text(letters).find('\0') != std::string_view::npos || in.text(1) != "\0"sv) return {};
    out.hash_end = in.at() - 1;
    out.begin = in.at();
    const auto bytes = in.number<std::uint64_t>();
    const std::size_t file = in.at();
    if (in.text() != "/program.bc") return {};
    in.text();
    out.end = in.at();
    if (!in.is_sound() || out.end - file != bytes || !kernels) return {};
    for (std::uint32_t k = 0; k < kernels && in.is_sound(); ++k) {
        const std::size_t start = in.at();
        const auto record = in.number<std::uint64_t>(), files = in.number<std::uint64_t>();
        in.number<std::uint32_t>();  // bytes of arguments
        const std::string name(in.text());
        in.number<std::uint32_t>();  // arguments
        in.number<std::uint32_t>();  // local ones
        for (int d = 0; d < 3; ++d)
            if (in.number<std::uint64_t>() == 0) return {};  // launches have sizes of their own
        if (record > binary.size() - start || files > record) return {};
        const std::size_t end = start + static_cast<std::size_t>(record);
        in.go_to(end - static_cast<std::size_t>(files));
        bool has_general = false;
        while (in.is_sound() && in.at() < end) {
            has_general = in.text() == "/" + name + "/0-0-0/" + name + ".so" || has_general;
            in.text();
        }
        if (in.at() != end || !has_general) return {};
    }
    if (!in.is_at_end()) return {};
    return out;
}

/// The binary with an entry in the place of LLVM's form that PoCL does not read, and with another folder in PoCL's cache,
/// as it would be read from there; nothing where it is needed or the bytes are not known.
inline std::optional<std::vector<std::byte>> without_bitcode(std::span<const std::byte> binary) {
    const std::optional<bitcode_place> found = find_bitcode(binary);
    if (!found) return {};
    constexpr std::string_view path = "/without_bitcode", content = "-";
    std::vector<std::byte> out(
        binary.begin(), binary.begin() + static_cast<std::ptrdiff_t>(found->begin));
    out[found->hash_end - 1] = std::byte{'Z'};  // PoCL's letters end at P
    const auto put = [&](std::uint64_t number, int bytes) {
        for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(number >> (8 * i)));
    };
    const auto put_text = [&](std::string_view text) {
        put(text.size(), 4);
        for (const char c : text) out.push_back(static_cast<std::byte>(c));
    };
    put(path.size() + content.size() + 8, 8);
    put_text(path);
    put_text(content);
    out.insert(out.end(), binary.begin() + static_cast<std::ptrdiff_t>(found->end), binary.end());
    return out;
}

}  // namespace lamina::detail
