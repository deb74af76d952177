// SPDX-License-Identifier: Apache-2.0
// Reads back what a context computed: values of tensors, and the ranges and times of its steps.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/half.hpp>

namespace lamina {

LAMINA_INLINE std::vector<float> context::read_tensor(const plan_tensor& t) {
    std::vector<std::byte> bytes(
        static_cast<std::size_t>(span_elements(t.at(), t.dims)) * size_bytes(t.type));
    cl_mem memory = t.space == memory_space::arena ? arena_.get() : engine_->weights.get();
    std::size_t offset = static_cast<std::size_t>(t.offset);
    if (t.space == memory_space::input || t.space == memory_space::output) {
        const detail::io_slot& s = (t.space == memory_space::input ? inputs_ : outputs_)[t.index];
        memory = s.bound ? s.bound.get() : s.own->get();
        offset += s.bound ? s.bound_offset : 0;
    }
    opencl::check(clEnqueueReadBuffer(queue_.get(), memory, CL_TRUE, offset, bytes.size(),
                      bytes.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer", t.name.empty() ? "a tensor without a name" : t.name);
    const auto number = [&](std::size_t element) {
        const std::byte* from = bytes.data() + element * size_bytes(t.type);
        const auto as = [from](auto value) {
            std::memcpy(&value, from, sizeof value);
            return value;
        };
        switch (t.type) {
        case dtype::f32:
            return as(float{});
        case dtype::f16:
            return from_half(as(std::uint16_t{}));
        case dtype::bf16:
            return from_bfloat(as(std::uint16_t{}));
        case dtype::f64:
            return static_cast<float>(as(double{}));
        case dtype::i32:
            return static_cast<float>(as(std::int32_t{}));
        case dtype::i64:
            return static_cast<float>(as(std::int64_t{}));
        case dtype::i8:
            return static_cast<float>(as(std::int8_t{}));
        default:
            return static_cast<float>(as(std::uint8_t{}));
        }
    };
    std::vector<float> out(static_cast<std::size_t>(t.dims.count()));
    const layout places = t.at();
    int at[max_rank] = {};
    for (float& value : out) {
        value = number(static_cast<std::size_t>(places.offset(at)));
        for (int axis = t.dims.rank - 1; axis >= 0 && ++at[axis] == t.dims[axis]; --axis)
            at[axis] = 0;
    }
    return out;
}

LAMINA_INLINE range_report context::ranges() {
    range_report out;
    run_steps([&](std::size_t step, const plan_tensor& tensor, std::span<const float> values) {
        const plan_step& s = plan().steps[step];
        step_range& made = out.steps.emplace_back();
        made.step = step;
        made.name = s.name;
        made.kernel = plan().kernels[s.kernel].family;
        made.type = tensor.type;
        made.dims = tensor.dims;
        made.count(values);
    });
    remember_run();
    return out;
}

LAMINA_INLINE void context::run_and_show() {
    if (engine_->shown.ranges) {
        const range_report one = ranges();
        if (ranges_)
            ranges_->add(one);
        else
            ranges_ = one;
    }
    if (engine_->shown.times) add_times(profile());
}

LAMINA_INLINE void context::add_times(const run_profile& one) {
    if (timed_runs_++ == 0) {
        times_ = one;
        return;
    }
    for (std::size_t i = 0; i < one.steps.size(); ++i) times_.steps[i].ms += one.steps[i].ms;
    times_.total_ms += one.total_ms;
}

}  // namespace lamina
