// SPDX-License-Identifier: Apache-2.0
// Fixed-capacity text that works in constant evaluation (std::string does not with libstdc++ 12).
// Used for names and messages at compile time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lamina {

/// At most `Capacity` characters; what does not fit is dropped and `overflowed` says so.
template <int Capacity> struct text {
    char data[Capacity + 1] = {};
    int size = 0;
    bool overflowed = false;

    constexpr text() = default;
    constexpr text(const char* s) { append(s); }
    constexpr text(std::string_view s) { append(s); }

    constexpr text& append(char c) {
        if (size < Capacity)
            data[size++] = c;
        else
            overflowed = true;
        return *this;
    }
    constexpr text& append(std::string_view s) {
        // One flat loop: a call a character is what constant evaluation is slowest at.
        const char* from = s.data();
        const int wanted = static_cast<int>(s.size());
        const int count = wanted <= Capacity - size ? wanted : Capacity - size;
        overflowed = overflowed || count < wanted;
        for (int i = 0; i < count; ++i) data[size + i] = from[i];
        size += count;
        return *this;
    }
    constexpr text& append(const char* s) {
        int at = size;
        for (; *s && at < Capacity; ++s) data[at++] = *s;
        size = at;
        overflowed = overflowed || *s;
        return *this;
    }
    constexpr text& append(std::int64_t value) {
        char digits[20] = {};
        int count = 0;
        std::uint64_t rest
            = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
        do {
            digits[count++] = static_cast<char>('0' + rest % 10);
            rest /= 10;
        } while (rest);
        if (value < 0) append('-');
        while (count) append(digits[--count]);
        return *this;
    }
    /// A text that was cut makes this one cut too.
    template <int Other> constexpr text& append(const text<Other>& other) {
        append(other.view());
        overflowed = overflowed || other.overflowed;
        return *this;
    }
    constexpr text& append(int value) { return append(static_cast<std::int64_t>(value)); }

    constexpr std::string_view view() const { return {data, static_cast<std::size_t>(size)}; }
    constexpr operator std::string_view() const { return view(); }
    constexpr const char* c_str() const { return data; }
    constexpr bool empty() const { return size == 0; }
    static constexpr int capacity() { return Capacity; }
};

/// One message about a network: long enough for two shapes, three long names and a suggestion.
using sentence = text<1200>;

/// Appends all parts, in order.
template <class... Parts> constexpr sentence say(const Parts&... parts) {
    sentence out;
    (out.append(parts), ...);
    return out;
}

/// FNV-1a: names are compared by it first, one number instead of many characters.
constexpr std::uint64_t hash_of(std::string_view all) {
    std::uint64_t hash = 14695981039346656037ull;
    const char* from = all.data();
    for (int i = 0, count = static_cast<int>(all.size()); i < count; ++i)
        hash = (hash ^ static_cast<unsigned char>(from[i])) * 1099511628211ull;
    return hash;
}

/// The file's name without its folders: what an error message shows.
constexpr std::string_view base_name(const char* path) {
    std::string_view all = path;
    const auto slash = all.find_last_of('/');
    return slash == std::string_view::npos ? all : all.substr(slash + 1);
}

}  // namespace lamina
