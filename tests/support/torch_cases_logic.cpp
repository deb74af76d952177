// SPDX-License-Identifier: Apache-2.0
// Comparisons, logic, choices, casts, and reductions of truth values.
// One group of torch_cases.hpp.
#include <lamina/define.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

namespace {

/// A layer of two tensors, the second of which stretches.
template <auto Layer> void of_two(network& net) {
    const tensor x = net.input("input0", {2, 3, 5, 3});
    net.output("output", Layer(x, net.input("input1", {3, 1, 3})));
}
/// A layer of one tensor in rows, long enough for vectors and a tail.
template <auto Layer> void of_row(network& net) {
    net.output("output", Layer(net.input("input0", {2, 37})));
}
/// Behind a convolution's kind of value: an image of more channels than fill a block.
template <auto Layer> void of_image(network& net) {
    const tensor x = net.input("input0", {2, 19, 6, 4}) | max_pool{{.kernel = 2}};
    net.output("output", Layer(x));
}

}  // namespace

std::span<const torch_case> logic_cases() {
    static constexpr torch_case cases[] = {
        // torch: x.eq(x.clamp(max=0.25))
        {"eq", of_row<[](const tensor& x) { return eq(x, x | lamina::clamp{-100, 0.25f}); }>},
        // torch: x.ne(x.clamp(max=0.25))
        {"ne", of_row<[](const tensor& x) { return ne(x, x | lamina::clamp{-100, 0.25f}); }>},
        // torch: x.lt(y)
        {"lt", of_two<[](const tensor& x, const tensor& y) { return lt(x, y); }>},
        // torch: y.le(x).all(1)
        {"le", of_two<[](const tensor& x, const tensor& y) { return le(y, x) | reduce_all{{1}}; }>},
        // torch: x.gt(y)
        {"gt", of_two<[](const tensor& x, const tensor& y) { return gt(x, y); }>},
        // torch: x.ge(y)
        {"ge", of_two<[](const tensor& x, const tensor& y) { return ge(x, y); }>},
        // torch: x > 0.5
        {"gt_number", of_row<[](const tensor& x) { return gt(x, 0.5f); }>},
        // torch: F.max_pool2d(x, 2) <= 0.75
        {"le_image", of_image<[](const tensor& x) { return le(x, 0.75f); }>},
        // torch: x.log() < 0.25
        {"lt_nan", of_row<[](const tensor& x) { return lt(x | lamina::log{}, 0.25f); }>},
        // torch: x.log() != x.log()
        {"ne_nan",
            of_row<[](const tensor& x) { return ne(x | lamina::log{}, x | lamina::log{}); }>},
        // torch: x.int().eq(y.int())
        {"eq_ints", of_two<[](const tensor& x, const tensor& y) {
             return eq(cast(x, dtype::i32), cast(y, dtype::i32));
         }>},
        // torch: ((x * 16).int() + (y * 16).int() * 3 - 7) * (5 - (x * 16).int() * 100003)
        {"int_arithmetic", of_two<[](const tensor& x, const tensor& y) {
             const tensor a = cast(x * 16, dtype::i32), b = cast(y * 16, dtype::i32);
             return (a + b * 3 - 7) * (5 - a * 100003);
         }>},
        // torch: torch.where((x * 10).int() > 3, (x * 10).int(), (x * 7).int())
        {"where_ints", of_row<[](const tensor& x) {
             const tensor a = cast(x * 10.f, dtype::i32);
             return where(gt(a, 3), a, cast(x * 7.f, dtype::i32));
         }>},
        // torch: x.isnan()
        {"isnan", of_row<[](const tensor& x) { return lamina::isnan(x); }>},
        // torch: x.log().isnan()
        {"isnan_log", of_row<[](const tensor& x) { return lamina::isnan(x | lamina::log{}); }>},
        // torch: (1 / (x * 2).int()).isinf()
        {"isinf", of_row<[](const tensor& x) {
             return lamina::isinf(1 / cast(cast(x * 2.f, dtype::i32), dtype::f32));
         }>},
        // torch: (x.log() / (x * 2).int()).isfinite()
        {"isfinite", of_row<[](const tensor& x) {
             const tensor whole = cast(cast(x * 2.f, dtype::i32), dtype::f32);
             return lamina::isfinite((x | lamina::log{}) / whole);
         }>},
        // torch: torch.logical_and(x > 0, x < 1)
        {"logical_and", of_row<[](const tensor& x) { return logical_and(gt(x, 0), lt(x, 1)); }>},
        // torch: torch.logical_or(x < 0, y.expand(x.shape) > 1)
        {"logical_or", of_two<[](const tensor& x, const tensor& y) {
             return logical_or(lt(x, 0), gt(y, 1));
         }>},
        // torch: torch.logical_xor(x > 0, y.expand(x.shape) > 0)
        {"logical_xor", of_two<[](const tensor& x, const tensor& y) {
             return logical_xor(gt(x, 0), gt(y, 0));
         }>},
        // torch: torch.logical_not((x * 2).int())
        {"logical_not",
            of_row<[](const tensor& x) { return logical_not(cast(x * 2.f, dtype::i32)); }>},
        // torch: torch.where(x > y, x, y * 2)
        {"where",
            of_two<[](const tensor& x, const tensor& y) { return where(gt(x, y), x, y * 2.f); }>},
        // torch: torch.where(F.max_pool2d(x, 2) > 1, F.max_pool2d(x, 2), -F.max_pool2d(x, 2))
        {"where_image", of_image<[](const tensor& x) { return where(gt(x, 1), x, -x); }>},
        // torch: torch.where(x.log().isnan(), torch.zeros_like(x), x.log())
        {"where_number", of_row<[](const tensor& x) {
             const tensor y = x | lamina::log{};
             return where(lamina::isnan(y), 0.f, y);
         }>},
        // torch: torch.where(x > 0, x.exp(), torch.full_like(x, -1.5))
        {"where_else",
            of_row<[](const tensor& x) { return where(gt(x, 0), x | lamina::exp{}, -1.5f); }>},
        // torch: x.masked_fill(x < 0, -1e9).softmax(1)
        {"masked_fill",
            of_row<[](const tensor& x) { return masked_fill(x, lt(x, 0), -1e9f) | softmax{1}; }>},
        // torch: (x * 3).int()
        {"cast_i32", of_row<[](const tensor& x) { return cast(x * 3.f, dtype::i32); }>},
        // torch: (x * 300).int().to(torch.int8)
        {"cast_i8", of_row<[](const tensor& x) { return cast(x * 300.f, dtype::i8); }>},
        // torch: (x * 300).int().to(torch.uint8)
        {"cast_u8", of_row<[](const tensor& x) { return cast(x * 300.f, dtype::u8); }>},
        // torch: (x * 3).int().bool()
        {"cast_truth", of_row<[](const tensor& x) {
             return cast(cast(x * 3.f, dtype::i32), dtype::boolean);
         }>},
        // torch: (x > 0).double() * x
        {"cast_from_truth", of_row<[](const tensor& x) { return cast(gt(x, 0), dtype::f32) * x; }>},
        // torch: (x > 2.25).any(1)
        {"reduce_any", of_row<[](const tensor& x) { return gt(x, 2.25f) | reduce_any{{1}}; }>},
        // torch: (x > -0.5).all(0, keepdim=True)
        {"reduce_all",
            of_row<[](const tensor& x) { return gt(x, -0.5f) | reduce_all{{0}, keep_dims}; }>},
        // torch: F.max_pool2d(x, 2).gt(2.5).any(1)
        {"reduce_any_channels",
            of_image<[](const tensor& x) { return gt(x, 2.5f) | reduce_any{{1}}; }>},
        // torch: x.all()
        {"reduce_all_values", of_row<[](const tensor& x) { return x | reduce_all{}; }>},
        // torch: (x > 0).flip(1)[:, ::2].reshape(19, 2).t().int()
        {"truths_move", of_row<[](const tensor& x) {
             return gt(x, 0)
                 | flip{{1}}
             | slice{1, {.step = 2}}
             | reshape{{19, 2}}
             | permute{{1, 0}};
         }>},
        // torch: torch.quantize_per_tensor(x.float(), 0.0625, 3, torch.quint8).int_repr()
        {"quantize", of_row<[](const tensor& x) { return quantize(x, 0.0625f, 3, u8); }>},
        // torch: torch.quantize_per_tensor(F.max_pool2d(x, 2).float() * 40, 0.3, -5, torch.qint8).int_repr()
        {"quantize_saturated",
            of_image<[](const tensor& x) { return quantize(x * 40.f, 0.3f, -5); }>},
        // torch: torch.quantize_per_tensor(x.float().round() / 2, 1, 0, torch.qint8).int_repr()
        {"quantize_ties",
            of_row<[](const tensor& x) { return quantize((x | round{}) * 0.5f, 1); }>},
        // torch: torch.quantize_per_tensor(x.float(), 0.03, 7, torch.qint8).dequantize().double()
        {"dequantize",
            of_row<[](const tensor& x) { return dequantize(quantize(x, 0.03f, 7), 0.03f, 7); }>},
        // torch: torch.quantize_per_channel(F.max_pool2d(x, 2).float(), torch.arange(1, 20) / 64, torch.arange(19), 1, torch.quint8).int_repr()
        {"quantize_axis", of_image<[](const tensor& x) {
             network& net = *x.net;
             return quantize(x, cast(arange(net, 1, 20), dtype::f32) * (1.f / 64),
                 cast(arange(net, 0, 19), u8));
         }>},
        // torch: torch.quantize_per_channel(x.float(), torch.arange(1, 3) / 32, torch.arange(2) - 4, 0, torch.qint8).dequantize().double()
        {"dequantize_axis", of_row<[](const tensor& x) {
             network& net = *x.net;
             const tensor scale = net.constant({0.03125f, 0.0625f}, {2});
             const tensor zero = cast(net.constant({-4, -3}, {2}), dtype::i8);
             return dequantize(quantize(x, scale, zero, {.axis = 0}), scale, zero, {.axis = 0});
         }>},
        // torch: torch.quantize_per_channel(x.float(), torch.arange(1, 3) / 32, torch.zeros(2), 0, torch.qint8).dequantize().double()
        {"dequantize_symmetric", of_row<[](const tensor& x) {
             const tensor scale = x.net->constant({0.03125f, 0.0625f}, {2});
             return dequantize(quantize(x, scale, {.axis = 0}), scale, {.axis = 0});
         }>},
        // torch: torch.cat([x > 0, x < 1], 1)
        {"truths_joined", of_row<[](const tensor& x) { return concat({gt(x, 0), lt(x, 1)}); }>},
    };
    return cases;
}

}  // namespace lamina_test
