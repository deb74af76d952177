// SPDX-License-Identifier: Apache-2.0
// A whole number as an option takes it: C++ turns 2.9 into 2 without a word, this type does not.
#pragma once
#include <cstdint>
#include <type_traits>

namespace lamina {

/// An int that no floating-point number becomes: `.kernel = 2.9` does not compile. What does not
/// fit an int becomes the largest or smallest one, which every option's check refuses.
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
        else if constexpr (std::is_enum_v<Number> || sizeof(Number) < sizeof(std::int64_t))
            value = cut(static_cast<std::int64_t>(number));
        else if constexpr (std::is_unsigned_v<Number>)
            value = number > static_cast<Number>(most) ? most : static_cast<int>(number);
        else
            value = cut(number);
    }
    /// What becomes an int by itself, such as a number of a JSON library.
    template <class Object>
        requires(std::is_class_v<Object> && std::is_convertible_v<const Object&, int>)
    constexpr whole(const Object& object) {
        const int number = object;
        value = number;
    }
    constexpr operator int() const { return value; }

private:
    static constexpr int cut(std::int64_t number) {
        constexpr std::int64_t most = 2147483647;
        return static_cast<int>(number > most ? most : number < -most ? -most : number);
    }
};

}  // namespace lamina
