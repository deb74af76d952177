// SPDX-License-Identifier: Apache-2.0
// Shape rules of layers that move elements or join tensors, checked by the compiler alone.
#include "../support/shape_of.hpp"

using namespace lamina;
using lamina::test::problems_of;
using lamina::test::shape_of;

constexpr shape image{2, 12, 6, 8};

// reshape, flatten, squeeze, unsqueeze
static_assert(shape_of(image, [](auto x) { return x | reshape{{2, -1, 4}}; }) == shape{2, 144, 4});
static_assert(shape_of(image, [](auto x) { return x | reshape{{-1}}; }) == shape{1152});
static_assert(
    shape_of(image, [](auto x) { return x | reshape{{2, 3}}; }) == lamina::test::no_shape);
static_assert(problems_of(image, [](auto x) { return x | reshape{{-1, -1}}; }) == 8);
static_assert(
    problems_of(image, [](auto x) { return x | reshape{{2000000000, 2000000000, -1}}; }) == 10);
static_assert(
    problems_of(image, [](auto x) { return x | reshape{{1, 1, 1, 1, 1, 1, 1152}}; }) == 1);
static_assert(shape_of(image, [](auto x) { return x | flatten{}; }) == shape{2, 576});
static_assert(shape_of(image, [](auto x) { return x | flatten{0}; }) == shape{1152});
static_assert(shape_of(image, [](auto x) { return x | flatten{-2, -1}; }) == shape{2, 12, 48});
static_assert(shape_of(image, [](auto x) { return x | flatten{1, 2}; }) == shape{2, 72, 8});
static_assert(problems_of(image, [](auto x) { return x | flatten{2, 1}; }) == 11);
static_assert(shape_of({5}, [](auto x) { return x | flatten{}; }) == shape{5});
static_assert(shape_of({1, 3, 1, 2}, [](auto x) { return x | squeeze{}; }) == shape{3, 2});
static_assert(shape_of({1, 3, 1, 2}, [](auto x) { return x | squeeze{-2}; }) == shape{1, 3, 2});
static_assert(shape_of({1, 1}, [](auto x) { return x | squeeze{}; }) == shape{});
static_assert(shape_of({1}, [](auto x) { return x | squeeze{0}; }) == shape{});
static_assert(shape_of({1, 1}, [](auto x) { return x | reshape{{}}; }) == shape{});

// extents of 0
static_assert(shape_of({2, 0, 3}, [](auto x) { return x | relu{} | softmax{}; }) == shape{2, 0, 3});
static_assert(
    shape_of({2, 0}, [](auto x) { return x + (x | reduce_sum{{1}, keep_dims}); }) == shape{2, 0});
static_assert(shape_of({2, 0}, [](auto x) { return x | reshape{{0, 7}}; }) == shape{0, 7});
static_assert(problems_of({2, 0}, [](auto x) { return x | reshape{{0, -1}}; }) == 8);
static_assert(problems_of({2, 0}, [](auto x) { return x | reshape{{2, 1}}; }) == 10);
static_assert(shape_of({2, 0}, [](auto x) { return x | reshape{{-1, 3}}; }) == shape{0, 3});
static_assert(
    shape_of({2, 0}, [](auto x) { return x | flatten{0} | unsqueeze{0}; }) == shape{1, 0});
static_assert(shape_of({2, 3}, [](auto x) { return x | slice{1, {.start = 3}}; }) == shape{2, 0});
static_assert(shape_of({2, 3}, [](auto x) { return split(x, {0, 3}, 1)[0]; }) == shape{2, 0});
static_assert(shape_of({0, 3}, [](auto x) { return chunk(x, 2, 0)[1]; }) == shape{0, 3});
static_assert(shape_of({0, 3}, [](auto x) { return x | reduce_max{1}; }) == shape{0});
static_assert(problems_of({0, 3}, [](auto x) { return x | reduce_max{0}; }) == 8);
static_assert(problems_of({0, 3}, [](auto x) { return x | argmin{0}; }) == 8);
static_assert(shape_of({0, 3}, [](auto x) { return x | argmin{1}; }) == shape{0});
static_assert(shape_of({2, 0}, [](auto x) { return x | pad{{.after = {0, 3}}}; }) == shape{2, 3});
static_assert(
    problems_of({2, 0}, [](auto x) { return x | pad{{.after = {0, 3}, .mode = replicate}}; }) == 8);
static_assert(
    problems_of({2, 0}, [](auto x) { return x | pad{{.after = {0, 1}, .mode = reflect}}; }) == 8);
static_assert(shape_of({2, 0}, [](auto x) { return x | pad{{.after = {1, 0}, .mode = reflect}}; })
    == shape{3, 0});
static_assert(
    shape_of({4, 0}, [](auto x) { return matmul(x, x, {.transpose_b = true}); }) == shape{4, 4});
