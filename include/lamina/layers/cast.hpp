// SPDX-License-Identifier: Apache-2.0
// Elements in another type.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

/// The elements in another type: f32, i32, i8, u8 or boolean.
///
/// Units    to boolean: true where not 0, a NaN too; from boolean: 1 and 0; from f32 to whole numbers:
///          without the fraction; to i8 and u8: the lowest byte of the whole number.
/// Errors   LAM-16 another type.
/// Fuses with   pointwise ops around it.
/// Cost     none where the type is the same.
/// Source   torch.Tensor.to(dtype), ONNX's Cast. Differs: a float beyond what an int holds becomes the
///          nearest int, a NaN 0; PyTorch leaves both open. f16 and bf16 are precisions of a plan.
constexpr tensor cast(
    const tensor& x, dtype type, std::source_location where = std::source_location::current()) {
    const subject who{"cast", {}, where};
    if (type == x.type) return x;
    if (type != dtype::f32 && !is_integer(type)) {
        network_of(x).report(problem_id::dtype_mismatch, who, "is to ", to_text(type),
            "; tensors are f32, i32, i8, u8 or boolean, the plan has the storage precision");
        return x;
    }
    const function kind = type == dtype::f32 ? function::to_f32
        : type == dtype::i32                 ? function::to_i32
        : type == dtype::i8                  ? function::to_i8
        : type == dtype::u8                  ? function::to_u8
                                             : function::to_truth;
    return make_function(x, who, kind, 0, 0, type);
}

}  // namespace lamina
