// SPDX-License-Identifier: Apache-2.0
// A context's inputs and outputs: found by name, filled, bound to memory of the user's, and read.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/half.hpp>

namespace lamina {

LAMINA_INLINE detail::io_slot& context::slot_of(memory_space space, std::size_t index) {
    return (space == memory_space::input ? inputs_ : outputs_)[index];
}

/// Sets `to`, or the context's own memory if it is null, as every kernel's argument for an input or output.
/// On failure everything is as before.
LAMINA_INLINE void context::point_to(
    memory_space space, std::size_t index, opencl::buffer to, std::size_t offset_bytes) {
    detail::io_slot& s = slot_of(space, index);
    try {
        rebind(space, index, to ? to.get() : s.own->get(), offset_bytes);
    } catch (...) {
        // Some kernels may have `to` now without sharing it: mend() restores their old memory.
        if (to) s.torn_with = std::move(to);
        s.torn = torn_ = true;
        throw;
    }
    s.bound = std::move(to);
    s.bound_offset = offset_bytes;
    s.torn_with = {};
    s.torn = false;
}

/// Before a run, if arguments have to be repaired.
LAMINA_INLINE void context::mend() {
    if (!engine_) fail_moved();
    for (const memory_space space : {memory_space::input, memory_space::output})
        for (std::size_t i = 0; i < (space == memory_space::input ? inputs_ : outputs_).size();
            ++i) {
            detail::io_slot& s = slot_of(space, i);
            if (s.torn) point_to(space, i, s.bound, s.bound_offset);
        }
    torn_ = false;
}

LAMINA_INLINE context& context::bind(
    std::string_view name, cl_mem memory, std::size_t offset_bytes) {
    const auto is = [name](const plan_binding& b) { return b.name == name; };
    const bool is_input = std::any_of(plan().inputs.begin(), plan().inputs.end(), is);
    const auto& bindings = is_input ? plan().inputs : plan().outputs;
    auto& slots = is_input ? inputs_ : outputs_;
    const std::size_t at = find(bindings, name, "input or output", errc::output_missing);
    const plan_binding& b = bindings[at];
    if (!memory)
        throw error(errc::input_missing, std::string(name),
            "bind '" + std::string(name) + "': the cl_mem is null; pass a buffer of this context");
    std::size_t size = 0;
    opencl::check(clGetMemObjectInfo(memory, CL_MEM_SIZE, sizeof size, &size, nullptr),
        "clGetMemObjectInfo", name);
    if (offset_bytes % size_bytes(b.type) || offset_bytes > size || b.bytes() > size - offset_bytes)
        throw error(errc::input_shape, std::string(name),
            "bind '" + std::string(name) + "': the buffer has " + std::to_string(size)
                + " bytes, from byte " + std::to_string(offset_bytes) + " on "
                + std::to_string(b.bytes()) + " are needed, at a multiple of "
                + std::to_string(size_bytes(b.type)) + "; make the buffer larger");
    point_to(is_input ? memory_space::input : memory_space::output, at,
        opencl::buffer::shared(memory), offset_bytes);
    slots[at].set = true;
    return *this;
}

LAMINA_INLINE void context::fill(
    std::size_t input, const void* values, std::size_t count, dtype host) {
    const plan_binding& b = plan().inputs[input];
    detail::io_slot& s = inputs_[input];
    const auto wanted = static_cast<std::size_t>(b.dims.count());
    detail::check_numbers(b, host);
    if (count != wanted)
        throw error(errc::input_shape, std::string(b.name),
            "input '" + std::string(b.name) + "' got " + std::to_string(count) + " values, it is "
                + std::string(to_text(b.dims).view()) + " = " + std::to_string(wanted)
                + (shapes_
                        ? "; give so many values, and other extents too: set_input(name, values, {...})"
                        : "; crop, scale or pad the data to that shape"));
    if (b.type == dtype::i32 && !plan().bounds.empty())
        check_bounds(input, static_cast<const std::int32_t*>(values), count);
    need_quiet();
    if (s.bound) point_to(memory_space::input, input, {}, 0);
    s.set = false;
    void* to = s.own->fill_begin();
    if (b.type == dtype::f16) {
        const auto* from = static_cast<const float*>(values);
        auto* halves = static_cast<std::uint16_t*>(to);
        for (std::size_t i = 0; i < count; ++i) halves[i] = to_half(from[i]);
    } else if (b.type == dtype::boolean) {
        const auto* from = static_cast<const std::uint8_t*>(values);
        auto* truths = static_cast<std::uint8_t*>(to);
        for (std::size_t i = 0; i < count; ++i) truths[i] = from[i] != 0;
    } else if (count) {
        s.own->fill_with(to, values);
    }
    s.own->fill_end();
    s.set = true;
}

/// So that a single kernel can run before any input was given.
LAMINA_INLINE void context::fill_zeros() {
    for (detail::io_slot& s : inputs_) {
        if (s.set) continue;
        void* to = s.own->fill_begin();
        std::memset(to, 0, s.own->bytes());
        s.own->fill_end();
        s.set = true;
    }
}

LAMINA_INLINE const void* context::values(std::size_t output, dtype host) {
    const plan_binding& b = plan().outputs[output];
    detail::io_slot& s = outputs_[output];
    const auto refuse = [&](const std::string& what) {
        throw error(errc::output_missing, std::string(b.name),
            "output '" + std::string(b.name) + "' " + what);
    };
    if (s.bound) refuse("was bound to a buffer of the user's; read that buffer");
    need_quiet();
    if (unfinished_) refuse("has no values: the last run failed; run it again before get()");
    if (!s.set || !s.own->host()) refuse("has no values yet; call run() before get()");
    if (!detail::takes_numbers(b.type, host)) {
        const dtype right = detail::host_type(b.type);
        refuse("is " + std::string(to_text(b.type)) + "; get it with get<"
            + (right == dtype::f32        ? "float>"
                    : right == dtype::i32 ? "int>"
                    : right == dtype::i8  ? "std::int8_t>"
                    : right == dtype::u8  ? "std::uint8_t>"
                                          : "bool>"));
    }
    if (b.type != dtype::f16) return s.own->host();
    if (std::exchange(s.stale, false)) {
        s.floats.resize(static_cast<std::size_t>(b.dims.count()));
        const auto* from = static_cast<const std::uint16_t*>(s.own->host());
        for (std::size_t i = 0; i < s.floats.size(); ++i) s.floats[i] = from_half(from[i]);
    }
    return s.floats.data();
}

LAMINA_INLINE std::string context::names(const std::vector<plan_binding>& all) {
    std::string out;
    for (const plan_binding& b : all)
        out += (out.empty() ? "'" : ", '") + std::string(b.name) + "'";
    return out.empty() ? "none" : out;
}

LAMINA_INLINE std::size_t context::find(
    const std::vector<plan_binding>& bindings, std::string_view name, const char* kind, errc code) {
    for (std::size_t i = 0; i < bindings.size(); ++i)
        if (bindings[i].name == name) return i;
    throw error(code, std::string(name),
        "the network has no " + std::string(kind) + " '" + std::string(name) + "', it has "
            + names(bindings) + "; use one of these names");
}

LAMINA_INLINE void context::fail_input() const {
    std::string missing;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
        if (!inputs_[i].set)
            missing += (missing.empty() ? "'" : ", '") + std::string(plan().inputs[i].name) + "'";
    throw error(errc::input_missing, missing,
        "input " + missing + " has no values in this context, the network needs "
            + names(plan().inputs) + "; call set_input() or bind() before running");
}

}  // namespace lamina
