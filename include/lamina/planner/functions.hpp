// SPDX-License-Identifier: Apache-2.0
// The functions of epilogues as kernels call them. Used by the builder of launches.
#pragma once
#include <lamina/graph/node.hpp>

namespace lamina::planner {

/// The function of the kernels' prelude, or of OpenCL, that computes it.
constexpr const char* function_name(function kind) {
    switch (kind) {
    case function::relu:
        return "f_relu";
    case function::leaky_relu:
        return "f_leaky_relu";
    case function::elu:
        return "f_elu";
    case function::sigmoid:
        return "f_sigmoid";
    case function::hard_sigmoid:
        return "f_hard_sigmoid";
    case function::tanh:
        return "f_tanh";
    case function::silu:
        return "f_silu";
    case function::hard_swish:
        return "f_hard_swish";
    case function::mish:
        return "f_mish";
    case function::gelu_erf:
        return "f_gelu_erf";
    case function::gelu_tanh:
        return "f_gelu_tanh";
    case function::softplus:
        return "f_softplus";
    case function::clamp:
        return "f_clamp";
    case function::exp:
        return "exp";
    case function::log:
        return "log";
    case function::sqrt:
        return "sqrt";
    case function::abs:
        return "fabs";
    case function::neg:
        return "-";
    case function::add_scalar:
    case function::add:
        return "f_add";
    case function::sub:
        return "f_sub";
    case function::mul_scalar:
    case function::mul:
        return "f_mul";
    case function::div:
        return "f_div";
    case function::rsub_scalar:
        return "f_rsub";
    case function::rdiv_scalar:
        return "f_rdiv";
    case function::pow_scalar:
    case function::pow:
        return "f_pow";
    case function::rpow_scalar:
        return "f_rpow";
    case function::min_scalar:
    case function::min:
        return "f_min";
    case function::max_scalar:
    case function::max:
        return "f_max";
    }
    return "";
}

/// Scalars that a function of one value takes.
constexpr int scalar_count(function kind) {
    switch (kind) {
    case function::softplus:
    case function::clamp:
        return 2;
    case function::leaky_relu:
    case function::elu:
    case function::add_scalar:
    case function::mul_scalar:
    case function::rsub_scalar:
    case function::rdiv_scalar:
    case function::pow_scalar:
    case function::rpow_scalar:
    case function::min_scalar:
    case function::max_scalar:
        return 1;
    default:
        return 0;
    }
}

}  // namespace lamina::planner
