// SPDX-License-Identifier: Apache-2.0
// Values as whole numbers of 8 bits and back: with one scale and zero point for all, or one each along an
// axis.
#pragma once
#include <lamina/layers/cast.hpp>

namespace lamina {

struct quantize_options {
    whole axis = 1;          ///< along which a scale of several elements lies
    dtype type = dtype::i8;  ///< of the result without a zero point: i8 or u8
};

/// The least and greatest number of a type of 8 bits.
/// Errors   LAM-16 another type; they are i8's then.
constexpr int least_of_bytes(network& net, const subject& who, dtype type) {
    if (type != dtype::i8 && type != dtype::u8)
        net.report(problem_id::dtype_mismatch, who, "is to ", to_text(type),
            "; quantized numbers are i8 or u8");
    return type == dtype::u8 ? 0 : -128;
}
constexpr dtype type_of_bytes(dtype type) { return type == dtype::u8 ? type : dtype::i8; }

/// A scale that can be divided by. Errors   LAM-08 it is not positive and finite; it is 1 then.
constexpr float sound_scale(network& net, const subject& who, float scale) {
    if (scale > 0 && scale <= 3.4028234663852886e38f && 1 / scale <= 3.4028234663852886e38f)
        return scale;
    net.report(problem_id::option_range, who, "has a scale that is ",
        scale <= 0 ? "0 or negative" : "NaN, infinite or too small to divide by",
        "; it must be positive, such as the largest magnitude / 127");
    return 1;
}

/// A scale or zero point as an operand of x: one number, or one for each index along the axis. What a weights
/// file has of it stays float in every plan.
/// Errors   LAM-04 another count; LAM-11 the axis.
constexpr tensor along_quantized(
    const tensor& v, const tensor& x, const subject& who, int wanted, const char* what) {
    network& net = network_of(x);
    node& own = net.nodes[static_cast<std::size_t>(v.id)];
    if (is_given(own.kind) && v.type == dtype::f32 && own.kept == dtype::other)
        own.kept = dtype::f32;
    if (v.dims.count() == 1) return reshape_to(v, who, {});
    const int axis = axis_of(net, who, x.dims, wanted);
    if (v.dims.rank != 1 || v.dims[0] != x.dims[axis]) {
        net.report(problem_id::operands, who, what, " is ", to_text(v.dims), ", axis ", axis,
            " of input ", to_text(x.dims), " has ", x.dims[axis],
            " elements; give one number, or one for each of them");
        return net.constant({1.f}, {}, who.where);
    }
    shape dims{v.dims[0]};
    for (int i = axis + 1; i < x.dims.rank; ++i) dims.push(1);
    return reshape_to(v, who, dims);
}

/// The rounded quotients with a zero point in a type of 8 bits; those beyond its ends become the ends.
constexpr tensor saturate_to(const tensor& rounded, const subject& who, dtype type) {
    const int least = least_of_bytes(network_of(rounded), who, type);
    const tensor kept = make_function(
        rounded, who, function::clamp, static_cast<float>(least), static_cast<float>(least + 255));
    return cast(kept, type_of_bytes(type), who.where);
}

/// x as whole numbers of 8 bits: round(x / scale) + zero_point, saturated: `quantize(x, 0.05f, 3, u8)`.
///
/// Units    a half rounds to the even number; numbers beyond -128 ... 127 (i8) or 0 ... 255 (u8), infinities
///          too, become these ends; of a NaN comes 0.
/// Errors   LAM-08 the scale is not positive, or the zero point is no number of the type; LAM-16 another
///          type than i8 and u8, or a tensor that is not f32.
/// Fuses with   pointwise ops around it.
/// Source   torch.quantize_per_tensor, ONNX's QuantizeLinear. It multiplies by 1 / scale as PyTorch does;
///          ONNX divides, which may round a tie the other way.
constexpr tensor quantize(const tensor& x, float scale, whole zero_point = 0,
    dtype type = dtype::i8, std::source_location where = std::source_location::current()) {
    const subject who{"quantize", {}, where};
    network& net = network_of(x);
    if (!needs_values(net, who, x)) return x;
    const int least = least_of_bytes(net, who, type), zero = zero_point;
    if (zero < least || zero > least + 255)
        net.report(problem_id::option_range, who, "has zero point ", zero, "; ",
            to_text(type_of_bytes(type)), " has ", least, " to ", least + 255);
    const tensor shares
        = make_function(x, who, function::mul_scalar, 1 / sound_scale(net, who, scale));
    const tensor rounded = make_function(shares, who, function::round);
    return saturate_to(zero
            ? make_function(rounded, who, function::add_scalar, static_cast<float>(zero))
            : rounded,
        who, type);
}

/// The same with a scale of the weights file or the network, for all or one for each index along an axis, and
/// a zero point of the same count, whose type the result has.
///
/// Errors   LAM-04 a count that is neither 1 nor the axis'; LAM-11 the axis; LAM-16 the scale is not f32, the
///          zero point not i8 or u8; LAM-17 a tensor of another network.
/// Source   torch.quantize_per_channel, ONNX's QuantizeLinear with an axis. It divides, as ONNX does.
constexpr tensor quantize(const tensor& x, const tensor& scale, const tensor& zero_point,
    quantize_options o = {}, std::source_location where = std::source_location::current()) {
    const subject who{"quantize", {}, where};
    network& net = network_of(x);
    if (!needs_owned(net, who, scale, 2) || !needs_owned(net, who, zero_point, 3)
        || !needs_values(net, who, x) || !needs_values(net, who, scale))
        return x;
    const tensor share
        = apply_binary(x, along_quantized(scale, x, who, o.axis, "the scale"), who, function::div);
    const tensor zero = along_quantized(zero_point, x, who, o.axis, "the zero point");
    const tensor rounded = make_function(share, who, function::round);
    return saturate_to(apply_binary(rounded, cast(zero, dtype::f32, where), who, function::add),
        who, zero_point.type);
}
constexpr tensor quantize(const tensor& x, const tensor& scale, quantize_options o = {},
    std::source_location where = std::source_location::current()) {
    const subject who{"quantize", {}, where};
    network& net = network_of(x);
    if (!needs_owned(net, who, scale, 2) || !needs_values(net, who, x)
        || !needs_values(net, who, scale))
        return x;
    const tensor share
        = apply_binary(x, along_quantized(scale, x, who, o.axis, "the scale"), who, function::div);
    return saturate_to(make_function(share, who, function::round), who, o.type);
}

/// Errors   LAM-16 not i8, u8 or i32.
constexpr bool is_quantized(network& net, const subject& who, const tensor& x) {
    if (is_integer(x.type) && x.type != dtype::boolean) return true;
    net.report(problem_id::dtype_mismatch, who, "is given ", to_text(x.type), " (",
        maker_text(net, x, who), "); quantized numbers are i8, u8 or i32");
    return false;
}

/// (x - zero_point) scale of whole numbers, as f32: `dequantize(q, 0.05f, 3)`.
///
/// Units    of i8 and u8 exact up to the product's rounding; i32 (sums, biases) of more than 24 bits round.
/// Errors   LAM-08 the scale is not positive; LAM-16 x is f32 or boolean.
/// Fuses with   pointwise ops around it.
/// Source   torch.dequantize, ONNX's DequantizeLinear.
constexpr tensor dequantize(const tensor& x, float scale, whole zero_point = 0,
    std::source_location where = std::source_location::current()) {
    const subject who{"dequantize", {}, where};
    network& net = network_of(x);
    const int zero = zero_point;
    if (!is_quantized(net, who, x)) return x;
    const tensor values = cast(x, dtype::f32, where);
    return make_function(
        zero ? make_function(values, who, function::add_scalar, -static_cast<float>(zero)) : values,
        who, function::mul_scalar, sound_scale(net, who, scale));
}

/// The same with a scale and, for i8 and u8, a zero point for all or for each index along an axis.
///
/// Errors   LAM-04 a count that is neither 1 nor the axis'; LAM-11 the axis; LAM-16 the scale is not f32, the
///          zero point not of x's type; LAM-17 a tensor of another network.
constexpr tensor dequantize(const tensor& x, const tensor& scale, const tensor& zero_point,
    quantize_options o = {}, std::source_location where = std::source_location::current()) {
    const subject who{"dequantize", {}, where};
    network& net = network_of(x);
    if (!needs_owned(net, who, scale, 2) || !needs_owned(net, who, zero_point, 3)
        || !is_quantized(net, who, x) || !needs_values(net, who, scale)
        || !needs_one_type(net, who, x, zero_point))
        return x;
    const tensor zero = along_quantized(zero_point, x, who, o.axis, "the zero point");
    const tensor above = apply_binary(
        cast(x, dtype::f32, where), cast(zero, dtype::f32, where), who, function::sub);
    return apply_binary(
        above, along_quantized(scale, x, who, o.axis, "the scale"), who, function::mul);
}
constexpr tensor dequantize(const tensor& x, const tensor& scale, quantize_options o = {},
    std::source_location where = std::source_location::current()) {
    const subject who{"dequantize", {}, where};
    network& net = network_of(x);
    if (!needs_owned(net, who, scale, 2) || !is_quantized(net, who, x)
        || !needs_values(net, who, scale))
        return x;
    return apply_binary(cast(x, dtype::f32, where),
        along_quantized(scale, x, who, o.axis, "the scale"), who, function::mul);
}

}  // namespace lamina
