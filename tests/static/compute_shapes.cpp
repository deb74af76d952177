// SPDX-License-Identifier: Apache-2.0
// Shape rules and lowering of layers that compute across elements, checked by the compiler alone.
#include "../support/shape_of.hpp"

#include <type_traits>

using namespace lamina;
using lamina::test::problems_of;
using lamina::test::shape_of;

constexpr shape image{2, 12, 6, 8};

// broadcasting and operators
template <class Layers> constexpr shape of_two(shape a, shape b, Layers layers) {
    network net;
    const tensor x = net.input("a", a), y = net.input("b", b);
    const shape out = layers(x, y).dims;
    return net.problems.empty() ? out : lamina::test::no_shape;
}
static_assert(of_two({2, 3, 4}, {3, 1}, [](auto a, auto b) { return a + b; }) == shape{2, 3, 4});
static_assert(of_two({1, 3, 1}, {5, 1, 4}, [](auto a, auto b) { return a * b; }) == shape{5, 3, 4});
static_assert(
    of_two({2, 3}, {2, 3, 4}, [](auto a, auto b) { return a - b; }) == lamina::test::no_shape);
static_assert(
    of_two({4}, {2, 4}, [](auto a, auto b) { return min(a, b) / max(a, b); }) == shape{2, 4});
static_assert(shape_of(image, [](auto x) { return 2.f - x * 3.f / 4.f + 1; }) == image);
static_assert(shape_of(image, [](auto x) { return pow(2.f, pow(-x, 3.f)); }) == image);
static_assert(problems_of(image, [](auto x) { return x / 0; }) == 8);

// matmul
static_assert(of_two({4, 5}, {5, 6}, [](auto a, auto b) { return matmul(a, b); }) == shape{4, 6});
static_assert(of_two({2, 1, 4, 5}, {3, 6, 5}, [](auto a, auto b) {
    return matmul(a, b, {.transpose_b = true});
}) == shape{2, 3, 4, 6});
static_assert(of_two({5, 4}, {5, 6}, [](auto a, auto b) {
    return matmul(a, b, {.transpose_a = true});
}) == shape{4, 6});
static_assert(of_two({2, 4, 5}, {3, 5, 6}, [](auto a, auto b) { return matmul(a, b); })
    == lamina::test::no_shape);

// attention: the scale is 1 / sqrt(D) unless given
constexpr node attended(attention_options o, bool with_mask) {
    network net;
    const tensor q = net.input("q", {2, 4, 10, 16}), k = net.input("k", {2, 4, 12, 16});
    const tensor v = net.input("v", {2, 4, 12, 20}), mask = net.input("mask", {10, 12});
    if (with_mask) o.mask = mask;
    const tensor y = attention(q, k, v, o);
    if (!net.problems.empty()) return {};
    return net.nodes[static_cast<std::size_t>(y.id)];
}
static_assert(attended({}, false).dims == shape{2, 4, 10, 20});
static_assert(attended({}, false).attr.scalars[0] == 0.25f);
static_assert(attended({.causal = true, .scale = 2}, true).attr.scalars[0] == 2);
static_assert(attended({}, true).inputs.size() == 4);

// linear
static_assert(shape_of({2, 7, 16}, [](auto x) { return x | linear{"l", 5}; }) == shape{2, 7, 5});
static_assert(shape_of(image, [](auto x) { return x | global_avg_pool{} | dense{"fc", 10}; })
    == shape{2, 10});
static_assert(shape_of(image, [](auto x) {  // no convolution: an image of rank 4 may be meant so
    return x | permute{{0, 2, 3, 1}} | linear{"l", {.out = 4, .bias = false}};
}) == shape{2, 6, 8, 4});
static_assert(problems_of(image, [](auto x) {
    return add(x | max_pool{{.kernel = 2}}, 1.f) | batch_norm{"bn"} | relu{} | dense{"fc", 10};
}) == 12);

// softmax: the last axis, but axis 1 of images and of NxCx1x1
template <class Layers> constexpr int softmax_axis(shape in, Layers layers) {
    network net;
    layers(net.input("x", in)) | softmax{};
    return net.nodes.back().attr.axis;
}
static_assert(softmax_axis({2, 7, 16}, [](auto x) { return x; }) == 2);
static_assert(softmax_axis({2, 7, 1, 1}, [](auto x) { return x | reshape{{2, 7, 1, 1}}; }) == 1);
static_assert(
    softmax_axis(image, [](auto x) { return x | conv2d{"c", {.out = 3}} | relu{}; }) == 1);
static_assert(softmax_axis(image, [](auto x) { return matmul(x, x, {.transpose_b = true}); }) == 3);
static_assert(
    shape_of(image, [](auto x) { return x | softmax{1} | log_softmax{.axis = -1}; }) == image);
static_assert(problems_of(image, [](auto x) { return x | softmax{-5}; }) == 11);

// topk: both outputs have k in place of the axis
static_assert(shape_of(image, [](auto x) { return (x | topk{5}).values; }) == shape{2, 12, 6, 5});
static_assert(shape_of(image, [](auto x) { return (x | topk{.k = 3, .axis = 1}).indices; })
    == shape{2, 3, 6, 8});
