// SPDX-License-Identifier: Apache-2.0
// The precision of each step of a plan: one of a network that keeps layers in another (network::keep)
// has several. Used by print.hpp and by the reference's error bounds.
#pragma once
#include <cstddef>
#include <string_view>

#include <lamina/plan/check_defines.hpp>
#include <lamina/plan/records.hpp>

namespace lamina {

/// What a kernel's buffers hold where they are not float: f16, bf16, or f32 if there are none.
inline dtype storage_of(const plan_kernel& kernel) {
    dtype found = dtype::f32;
    detail::each_define(kernel.defines, [&](std::string_view name, std::string_view value) {
        if ((name == "HALF" || name == "BF16") && value.find('1') != value.npos)
            found = name == "HALF" ? dtype::f16 : dtype::bf16;
    });
    return found;
}

/// The type of a step's weights and of what it reads: f32, f16 or bf16. Of chains of functions and copies,
/// which convert on the way, the type of their result.
inline dtype precision_of(const plan_records& plan, const plan_step& s) {
    const plan_kernel& kernel = plan.kernels[s.kernel];
    if (kernel.family == "pointwise" && !s.arguments.empty()
        && is_floating(s.arguments.front().type))
        return s.arguments.front().type;
    return storage_of(kernel);
}

/// True if some step has not fp32: tables then say which one has what.
inline bool has_narrow_steps(const plan_records& plan) {
    if (plan.precision != dtype::f32) return true;
    for (const plan_kernel& k : plan.kernels)
        if (storage_of(k) != dtype::f32) return true;
    return false;
}

}  // namespace lamina
