// SPDX-License-Identifier: Apache-2.0
// Merges neighbouring steps of a plan into one program and one launch, on CPUs: decides which steps may be
// part of it, and makes its source and its table. build_programs.hpp builds it, context.hpp launches it;
// kernels/run_steps.cl.hpp documents how it runs.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/kernels/catalog.hpp>
#include <lamina/kernels/run_steps.cl.hpp>
#include <lamina/plan/check_defines.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/threads.hpp>

namespace lamina::detail {

/// The most inputs and outputs of a merged program: OpenCL guarantees 1024 bytes of arguments.
inline constexpr std::size_t most_bindings = 32;

/// Work-items of a step: run_steps counts those along a dimension as int.
inline constexpr double most_items = 2147483647;

/// Whether steps may be merged at all: work-groups must be threads of a CPU.
inline bool may_merge(const device_facts& device, const plan_records& plan) {
    return device.type == device_type::cpu
        && plan.inputs.size() + plan.outputs.size() <= most_bindings;
}

/// One of the kernels of a merged program: the parts of the source that it would have as a program of its
/// own, and its arguments.
struct merged_kernel {
    std::string_view family, defines, tactic_defines, prelude, text;
    std::size_t buffers = 0, numbers = 0;
};

/// Texts are long, and mostly the catalogue's own.
inline bool is_same_text(std::string_view a, std::string_view b) {
    return (a.data() == b.data() && a.size() == b.size()) || a == b;
}

/// Whether a kernel may be merged: its text and prelude are of this version, which lists what they define,
/// and its work-items do not wait for each other.
inline bool may_merge(const merged_kernel& kernel, const plan_tactic& tactic) {
    const kernels::kernel_text* known = kernels::find_kernel(kernel.family);
    return tactic.local_bytes == 0 && known && known->names[0]
        && is_same_text(kernel.text, kernels::find_text(kernel.family))
        && is_same_text(kernel.prelude, kernels::prelude_text());
}

/// A kernel as a function `name` beside other kernels.
inline std::string as_function(const merged_kernel& kernel, const std::string& name) {
    std::string out, undefined;
    const auto line = [](std::string& to, std::initializer_list<std::string_view> parts) {
        for (const std::string_view part : parts) to += part;
        to += '\n';
    };
    const auto own = [&](std::string_view word) {
        line(out, {"#define ", word, " ", word, "_of_", name});
        line(undefined, {"#undef ", word});
    };
    kernels::each_function_name(own);
    for (const kernels::text_names* names : kernels::find_kernel(kernel.family)->names) {
        if (!names) continue;
        each_word(names->functions, own);
        each_word(
            names->macros, [&](std::string_view word) { line(undefined, {"#undef ", word}); });
    }
    for (const std::string_view defines : {kernel.defines, kernel.tactic_defines})
        each_define(defines,
            [&](std::string_view word, std::string_view) { line(undefined, {"#undef ", word}); });
    line(out, {kernel.defines, "\n", kernel.tactic_defines});
    line(out,
        {kernel.prelude, kernels::run_steps_kernel, "#define KERNEL(name_) MERGED_KERNEL(", name,
            ")"});
    line(out, {kernel.text});
    return out + undefined;
}

constexpr std::size_t row_head = 4;

inline std::size_t row_of(std::size_t buffers, std::size_t numbers) {
    return row_head + 2 * buffers + numbers;
}
inline std::size_t row_of(std::span<const merged_kernel> all) {
    std::size_t longest = 0;
    for (const merged_kernel& k : all) longest = std::max(longest, row_of(k.buffers, k.numbers));
    return longest;
}

/// Buffers before those of inputs and outputs: the arena, the weights, further weights of a shape (where there are
/// none, the same again) and, where there are any, states.
inline std::size_t own_buffers(const plan_records& plan) { return plan.states.empty() ? 3 : 4; }

/// `timed`: with the times of threads (thread_times.hpp).
inline std::string merged_source(
    const plan_records& plan, std::span<const merged_kernel> all, bool timed = false) {
    std::string out(kernels::run_steps_head), cases, arguments, buffers;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string name = "kernel_" + std::to_string(i);
        out += as_function(all[i], name);
        cases += "case " + std::to_string(i) + ": EACH_ITEM " + name + '(';
        std::size_t at = row_head;
        for (std::size_t b = 0; b < all[i].buffers; ++b, at += 2)
            cases += "BUFFER(" + std::to_string(at) + "), row[" + std::to_string(at + 1) + "], ";
        for (std::size_t n = 0; n < all[i].numbers; ++n, ++at)
            cases += "(int)row[" + std::to_string(at) + "], ";
        cases += "ITEM); break; ";
    }
    const std::size_t own = own_buffers(plan);
    for (std::size_t b = 0; b < own + plan.inputs.size() + plan.outputs.size(); ++b) {
        const std::string name = "b" + std::to_string(b);
        arguments += ", __global char* " + name;
        buffers += (b ? ", " : "") + name;
        if (b < own) continue;
        arguments += ", const ulong " + name + "_at";
        buffers += " + " + name + "_at";
    }
    out += kernels::run_steps_tail;
    if (timed) out += "#define TIMED 1\n";
    out += "#define ROW " + std::to_string(row_of(all)) + "\n#define BUFFER_ARGS " + arguments
        + "\n#define BUFFERS " + buffers + "\n#define CASES " + cases + '\n';
    out += kernels::wait_text;
    out += kernels::run_steps_text;
    return out;
}

/// The index of an argument's buffer in BUFFERS.
inline std::size_t buffer_index(const plan_records& plan, memory_space space, std::size_t index) {
    return space == memory_space::arena  ? 0
        : space == memory_space::weights ? (index ? 2 : 1)
        : space == memory_space::state   ? 3
        : space == memory_space::input   ? own_buffers(plan) + index
                                         : own_buffers(plan) + plan.inputs.size() + index;
}

/// Fills a step's row. `items` are its work-items along each dimension.
inline void put_row(std::span<std::int64_t> row, const plan_records& plan, const plan_step& step,
    std::size_t kernel, std::span<const std::size_t, 3> items) {
    std::size_t at = 0;
    const auto put = [&](std::uint64_t number) { row[at++] = static_cast<std::int64_t>(number); };
    put(kernel);
    for (const std::size_t n : items) put(n);
    for (const plan_argument& a : step.arguments) {
        put(buffer_index(plan, a.space, a.index));
        put((offset_of(plan, a.space, a.index) + a.offset) / size_bytes(a.type));
    }
    for (const std::int32_t number : step.numbers) row[at++] = number;
}

/// Work-groups for that many threads: drivers may give a thread two at once.
inline std::size_t merged_groups(unsigned threads, unsigned compute_units) {
    return compute_units >= 2 * threads ? threads : std::size_t{2} * threads;
}

/// Bytes of `state` for that many threads.
inline std::size_t merged_state_bytes(std::size_t steps, std::size_t threads) {
    constexpr std::size_t line = 16;
    return (2 * line + (steps + line - 1) / line * line + steps * 2 * threads * line)
        * sizeof(cl_int);
}

}  // namespace lamina::detail
