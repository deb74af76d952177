// SPDX-License-Identifier: Apache-2.0
// A context that changes its shape. Included by engine.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/engine_shapes.hpp>
#include <lamina/runtime/engine_shapes.impl.hpp>
#include <lamina/runtime/engine_state.hpp>

namespace lamina {

/// Inputs keep their values, and all bindings stay, where extents do.
LAMINA_INLINE void context::keep_bindings(const detail::context_at_shape& before) {
    /// Whether the value of a slot may stay: it lies in memory of all shapes.
    const auto keep = [&](memory_space space, std::size_t i, const detail::io_slot& now,
                          const detail::io_slot& old, const shape& dims, const shape& old_dims) {
        const bool stays = dims == old_dims;
        if (now.bound || (stays && old.bound))
            point_to(space, i, stays ? old.bound : opencl::buffer(), stays ? old.bound_offset : 0);
        return stays && old.set;
    };
    const plan_records& old_plan = *before.engine_->plan;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
        inputs_[i].set = keep(memory_space::input, i, inputs_[i], before.inputs_[i],
            plan().inputs[i].dims, old_plan.inputs[i].dims);
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        keep(memory_space::output, i, outputs_[i], before.outputs_[i], plan().outputs[i].dims,
            old_plan.outputs[i].dims);
        outputs_[i].set = false;
    }
}

/// Whether two shapes of a context have the same memory.
LAMINA_INLINE bool context::shares_memory(const detail::context_at_shape& other) const {
    const auto same
        = [](const std::vector<detail::io_slot>& a, const std::vector<detail::io_slot>& b) {
              return std::ranges::equal(
                  a, b, [](const auto& x, const auto& y) { return x.own->get() == y.own->get(); });
          };
    return arena_ == other.arena_ && same(inputs_, other.inputs_) && same(outputs_, other.outputs_);
}

LAMINA_INLINE void context::reshape_to(const std::vector<int>& values) {
    if (values == values_) return;
    need_quiet();
    auto it = std::find_if(parked_.begin(), parked_.end(),
        [&](const detail::context_at_shape& c) { return c.values_ == values; });
    if (it == parked_.end()) {
        context made(detail::shape_at(*shapes_, values), shapes_->reserved, threads_, this);
        made.values_ = values;
        parked_.push_front(std::move(static_cast<detail::context_at_shape&>(made)));
    } else {
        parked_.splice(parked_.begin(), parked_, it);
    }
    detail::context_at_shape& other = parked_.front();
    if (other.arena_ == arena_)  // where this shape may have had other values
        for (const detail::arena_range& range : other.counters_) clear_arena(range);
    std::swap<detail::context_at_shape>(*this, other);
    for (std::size_t i = 0; i < outputs_.size(); ++i)
        std::swap(outputs_[i].floats, other.outputs_[i].floats);
    keep_bindings(other);
    if (!shares_memory(other)) parked_.clear();  // of which some have less
    while (parked_.size() + 1 > shapes_->most) parked_.pop_back();
}

LAMINA_INLINE context& context::reshape(std::span<const shape_value> given) {
    if (!shapes_) detail::fail_fixed(plan(), "this context");
    const std::vector<int> values = detail::find_values(shapes_->source->dims, given);
    reshape_to(values);
    given_by_.assign(values.size(), 0);
    return *this;
}

/// Errors  LAM-R19 other extents than the plan has.
LAMINA_INLINE void context::check_extents(
    const plan_records& at, std::size_t input, const shape& dims) const {
    const plan_binding& b = at.inputs[input];
    if (b.dims == dims) return;
    throw error(errc::input_shape, std::string(b.name),
        "input '" + std::string(b.name) + "' got " + std::string(to_text(dims).view()) + ", it is "
            + std::string(to_text(b.dims).view())
            + (shapes_ ? " at that shape; give these extents, or set dims of which others are "
                         "computed by reshape()"
                       : " in every run; declare the extents that change with net.dim()"));
}

/// `values`, but for those that the extents of an input give.
LAMINA_INLINE std::vector<int> context::values_for(
    std::size_t input, const shape& dims, std::vector<int> values) {
    const plan_binding& b = plan().inputs[input];
    const std::string name(b.name);
    if (!shapes_ || dims.rank != b.dims.rank) check_extents(plan(), input, dims);
    if (!shapes_) return values;
    given_by_.resize(values.size());
    const std::span<const int> axes = shapes_->source->axes_of(b.name);
    for (int axis = 0; axis < dims.rank; ++axis) {
        const int d = axes[static_cast<std::size_t>(axis)];
        if (d < 0) continue;
        const auto at = static_cast<std::size_t>(d);
        const plan_dim& dim = shapes_->source->dims[at];
        detail::check_value(dim, dims[axis]);
        std::size_t& by = given_by_[at];
        if (by && values[at] != dims[axis])
            throw error(errc::shape, std::string(dim.at.view()),
                detail::dim_text(dim) + " is " + std::to_string(values[at]) + " by input '"
                    + std::string(plan().inputs[by - 1].name) + "' and "
                    + std::to_string(dims[axis]) + " by input '" + name + "'; give both the same");
        by = input + 1;
        values[at] = dims[axis];
    }
    return values;
}

LAMINA_INLINE void context::reshape_for(std::size_t input, const shape& dims) {
    const std::vector<std::size_t> before = given_by_;
    try {
        // The input may be given once more.
        for (std::size_t& by : given_by_)
            if (by == input + 1) by = 0;
        const std::vector<int> values = values_for(input, dims, values_);
        if (shapes_ && values != values_)
            check_extents(*detail::shape_at(*shapes_, values)->plan, input, dims);
        else
            check_extents(plan(), input, dims);
        reshape_to(values);
    } catch (...) {
        given_by_ = before;
        throw;
    }
}

LAMINA_INLINE const shape& context::dims(std::string_view name) const {
    for (const auto* all : {&plan().inputs, &plan().outputs})
        for (const plan_binding& b : *all)
            if (b.name == name) return b.dims;
    return plan().outputs[find(plan().outputs, name, "input or output", errc::output_missing)].dims;
}

}  // namespace lamina
