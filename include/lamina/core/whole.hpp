// SPDX-License-Identifier: Apache-2.0
// A whole number for options: C++ silently converts 2.9 to 2, this type does not.
#pragma once
#include <cstdint>
#include <type_traits>

namespace lamina {

/// An int without conversion from floating point: `.kernel = 2.9` does not compile. Values outside
/// the range of int become its largest or smallest value, which every option's check rejects.
struct whole {
    int value = 0;

    constexpr whole() = default;
    template <class Number>
        requires std::is_arithmetic_v<Number>
        || (std::is_enum_v<Number> && std::is_convertible_v<Number, int>)
    constexpr whole(Number number) {
        static_assert(!std::is_floating_point_v<Number>,
            "a whole number is needed here (extent, channels, kernel, stride, pad, axis ...), this "
            "one has a fraction: round it as the original network does, or write static_cast<int>");
        constexpr std::int64_t most = 2147483647;
        if constexpr (std::is_floating_point_v<Number>)
            value = 1;
        else if constexpr (sizeof(Number) == sizeof(std::int64_t) && std::is_unsigned_v<Number>)
            value = number > static_cast<Number>(most) ? most : static_cast<int>(number);
        else if constexpr (sizeof(Number) < sizeof(int))
            value = static_cast<int>(number);
        else  // no call, every option comes by here
            value = static_cast<std::int64_t>(number) > most ? static_cast<int>(most)
                : static_cast<std::int64_t>(number) < -most  ? static_cast<int>(-most)
                                                             : static_cast<int>(number);
    }
    /// From types that convert to int implicitly, such as a JSON library's number.
    template <class Object>
        requires(std::is_class_v<Object> && std::is_convertible_v<const Object&, int>)
    constexpr whole(const Object& object) {
        const int number = object;
        value = number;
    }
    constexpr operator int() const { return value; }
};

}  // namespace lamina
