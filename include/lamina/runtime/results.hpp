// SPDX-License-Identifier: Apache-2.0
// Arguments and results of engine.run(): named ranges in, numbers with their shape out.
#pragma once
#include <algorithm>
#include <cstddef>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/core/shape.hpp>

namespace lamina {

/// {"image", values}: a contiguous range of float, or of int for i32 inputs. It is not copied, so
/// it must outlive the call.
struct named_values {
    std::string_view name;
    const void* data;
    std::size_t count;
    bool ints;

    template <std::ranges::contiguous_range Values>
    named_values(std::string_view name, const Values& values)
        : name(name), data(std::ranges::data(values)), count(std::ranges::size(values)),
          ints(std::is_same_v<std::ranges::range_value_t<Values>, int>) {
        static_assert(ints_or_floats<Values>, "inputs are contiguous ranges of float or int");
    }

private:
    template <class Values>
    static constexpr bool ints_or_floats = std::is_same_v<std::ranges::range_value_t<Values>, float>
        || std::is_same_v<std::ranges::range_value_t<Values>, int>;
};

/// Dense row-major numbers and their shape; a range of float. Of an i32 output `indices` holds the
/// exact numbers, and the floats are their conversions.
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