static_assert(problems_of({2, 4, 0}, [](auto x) {
    return attention(x, x, x | pad{{.after = {0, 0, 1}}});
}) == 22);
static_assert(shape_of({0, 3, 8, 8}, [](auto x) {
    return x | conv2d{"c", {.out = 5, .kernel = 3}} | global_avg_pool{} | flatten{};
}) == shape{0, 5});
static_assert(problems_of({1, 0, 8, 8}, [](auto x) { return x | global_avg_pool{}; }) == 22);
static_assert(problems_of({3, 0}, [](auto x) { return x | batch_norm{"n"}; }) == 22222222);

// scalars: no axes, one element
static_assert(shape_of({}, [](auto x) { return x | lamina::exp{} | unsqueeze{0}; }) == shape{1});
static_assert(shape_of({}, [](auto x) { return x | unsqueeze{-1} | unsqueeze{0}; }) == shape{1, 1});
static_assert(shape_of({}, [](auto x) { return x | flatten{}; }) == shape{1});
static_assert(shape_of({}, [](auto x) { return x | reshape{{1, -1}}; }) == shape{1, 1});
static_assert(shape_of({}, [](auto x) { return x | squeeze{}; }) == shape{});
static_assert(shape_of({}, [](auto x) { return x | reduce_sum{}; }) == shape{});
static_assert(shape_of({2, 3}, [](auto x) { return x * (x | reduce_max{}); }) == shape{2, 3});
static_assert(shape_of({}, [](auto x) { return x * (x | reshape{{1, 1}}); }) == shape{1, 1});
static_assert(shape_of({}, [](auto x) { return x | permute{int_list{}}; }) == shape{});
static_assert(problems_of({}, [](auto x) { return x | softmax{}; }) == 11);
static_assert(problems_of({}, [](auto x) { return x | reduce_sum{0}; }) == 11);
static_assert(problems_of({}, [](auto x) { return x | argmax{-1}; }) == 11);
static_assert(problems_of({}, [](auto x) { return x | slice{0, {.stop = 1}}; }) == 11);
static_assert(problems_of({}, [](auto x) { return concat({x, x}, 0); }) == 11);
static_assert(problems_of({}, [](auto x) { return x | transpose{0, 1}; }) == 1111);
static_assert(problems_of({}, [](auto x) { return x | linear{"fc", 2}; }) == 1);
static_assert(problems_of({}, [](auto x) { return matmul(x, x); }) == 1);
static_assert(problems_of({}, [](auto x) { return x | max_pool{{.kernel = 1}}; }) == 1);
static_assert(problems_of({}, [](auto x) { return x | layer_norm{"n"}; }) == 11);
static_assert(problems_of({}, [](auto x) { return x | batch_norm{"n"}; }) == 1);
static_assert(shape_of({3, 2}, [](auto x) { return x | unsqueeze{0}; }) == shape{1, 3, 2});
static_assert(shape_of({3, 2}, [](auto x) { return x | unsqueeze{-1}; }) == shape{3, 2, 1});
static_assert(problems_of({3, 2}, [](auto x) { return x | unsqueeze{3}; }) == 11);
static_assert(problems_of({1, 1, 1, 1, 1, 1}, [](auto x) { return x | unsqueeze{0}; }) == 1);

// permute, transpose
static_assert(
    shape_of(image, [](auto x) { return x | permute{{0, 2, 3, 1}}; }) == shape{2, 6, 8, 12});
static_assert(
    shape_of(image, [](auto x) { return x | permute{{0, -1, 1, 2}}; }) == shape{2, 8, 12, 6});
static_assert(problems_of(image, [](auto x) { return x | permute{{0, 1, 2}}; }) == 11);
static_assert(problems_of(image, [](auto x) { return x | permute{{0, 1, 2, 4}}; }) == 11);
static_assert(shape_of(image, [](auto x) { return x | transpose{1, -1}; }) == shape{2, 8, 6, 12});

/// A slice as its first node has it: where it starts, its step, how many; nodes behind that one.
struct slice_part {
    int start, step, count, more;
    constexpr bool operator==(const slice_part&) const = default;
};

// slice, split, chunk
static_assert(shape_of(image, [](auto x) {
    return x | slice{1, {.start = 2, .stop = 9, .step = 3}};
}) == shape{2, 3, 6, 8});
static_assert(
    shape_of(image, [](auto x) { return x | slice{-1, {.start = -3}}; }) == shape{2, 12, 6, 3});
static_assert(
    shape_of(image, [](auto x) { return x | slice{1, {.start = -100, .stop = 100}}; }) == image);
static_assert(
    shape_of(image, [](auto x) { return x | slice{1, {.stop = -1}}; }) == shape{2, 11, 6, 8});
