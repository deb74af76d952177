// SPDX-License-Identifier: Apache-2.0
// Elements put around a tensor: a constant, a reflection, the edge repeated, or the other end.
#pragma once
#include <lamina/graph/pad_rule.hpp>

namespace lamina {

inline constexpr pad_kind constant = pad_kind::constant;
inline constexpr pad_kind reflect = pad_kind::reflect;
inline constexpr pad_kind replicate = pad_kind::replicate;
inline constexpr pad_kind circular = pad_kind::circular;

struct pad_options {
    whole top = 0, left = 0, bottom = 0, right = 0;  ///< of an image NxCxHxW, or
    int_list before = {}, after = {};                ///< per axis, outermost first
    pad_kind mode = pad_kind::constant;              ///< or reflect, replicate, circular
    float value = 0;                                 ///< of pad_kind::constant
};

/// Puts elements before and after axes: `pad{{.top = 1, .left = 1, .mode = reflect}}`, or for any
/// rank `pad{{.before = {0, 0, 2}, .after = {0, 0, 1}}}`.
///
/// Shapes   each axis grows by what is put before and after it.
/// Units    elements.
/// Errors   LAM-01 top ... right on a tensor that is no image; LAM-08 amounts are negative, too
///          large for reflect or circular, or do not match the rank; LAM-16 indices.
/// Fuses with   nothing; a convolution with `.pad` costs no step for its zeros.
/// Source   torch.nn.functional.pad; ONNX Pad, whose wrap is circular. Differs: axes in the order of the shape, not from the last one
///          backwards; negative amounts are refused (use slice).
struct pad {
    subject who;
    pad_options options;
    constexpr pad(pad_options o, std::source_location where = std::source_location::current())
        : who{"pad", {}, where}, options(o) {}
};

constexpr tensor operator|(const tensor& x, const pad& layer) {
    network& net = network_of(x);
    const subject& who = layer.who;
    const pad_options& o = layer.options;
    needs_values(net, who, x);
    int_list before = o.before, after = o.after;
    if (o.top || o.left || o.bottom || o.right) {
        if (x.dims.rank != 4 || before.count || after.count) {
            net.report(x.dims.rank != 4 ? problem_id::shape_rank : problem_id::option_range, who,
                "top, left, bottom, right are for images NxCxHxW and not together with before "
                "and after, the input is ",
                to_text(x.dims), "; write .before and .after");
            return x;
        }
        before = {0, 0, o.top, o.left};
        after = {0, 0, o.bottom, o.right};
    }
    return apply_pad(x, who, before, after, o.mode, o.value);
}

}  // namespace lamina
