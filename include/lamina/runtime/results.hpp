// SPDX-License-Identifier: Apache-2.0
// Arguments and results of engine.run(): named ranges in, numbers with their shape out.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <lamina/core/dtype.hpp>
#include <lamina/core/error.hpp>
#include <lamina/core/shape.hpp>
#include <lamina/plan/records.hpp>

namespace lamina {

/// The element type of numbers of the host: float, int, std::int8_t, std::uint8_t or bool; dtype::other
/// for what no input or output is.
template <class Number>
inline constexpr dtype host_type_of = std::is_same_v<Number, float> ? dtype::f32
    : std::is_same_v<Number, int>                                   ? dtype::i32
    : std::is_same_v<Number, std::int8_t>                           ? dtype::i8
    : std::is_same_v<Number, std::uint8_t>                          ? dtype::u8
    : std::is_same_v<Number, bool>                                  ? dtype::boolean
                                                                    : dtype::other;

/// A number that inputs, outputs and states have on the host.
template <class Number>
concept host_number = host_type_of<Number> != dtype::other;

namespace detail {

/// "floats": what a host's numbers are called in messages.
constexpr std::string_view numbers_of(dtype host) {
    return host == dtype::f32 ? "floats"
        : host == dtype::i32  ? "ints"
        : host == dtype::i8   ? "signed bytes"
        : host == dtype::u8   ? "bytes"
                              : "bools";
}
/// The host's numbers that a binding takes.
constexpr dtype host_type(dtype binding) { return is_integer(binding) ? binding : dtype::f32; }
/// True if a binding takes these numbers: truth values may come as bytes.
constexpr bool takes_numbers(dtype binding, dtype host) {
    return host == host_type(binding)
        || (binding == dtype::boolean && (host == dtype::u8 || host == dtype::i8));
}
/// Errors  LAM-R20 numbers of another type than an input takes.
inline void check_numbers(const plan_binding& b, dtype host) {
    if (takes_numbers(b.type, host)) return;
    throw error(errc::input_dtype, std::string(b.name),
        "input '" + std::string(b.name) + "' got " + std::string(numbers_of(host)) + ", it is "
            + std::string(to_text(b.type)) + "; give " + std::string(numbers_of(host_type(b.type)))
            + (b.type == dtype::boolean ? " or bytes (std::uint8_t)" : ""));
}

}  // namespace detail

/// A contiguous range. (<ranges>, which has one too, takes each file that runs networks 13 MB.)
template <class Values>
concept contiguous_values = requires(const Values& values) {
    *std::data(values);
    std::size(values);
};

template <contiguous_values Values>
using number_of = std::remove_cvref_t<decltype(*std::data(std::declval<const Values&>()))>;

namespace detail {

/// The type of the values of an input or a state; other numbers do not compile.
template <contiguous_values Values> constexpr dtype host_type_in() {
    static_assert(host_number<number_of<Values>>,
        "values are contiguous ranges of float, int, std::int8_t, std::uint8_t or bool; convert "
        "others, such as std::int64_t, to one of these");
    return host_type_of<number_of<Values>>;
}

}  // namespace detail

/// {"image", values}: a contiguous range of float, or of the number that an input of another type has: int
/// for i32, std::int8_t, std::uint8_t, bool (or bytes) for boolean. It is not copied, so it must outlive
/// the call.
struct named_values {
    std::string_view name;
    const void* data;
    std::size_t count;
    dtype type;
    std::optional<shape> dims = {};  ///< where they are not those of the engine

    template <contiguous_values Values>
    named_values(std::string_view name, const Values& values)
        : name(name), data(std::data(values)), count(std::size(values)),
          type(detail::host_type_in<Values>()) {}
    /// {"image", values, {3, 3, 480, 640}}, for a network with dims.
    template <contiguous_values Values>
    named_values(std::string_view name, const Values& values, const shape& extents)
        : named_values(name, values) {
        dims = extents;
    }
};

/// Dense row-major numbers and their shape; a range of float. Of an output of whole numbers or truth values
/// `indices` holds the exact numbers, and the floats are their conversions.
struct result {
    std::vector<float> values;
    std::vector<int> indices;
    shape dims;

    auto begin() const { return values.begin(); }
    auto end() const { return values.end(); }
    const float* data() const { return values.data(); }
    std::size_t size() const { return values.size(); }
    float operator[](std::size_t i) const { return values[i]; }

    /// Index of the largest number, the first of equals: argmax(engine.run(image)). A friend, so that it
    /// is found by argument-dependent lookup only and does not hide the layer argmax.
    friend int argmax(const result& scores) {
        const auto& all = scores.values;
        return static_cast<int>(std::max_element(all.begin(), all.end()) - all.begin());
    }
};

/// The outputs of a run, by name, in the network's order.
struct results {
    std::vector<std::pair<std::string, result>> all;

    /// Errors  LAM-R21 with the existing names.
    const result& operator[](std::string_view name) const {
        std::string names;
        for (const auto& [have, value] : all) {
            if (have == name) return value;
            names += (names.empty() ? "'" : ", '") + have + "'";
        }
        throw error(errc::output_missing, std::string(name),
            "the network has no output '" + std::string(name) + "', it has " + names
                + "; use one of these names");
    }
    std::size_t size() const { return all.size(); }
};

}  // namespace lamina
