// SPDX-License-Identifier: Apache-2.0
// A context's states from outside: cleared, read, written, saved and copied.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/runtime/context.hpp>
#include <lamina/runtime/context_state.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/half.hpp>

namespace lamina {

namespace detail {

/// "state 'k' (f16, 1x8x512x64)"
inline std::string state_text(std::string_view name, dtype type, const shape& dims) {
    return "state '" + std::string(name) + "' (" + std::string(to_text(type)) + ", "
        + std::string(to_text(dims).view()) + ")";
}

}  // namespace detail

LAMINA_INLINE const plan_state& context::find_state(std::string_view name) const {
    std::string names;
    for (const plan_state& s : plan().states) {
        if (s.name == name) return s;
        names += (names.empty() ? "'" : ", '") + std::string(s.name) + "'";
    }
    throw error(errc::state, std::string(name),
        "the network has no state '" + std::string(name) + "', it has "
            + (names.empty() ? "none" : names) + "; use one of these names");
}

/// Zeros; the caller has waited for earlier work, or waits for this one.
LAMINA_INLINE void context::clear_states(std::uint64_t offset, std::uint64_t bytes) {
    const cl_uchar zero = 0;
    opencl::check(
        clEnqueueFillBuffer(queue_.get(), states_.get(), &zero, sizeof zero,
            static_cast<std::size_t>(offset), static_cast<std::size_t>(bytes), 0, nullptr, nullptr),
        "clEnqueueFillBuffer", "the states");
}

LAMINA_INLINE void context::reset_state() {
    if (plan().states.empty()) return;
    need_quiet();
    clear_states(0, plan().state_bytes);
    wait(queue_.get());
}

LAMINA_INLINE void context::reset_state(std::string_view name) {
    const plan_state& s = find_state(name);
    need_quiet();
    clear_states(s.offset, s.bytes());
    wait(queue_.get());
}

LAMINA_INLINE std::vector<std::byte> context::read_states(
    std::uint64_t offset, std::uint64_t bytes) {
    need_quiet();
    std::vector<std::byte> out(static_cast<std::size_t>(bytes));
    opencl::check(
        clEnqueueReadBuffer(queue_.get(), states_.get(), CL_TRUE, static_cast<std::size_t>(offset),
            out.size(), out.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer", "the states");
    return out;
}

LAMINA_INLINE void context::write_states(std::uint64_t offset, std::span<const std::byte> bytes) {
    need_quiet();
    opencl::check(
        clEnqueueWriteBuffer(queue_.get(), states_.get(), CL_TRUE, static_cast<std::size_t>(offset),
            bytes.size(), bytes.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer", "the states");
}

LAMINA_INLINE void context::check_number_type(const plan_state& s, dtype host) {
    const bool takes = is_floating(s.type) ? host == dtype::f32
        : s.type == dtype::boolean         ? size_bytes(host) == 1
                                           : host == s.type;
    if (!takes)
        throw error(errc::state, std::string(s.name),
            detail::state_text(s.name, s.type, s.dims) + " is used as " + std::string(to_text(host))
                + "; use "
                + (is_floating(s.type)             ? "float"
                        : s.type == dtype::i32     ? "int"
                        : s.type == dtype::i8      ? "std::int8_t"
                        : s.type == dtype::boolean ? "bool"
                                                   : "std::uint8_t"));
}

LAMINA_INLINE void context::write_state(
    std::string_view name, const void* values, std::size_t count, dtype host) {
    const plan_state& s = find_state(name);
    check_number_type(s, host);
    if (count != static_cast<std::size_t>(s.dims.count()))
        throw error(errc::state, std::string(name),
            detail::state_text(s.name, s.type, s.dims) + " got " + std::to_string(count)
                + " values, it has " + std::to_string(s.dims.count()) + "; give all of them");
    std::vector<std::byte> stored(static_cast<std::size_t>(s.bytes()));
    if (is_narrow(s.type)) {
        const auto* from = static_cast<const float*>(values);
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint16_t bits = s.type == dtype::f16 ? to_half(from[i]) : to_bfloat(from[i]);
            std::memcpy(stored.data() + 2 * i, &bits, 2);
        }
    } else if (s.type == dtype::boolean) {
        const auto* from = static_cast<const std::uint8_t*>(values);
        for (std::size_t i = 0; i < count; ++i) stored[i] = std::byte(from[i] != 0);
    } else {
        std::memcpy(stored.data(), values, stored.size());
    }
    write_states(s.offset, stored);
}

LAMINA_INLINE saved_states context::save_states() {
    saved_states out;
    for (const plan_state& s : plan().states)
        out.all.push_back({std::string(s.name), s.type, s.dims, read_states(s.offset, s.bytes())});
    return out;
}

namespace detail {

/// Two plans have the same states; their order may differ.
inline void need_same_states(
    const std::vector<plan_state>& own, const std::vector<saved_states::one>& from) {
    const auto fault = [](std::string_view name, const std::string& what) {
        throw error(errc::state, std::string(name),
            what
                + "; copy states between contexts of plans that declare the same states, with one "
                  "precision");
    };
    for (const plan_state& s : own) {
        const saved_states::one* same = nullptr;
        for (const saved_states::one& other : from)
            if (other.name == s.name) same = &other;
        if (!same) fault(s.name, state_text(s.name, s.type, s.dims) + " is not among those given");
        if (same->type != s.type || !(same->dims == s.dims))
            fault(s.name,
                state_text(s.name, s.type, s.dims) + " is given as "
                    + std::string(to_text(same->type)) + ", "
                    + std::string(to_text(same->dims).view()));
    }
    for (const saved_states::one& other : from) {
        bool found = false;
        for (const plan_state& s : own) found = found || s.name == other.name;
        if (!found)
            fault(other.name,
                state_text(other.name, other.type, other.dims)
                    + " is given, the network has no state of that name");
    }
}

}  // namespace detail

LAMINA_INLINE void context::restore_states(const saved_states& from) {
    detail::need_same_states(plan().states, from.all);
    for (const plan_state& s : plan().states)
        for (const saved_states::one& other : from.all)
            if (other.name == s.name && other.bytes.size() == s.bytes())
                write_states(s.offset, other.bytes);
}

LAMINA_INLINE void context::copy_states(context& from) {
    if (&from == this) return;
    if (engine_->dev.context() != from.engine_->dev.context()) {
        restore_states(from.save_states());
        return;
    }
    std::vector<saved_states::one> forms;
    for (const plan_state& s : from.plan().states)
        forms.push_back({std::string(s.name), s.type, s.dims, {}});
    detail::need_same_states(plan().states, forms);
    need_quiet();
    from.need_quiet();
    for (const plan_state& s : plan().states) {
        const plan_state& other = from.find_state(s.name);
        opencl::check(
            clEnqueueCopyBuffer(queue_.get(), from.states_.get(), states_.get(),
                static_cast<std::size_t>(other.offset), static_cast<std::size_t>(s.offset),
                static_cast<std::size_t>(s.bytes()), 0, nullptr, nullptr),
            "clEnqueueCopyBuffer", s.name);
    }
    wait(queue_.get());
}

/// Before an input's numbers are taken: rows go into states where they say.
LAMINA_INLINE void context::check_bounds(
    std::size_t input, const std::int32_t* values, std::size_t count) const {
    for (const plan_bound& b : plan().bounds) {
        if (b.input != input) continue;
        for (std::size_t i = 0; i < count; ++i) {
            if (values[i] >= b.least && values[i] <= b.most) continue;
            const plan_state& s = plan().states[b.state];
            const std::string name(plan().inputs[input].name);
            throw error(errc::state, name,
                "input '" + name + "' has " + std::to_string(values[i])
                    + (count > 1 ? " at element " + std::to_string(i) : std::string()) + ", "
                    + detail::state_text(s.name, s.type, s.dims) + " takes rows at "
                    + std::to_string(b.least) + " to " + std::to_string(b.most)
                    + "; begin again with reset_state(), or declare a longer state");
        }
    }
}

}  // namespace lamina