static_assert(shape_of({0, 4}, [](auto x) { return (x | topk{2}).values; }) == shape{0, 2});
static_assert(problems_of(image, [](auto x) { return (x | topk{9}).values; }) == 8);
static_assert(problems_of(image, [](auto x) { return (x | topk{0}).values; }) == 8);
static_assert(
    problems_of(image, [](auto x) { return (x | topk{.k = 1, .axis = 4}).values; }) == 11);
static_assert(problems_of({}, [](auto x) { return (x | topk{1}).values; }) == 11);

// reduce_*, argmax
static_assert(shape_of(image, [](auto x) { return x | reduce_mean{{2, 3}}; }) == shape{2, 12});
static_assert(shape_of(image, [](auto x) { return x | reduce_sum{{2, 3}, keep_dims}; })
    == shape{2, 12, 1, 1});
static_assert(
    shape_of(image, [](auto x) { return x | reduce_sum{{-1, 0}, true}; }) == shape{1, 12, 6, 1});
static_assert(shape_of(image, [](auto x) { return x | reduce_max{1}; }) == shape{2, 6, 8});
static_assert(shape_of(image, [](auto x) { return x | reduce_min{}; }) == shape{});
static_assert(shape_of(image, [](auto x) { return x | argmax{.axis = 1, .keep_dims = true}; })
    == shape{2, 1, 6, 8});
static_assert(shape_of({5}, [](auto x) { return x | argmax{-1}; }) == shape{});
static_assert(shape_of(image, [](auto x) { return x | argmin{.axis = 1, .keep_dims = true}; })
    == shape_of(image, [](auto x) { return x | argmax{.axis = 1, .keep_dims = true}; }));
static_assert(problems_of(image, [](auto x) { return x | argmin{4}; }) == 11);
static_assert(problems_of(image, [](auto x) { return x | reduce_mean{4}; }) == 11);

// normalisations: which weights they ask for
template <class Layers> constexpr int weights_of(shape in, Layers layers) {
    network net;
    layers(net.input("x", in));
    return net.problems.empty() ? static_cast<int>(net.parameters.size()) : -1;
}
static_assert(weights_of(image, [](auto x) { return x | layer_norm{"n"}; }) == 2);
static_assert(weights_of(image, [](auto x) { return x | layer_norm{"n", {.bias = false}}; }) == 1);
static_assert(weights_of(image, [](auto x) { return x | layer_norm{{}, {.affine = false}}; }) == 0);
static_assert(weights_of(image, [](auto x) { return x | rms_norm{"n", {.eps = 1e-6f}}; }) == 1);
static_assert(weights_of(image, [](auto x) { return x | group_norm{"n", 4}; }) == 2);
static_assert(weights_of(image, [](auto x) { return x | instance_norm{}; }) == 0);
static_assert(
    weights_of(image, [](auto x) { return x | instance_norm{"n", {.affine = true}}; }) == 2);
static_assert(weights_of(image, [](auto x) { return x | prelu{"n", {.count = 12}}; }) == 1);
constexpr shape norm_weight = [] {
    network net;
    net.input("x", image) | layer_norm{"n", {.axes = 3}};
    return net.parameters[0].dims;
}();
static_assert(norm_weight == shape{12, 6, 8});
static_assert(problems_of(image, [](auto x) { return x | layer_norm{"n", {.axes = 5}}; }) == 11);
static_assert(problems_of(image, [](auto x) { return x | group_norm{"n", 0}; }) == 3);
static_assert(problems_of({2, 3}, [](auto x) { return x | instance_norm{}; }) == 1);

// embedding
static_assert(
    shape_of(
        {1, 9}, [](auto x) { return x | embedding{"e", {.rows = 5, .width = 4}}; }, dtype::i32)
    == shape{1, 9, 4});

// every function of one value
static_assert(shape_of(image, [](auto x) {
    const auto y = x
        | relu{}
        | relu6{}
        | leaky_relu{0.2f}
        | elu{}
        | sigmoid{}
        | hard_sigmoid{}
        | lamina::tanh{}
        | silu{}
        | hard_swish{}
        | mish{}
        | gelu_erf{}
        | gelu_tanh{}
        | softplus{}
        | softsign{}
        | selu{}
        | celu{}
        | celu{-2}
        | hard_shrink{}
        | soft_shrink{0}
        | tanh_shrink{}
        | log_sigmoid{}
        | threshold{1, -1}
        | hard_tanh{}
        | hard_tanh{0, 6}
        | clamp{-1, 1}
        | clamp{1, -1}
        | clamp{{.low = 0}}
        | clamp{{.high = 0}}
        | lamina::exp{}
        | lamina::log{}
        | lamina::sqrt{}
        | lamina::abs{}
        | neg{};
    return y;
}) == image);
static_assert(problems_of(image, [](auto x) { return x | clamp{__builtin_nanf(""), 1}; }) == 8);
static_assert(problems_of(image, [](auto x) { return x | softplus{0}; }) == 8);
static_assert(problems_of(image, [](auto x) { return x | celu{0}; }) == 8);
static_assert(problems_of(image, [](auto x) { return x | hard_shrink{-1}; }) == 8);
static_assert(problems_of(image, [](auto x) { return x | soft_shrink{-0.5f}; }) == 8);
static_assert(problems_of(image, [](auto x) { return x | hard_tanh{1, 1}; }) == 8);
static_assert(problems_of(image, [](auto x) { return x | threshold{1, __builtin_nanf("")}; }) == 8);
static_assert(!std::is_constructible_v<softsign, float>);  // takes no number