// Backwards, as NumPy counts: from the last to before the first unless said.
static_assert(shape_of(image, [](auto x) { return x | slice{1, {.step = -1}}; }) == image);
static_assert(shape_of(image, [](auto x) {
    return x | slice{1, {.start = 9, .stop = 2, .step = -3}};
}) == shape{2, 3, 6, 8});
static_assert(shape_of(image, [](auto x) {
    return x | slice{1, {.start = 100, .stop = -100, .step = -5}};
}) == shape{2, 3, 6, 8});
static_assert(shape_of(image, [](auto x) {
    return x | slice{1, {.start = 3, .stop = 2, .step = -2147483647 - 1}};
}) == shape{2, 1, 6, 8});
static_assert(shape_of({1, 6}, [](auto x) {
    return x | slice{1, {.start = 2, .stop = 3, .step = -1}};
}) == shape{1, 0});
static_assert(shape_of({1, 0}, [](auto x) { return x | slice{1, {.step = -1}}; }) == shape{1, 0});
static_assert(shape_of({1, 0}, [](auto x) { return x | flip{1}; }) == shape{1, 0});
constexpr slice_part part_of(slice_range range) {
    network net;
    net.input("x", {12}) | slice{0, range};
    const node& n = net.nodes[1];
    return {n.attr.starts[0], n.attr.steps[0], n.dims.n, static_cast<int>(net.nodes.size()) - 2};
}
static_assert(part_of({.start = 10, .stop = 1, .step = -4}) == slice_part{2, 4, 3, 1});
static_assert(part_of({.start = 7, .stop = 6, .step = -9}) == slice_part{7, 1, 1, 0});
static_assert(
    !std::is_constructible_v<slice_end, double> && !std::is_constructible_v<slice_end, bool>);

// flip
static_assert(shape_of(image, [](auto x) { return x | flip{{0, -1}}; }) == image);
static_assert(problems_of({1, 6}, [](auto x) { return x | flip{2}; }) == 11);
static_assert(problems_of({1, 6}, [](auto x) { return x | flip{{1, -1}}; }) == 11);
static_assert(problems_of({1, 6}, [](auto x) { return x | flip{{}}; }) == 8);
constexpr int nodes_of(shape dims, int_list axes) {
    network net;
    net.input("x", dims) | flip{axes};
    return static_cast<int>(net.nodes.size());
}
static_assert(nodes_of({1, 6}, {0, 1}) == 2 && nodes_of({1, 6}, 0) == 1);  // one element stays
static_assert(shape_of(image, [](auto x) { return split(x, {5, 7}, 1)[1]; }) == shape{2, 7, 6, 8});
static_assert(shape_of(image, [](auto x) {
    auto [a, b, c] = split<3>(x, {1, 2, 9}, 1);
    return c;
}) == shape{2, 9, 6, 8});
static_assert(shape_of(image, [](auto x) { return chunk(x, 5, 1).back(); }) == shape{2, 3, 6, 8});
static_assert(shape_of(image, [](auto x) {
    auto [a, b] = chunk<2>(x, 1);
    return add(a, b);
}) == shape{2, 6, 6, 8});
static_assert(problems_of({1, 6}, [](auto x) { return chunk<4>(x, 1)[0]; }) == 8);
static_assert(problems_of({1, 6}, [](auto x) { return chunk(x, 0, 1)[0]; }) == 8);

// concat
static_assert(shape_of(image, [](auto x) { return concat({x, x, x}); }) == shape{2, 36, 6, 8});
static_assert(shape_of(image, [](auto x) { return concat({x, x}, -1); }) == shape{2, 12, 6, 16});
static_assert(shape_of(image, [](auto x) { return concat(chunk(x, 4, 1)); }) == image);
static_assert(problems_of(image, [](auto x) { return concat({x, x | flatten{}}); }) == 9);
static_assert(problems_of(image, [](auto x) { return concat({x, x}, 4); }) == 11);
static_assert(problems_of(image, [](auto x) {
    return concat({x | flatten{}, x | argmax{1} | flatten{}});
}) == 16);

// pad
static_assert(shape_of(image, [](auto x) { return x | pad{{.top = 1, .left = 2, .bottom = 3}}; })
    == shape{2, 12, 10, 10});
static_assert(shape_of({4, 5}, [](auto x) { return x | pad{{.before = {1}, .after = {0, 2}}}; })
    == shape{5, 7});
static_assert(shape_of(image, [](auto x) { return x | pad{{.left = 7, .mode = reflect}}; })
    == shape{2, 12, 6, 15});
static_assert(shape_of(image, [](auto x) { return x | pad{{.left = 70, .mode = replicate}}; })
    == shape{2, 12, 6, 78});
static_assert(problems_of({4, 5}, [](auto x) { return x | pad{{.top = 1}}; }) == 1);
static_assert(problems_of({4, 5}, [](auto x) { return x | pad{{.before = {0, 0, 1}}}; }) == 8);

// pixel_shuffle, pixel_unshuffle, channel_shuffle
static_assert(shape_of(image, [](auto x) { return x | pixel_shuffle{2}; }) == shape{2, 3, 12, 16});
static_assert(shape_of(image, [](auto x) { return x | pixel_unshuffle{2}; }) == shape{2, 48, 3, 4});
static_assert(problems_of(image, [](auto x) { return x | pixel_unshuffle{4}; }) == 8);
static_assert(problems_of(image, [](auto x) { return x | pixel_shuffle{100000}; }) == 8);
static_assert(shape_of(image, [](auto x) { return x | channel_shuffle{3}; }) == image);
static_assert(problems_of(image, [](auto x) { return x | channel_shuffle{5}; }) == 3);
static_assert(problems_of(image, [](auto x) { return x | channel_shuffle{0}; }) == 8);
