// SPDX-License-Identifier: Apache-2.0
// A kernel's defines before they are text: parts that point at literals and carry numbers. Select
// collects them; most launches share a kernel, and render writes only distinct ones.
#pragma once
#include <lamina/core/dynamic_array.hpp>
#include <lamina/core/text.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>

namespace lamina::planner {

/// Words for a part: a string literal, which lives as long as the program, or any other characters,
/// which are copied one by one and so cost more.
struct phrase {
    const char* data;
    int size;
    bool lasts;
    bool cut = false;  ///< of a text that was too long for its room

    template <int Size>
    constexpr phrase(const char (&literal)[Size]) : data(literal), size(Size - 1), lasts(true) {}
    template <int Size> phrase(char (&)[Size]) = delete;
    constexpr phrase(std::string_view all)
        : data(all.data()), size(static_cast<int>(all.size())), lasts(false) {}
    template <std::same_as<const char*> Pointer>
    constexpr phrase(const Pointer& all) : phrase(std::string_view(all)) {}
    template <int Capacity> constexpr phrase(const text<Capacity>& all) : phrase(all.view()) {
        cut = all.overflowed;
    }

    /// Any pointer to a string literal, from a function or a table.
    static constexpr phrase literal(const char* all) {
        phrase out{std::string_view(all, __builtin_strlen(all))};
        out.lasts = true;
        return out;
    }
};

enum class part_kind : unsigned char {
    define,           ///< "#define KEY value\n"
    define_stride,    ///< "#define S_KEY value\n"
    opening,          ///< "#define KEY "; words follow, the last of them is closing
    words,            ///< as they are, with the index behind them
    closing,          ///< the same, and "\n"
    numeral,          ///< the value before the words
    bits,             ///< the same, unsigned
    argument,         ///< ", const int KEY" among NUMBERS
    argument_stride,  ///< ", const int S_KEY"
};

/// No initialisers, so that an array of parts costs nothing until it is filled.
struct define_part {
    part_kind kind;
    const char* words;  ///< a literal; nullptr: `size` copied characters from `from` on
    int from, size;
    int index;  ///< behind the words; -1: none
    int value;
};

/// The parts of one launch. Two lists are equal if their hashes are: 64 bits over every word and
/// number, so a plan would need billions of kernels for an accidental match.
struct define_list {
    static constexpr int part_limit = 1024, copy_limit = 6000;
    define_part parts[part_limit];
    char copied[copy_limit];
    int count = 0, copied_count = 0;
    int numbers = 0;          ///< parts that are arguments
    bool overflowed = false;  ///< something did not fit
    std::uint64_t hash = 14695981039346656037ull;

    constexpr define_list() {}

    constexpr void add(part_kind kind, const phrase& words, int index = -1, int value = 0) {
        std::uint64_t of_words = 0;
        int from = 0;
        if (words.lasts) {
            of_words = hash_of_literal(words.data);
        } else {
            of_words = hash_of({words.data, static_cast<std::size_t>(words.size)});
            from = copied_count;
            overflowed = overflowed || words.cut;
            if (from + words.size > copy_limit) {
                overflowed = true;
                return;
            }
            const char* all = words.data;
            for (int i = 0, size = words.size; i < size; ++i) copied[from + i] = all[i];
            copied_count = from + words.size;
        }
        if (count == part_limit) {
            overflowed = true;
            return;
        }
        parts[count++] = {kind, words.lasts ? words.data : nullptr, from, words.size, index, value};
        const std::uint64_t mixed
            = (hash ^ of_words
                  ^ (static_cast<std::uint64_t>(static_cast<unsigned>(value)) << 16
                      | static_cast<std::uint64_t>(index + 1) << 8
                      | static_cast<std::uint64_t>(kind)))
            * 11400714819323198485ull;
        hash = mixed ^ mixed >> 29;
        numbers += kind >= part_kind::argument;
    }

private:
    /// One argument that is a constant: g++ evaluates each literal once and remembers it.
    static constexpr std::uint64_t hash_of_literal(const char* all) { return hash_of(all); }
};

/// What a kernel keeps of them.
struct define_parts {
    dynamic_array<define_part> parts;
    dynamic_array<char> copied;
    int numbers = 0;
    bool overflowed = false;

    constexpr define_parts() = default;
    constexpr explicit define_parts(const define_list& all)
        : parts(all.parts, all.parts + all.count),
          copied(all.copied, all.copied + all.copied_count), numbers(all.numbers),
          overflowed(all.overflowed) {}
};

}  // namespace lamina::planner
