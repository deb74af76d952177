// SPDX-License-Identifier: Apache-2.0
// Weights of 4 or 8 bits, of which neighbours share a scale: how a network asks for them, and the names that plans
// have for their packed arrays. docs/design/0013-weights-in-groups.md.
#pragma once
#include <lamina/core/text.hpp>
#include <lamina/core/whole.hpp>

#include <string_view>

namespace lamina {

/// How network::quantize_weights stores weights.
struct weight_options {
    whole bits = 8;     ///< 4 or 8
    whole group = 128;  ///< neighbouring inputs that share a scale; the last group may be shorter
    bool zero_points = false;  ///< a zero point for each group, too: weights far from 0 on one side
};

/// The same of a layer; `bits` 0: its weights are stored as the plan stores numbers.
struct weight_groups {
    int bits = 0, group = 0;
    bool zero_points = false;

    constexpr bool operator==(const weight_groups&) const = default;
    /// The largest number of the type; the least is -largest() - 1, which symmetric rounding leaves out.
    constexpr int largest() const { return (1 << (bits - 1)) - 1; }
    /// Numbers of a word of 32 bits: neighbouring inputs of one output, the first in the lowest bits.
    constexpr int per_word() const { return bits ? 32 / bits : 1; }
    constexpr int count(int inputs) const { return group ? (inputs + group - 1) / group : 0; }
};

/// What an array has of such weights. A weight is scale * (number - zero).
enum class rounded_part : unsigned char { numbers, scale, zero };

namespace detail {

/// What is wrong with them; empty: nothing.
constexpr sentence fault_of(const weight_options& o) {
    sentence out;
    if (o.bits != 4 && o.bits != 8)
        out.append("bits ").append(int{o.bits}).append("; weights have 4 or 8 bits");
    else if (o.group < 16 || o.group > 65536 || o.group % 8)
        out.append("group ")
            .append(int{o.group})
            .append(
                "; groups are a multiple of 8 inputs, from 16 to 65536 (32, 64 and 128 are usual)");
    return out;
}

struct group_name {
    std::string_view name;
    int bits;
    bool zero_points;
    rounded_part part;
};
/// Weight.transform of plan.fbs.
inline constexpr group_name group_names[] = {
    {"int4_symmetric", 4, false, rounded_part::numbers},
    {"int4_symmetric_scale", 4, false, rounded_part::scale},
    {"int4_affine", 4, true, rounded_part::numbers},
    {"int4_affine_scale", 4, true, rounded_part::scale},
    {"int4_affine_zero", 4, true, rounded_part::zero},
    {"int8_symmetric", 8, false, rounded_part::numbers},
    {"int8_symmetric_scale", 8, false, rounded_part::scale},
    {"int8_affine", 8, true, rounded_part::numbers},
    {"int8_affine_scale", 8, true, rounded_part::scale},
    {"int8_affine_zero", 8, true, rounded_part::zero},
};

/// The row of a transform; nullptr: it is another one.
constexpr const group_name* group_transform(std::string_view transform) {
    for (const group_name& each : group_names)
        if (each.name == transform) return &each;
    return nullptr;
}
constexpr std::string_view transform_of(const weight_groups& groups, rounded_part part) {
    for (const group_name& each : group_names)
        if (each.bits == groups.bits && each.zero_points == groups.zero_points && each.part == part)
            return each.name;
    return {};
}

}  // namespace detail
}  // namespace lamina
