// SPDX-License-Identifier: Apache-2.0
// Dims: numbers of a network that may be others each time it is planned, such as a batch. network::dim declares
// them; the planner checks the network at several of their values, and plans it for any.
#pragma once
#include <lamina/core/name.hpp>
#include <lamina/core/whole.hpp>

#include <lamina/core/dynamic_array.hpp>

namespace lamina {

/// The values of a dim: min, min + step, ... max.
struct dim_options {
    whole min = 1;
    whole opt = 0;  ///< what plan<Net> is made for; 0: min
    whole max = 0;  ///< must be given
    whole step = 1;
};

/// A dim of a network, with the value that it has in this one.
struct dim_range {
    name at;
    int min = 1, opt = 1, max = 1, step = 1;
    int value = 1;
    int line = 0;

    constexpr dim_range() = default;
    constexpr dim_range(const name& called, const dim_options& o, int on_line)
        : at(called), min(o.min), opt(o.opt ? int{o.opt} : int{o.min}), max(o.max), step(o.step),
          value(opt), line(on_line) {}

    constexpr bool is_same_range(const dim_range& other) const {
        return min == other.min && opt == other.opt && max == other.max && step == other.step;
    }
    /// How many values there are besides min.
    constexpr int steps() const { return (max - min) / step; }
    /// The largest of the values that is not above `number`, which is in the range.
    constexpr int at_or_below(int number) const { return min + (number - min) / step * step; }
};

/// The value that a dim shall have.
struct dim_value {
    name at;
    int value = 1;

    constexpr dim_value() = default;
    constexpr dim_value(const name& dim, int number) : at(dim), value(number) {}
};

/// "1 to 8", "224 to 1280 in steps of 32".
constexpr sentence to_text(const dim_range& r) {
    sentence out;
    out.append(r.min).append(" to ").append(r.max);
    if (r.step != 1) out.append(" in steps of ").append(r.step);
    return out;
}

namespace detail {

/// "batch 8, height 224": the values that a network has.
constexpr sentence values_text(const dynamic_array<dim_range>& ranges) {
    sentence out;
    for (const dim_range& r : ranges)
        out.append(out.empty() ? "" : ", ").append(r.at.view()).append(' ').append(r.value);
    return out;
}

/// Why a dim cannot have a value; empty if it can.
constexpr sentence refuses(const dim_range& r, const char* what, int value) {
    sentence out;
    if (value < r.min || value > r.max)
        return out.append(what)
            .append(' ')
            .append(value)
            .append(" is outside of ")
            .append(r.min)
            .append(" to ")
            .append(r.max)
            .append("; take one inside, or widen the range");
    const int below = r.at_or_below(value);
    if (value == below) return out;
    return out.append(what)
        .append(' ')
        .append(value)
        .append(" is not reached from min ")
        .append(r.min)
        .append(" in steps of ")
        .append(r.step)
        .append("; use ")
        .append(below)
        .append(" or ")
        .append(below + r.step);
}

/// Two ranges of one dim.
constexpr sentence two_ranges(const dim_range& before, const dim_range& here) {
    sentence out("is ");
    return out.append(to_text(before))
        .append(" with opt ")
        .append(before.opt)
        .append(" on line ")
        .append(before.line)
        .append(", and ")
        .append(to_text(here))
        .append(" with opt ")
        .append(here.opt)
        .append(" here; give each dim one range");
}

/// What is wrong with a range by itself; empty if it is sound.
constexpr sentence fault_of(const dim_range& r) {
    sentence out;
    if (r.at.empty()) return out.append("has no name; name it, callers set it by name");
    if (r.min < 1)
        return out.append("min ").append(r.min).append(
            " is below 1; a dim has at least 1, write an empty extent as a number");
    if (r.max < r.min)
        return out.append("max ")
            .append(r.max)
            .append(" is below min ")
            .append(r.min)
            .append("; write .max, the largest value");
    if (r.step < 1)
        return out.append("step ").append(r.step).append(
            " is below 1; write the distance of two values");
    out = refuses(r, "opt", r.opt);
    return out.empty() ? refuses(r, "max", r.max) : out;
}

}  // namespace detail
}  // namespace lamina
