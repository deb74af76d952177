// SPDX-License-Identifier: Apache-2.0
// Shape rules of convolutions and pools, checked by the compiler alone. Numbers are PyTorch's.
#include "../support/shape_of.hpp"

using namespace lamina;
using lamina::test::problems_of;
using lamina::test::shape_of;

// conv2d: floor((in + pads - dilation (kernel - 1) - 1) / stride) + 1
static_assert(shape_of({1, 3, 224, 224}, [](auto x) {
    return x | conv2d{"c", {.out = 64, .kernel = 7, .stride = 2, .pad = 3}};
}) == shape{1, 64, 112, 112});
static_assert(shape_of({2, 5, 17, 13}, [](auto x) {
    return x | conv2d{"c", {.out = 7, .kernel = {3, 5}, .stride = {2, 3}, .pad = {1, 2}}};
}) == shape{2, 7, 9, 5});
static_assert(shape_of({1, 4, 17, 17}, [](auto x) {
    return x | conv2d{"c", {.out = 8, .kernel = 3, .dilation = 4}};
}) == shape{1, 8, 9, 9});
static_assert(shape_of({1, 6, 9, 9}, [](auto x) {
    return x | conv2d{"c", {.out = 12, .kernel = 3, .pad = {0, 1, 2, 3}, .groups = 6}};
}) == shape{1, 12, 9, 11});

// same: ceil(in / stride), the odd row goes to the bottom
static_assert(shape_of({1, 3, 224, 225}, [](auto x) {
    return x | conv2d{"c", {.out = 8, .kernel = 3, .stride = 2, .pad = same}};
}) == shape{1, 8, 112, 113});
constexpr window same_window = [] {
    network net;
    net.input("x", {1, 3, 224, 225})
        | conv2d{"c", {.out = 8, .kernel = 3, .stride = 2, .pad = same}};
    return net.nodes[1].attr.win;
}();
static_assert(same_window.pad_top == 0 && same_window.pad_bottom == 1 && same_window.pad_left == 1
    && same_window.pad_right == 1);

// conv_transpose2d, SAME: input times stride, whether the kernel is wider than the stride or not
static_assert(shape_of({1, 3, 5, 6}, [](auto x) {
    return x | conv_transpose2d{"c", {.out = 4, .kernel = 3, .stride = 2, .pad = same}};
}) == shape{1, 4, 10, 12});
static_assert(shape_of({1, 3, 5, 6}, [](auto x) {
    return x | conv_transpose2d{"c", {.out = 4, .kernel = {5, 1}, .stride = 3, .pad = same}};
}) == shape{1, 4, 15, 18});

// conv_transpose2d: (in - 1) stride - pads + dilation (kernel - 1) + output_padding + 1
static_assert(shape_of({1, 8, 7, 5}, [](auto x) {
    return x | conv_transpose2d{"c", {.out = 4, .kernel = 2, .stride = 2}};
}) == shape{1, 4, 14, 10});
static_assert(shape_of({1, 8, 7, 5}, [](auto x) {
    return x
        | conv_transpose2d{
            "c", {.out = 4, .kernel = 3, .stride = 2, .pad = 1, .output_padding = 1, .groups = 4}};
}) == shape{1, 4, 14, 10});
static_assert(shape_of({1, 8, 7, 5}, [](auto x) {
    return x
        | conv_transpose2d{"c",
            {.out = 4,
                .kernel = 3,
                .stride = {1, 3},
                .pad = {0, 2},
                .output_padding = {1, 0},
                .dilation = {2, 1}}};
}) == shape{1, 4, 12, 11});
constexpr shape transposed_weight = [] {
    network net;
    net.input("x", {1, 8, 7, 5}) | conv_transpose2d{"c", {.out = 4, .kernel = 3, .groups = 2}};
    return net.parameters[0].dims;
}();
static_assert(transposed_weight == shape{8, 2, 3, 3});

// max_pool, avg_pool: floor, or ceil where the last window starts inside
static_assert(shape_of({1, 3, 112, 113}, [](auto x) {
    return x | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};
}) == shape{1, 3, 56, 57});
static_assert(shape_of({1, 3, 112, 112}, [](auto x) {
    return x | max_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}};
}) == shape{1, 3, 56, 56});
static_assert(shape_of({1, 3, 112, 112}, [](auto x) {
    return x | max_pool{{.kernel = 3, .stride = 2}};
}) == shape{1, 3, 55, 55});
static_assert(shape_of({1, 3, 5, 5}, [](auto x) {  // a third window would start in the padding
    return x | max_pool{{.kernel = 2, .stride = 3, .pad = 1, .ceil_mode = true}};
}) == shape{1, 3, 2, 2});
static_assert(shape_of({1, 3, 2, 2}, [](auto x) {  // the only window hangs over the edge
    return x | max_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}};
}) == shape{1, 3, 1, 1});
static_assert(problems_of({1, 3, 2, 1}, [](auto x) {  // by a stride, and not less
    return x | max_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}};
}) == 2);
static_assert(problems_of({1, 3, 2, 2}, [](auto x) {
    return x | max_pool{{.kernel = 3, .stride = 2}};
}) == 2);
static_assert(shape_of({1, 3, 4, 4}, [](auto x) {  // more padding than the kernel
    return x | max_pool{{.kernel = 3, .stride = 1, .pad = {4, 3, 3, 4}}};
}) == shape{1, 3, 9, 9});
static_assert(shape_of({1, 3, 9, 9}, [](auto x) {
    return x | avg_pool{{.kernel = 3, .stride = 1, .pad = 1, .dilation = 2}};
}) == shape{1, 3, 7, 7});
static_assert(shape_of({1, 3, 7, 7}, [](auto x) { return x | max_pool{{.kernel = 2}}; })
    == shape{1, 3, 3, 3});
static_assert(shape_of({1, 3, 9, 9}, [](auto x) {
    return x | max_pool{{.kernel = 3, .stride = 1, .pad = 1, .dilation = 2}};
}) == shape{1, 3, 7, 7});
static_assert(shape_of({1, 3, 9, 11}, [](auto x) {
    return x
        | avg_pool{{.kernel = {3, 2},
            .stride = 2,
            .pad = {1, 0},
            .ceil_mode = true,
            .count_include_pad = false}};
}) == shape{1, 3, 5, 6});
static_assert(shape_of({1, 3, 35, 35}, [](auto x) {
    return x | avg_pool{{.kernel = 3, .stride = 2, .pad = same}};
}) == shape{1, 3, 18, 18});
static_assert(problems_of({1, 3, 9, 9}, [](auto x) {
    return x | avg_pool{{.kernel = 3, .divisor_override = -1}};
}) == 8);

// max_pool_with_indices, max_unpool
static_assert(shape_of({1, 3, 9, 9}, [](auto x) {
    return (x | max_pool_with_indices{{.kernel = 3, .stride = 2, .pad = 1}, index_space::tensor})
        .indices;
}) == shape{1, 3, 5, 5});
static_assert(shape_of({1, 3, 8, 8}, [](auto x) {
    return max_unpool(x, (x | max_pool_with_indices{{.kernel = 1}}).indices, {16, 17});
}) == shape{1, 3, 16, 17});
static_assert(problems_of({1, 3, 8, 8}, [](auto x) { return max_unpool(x, x, 16); }) == 16);
static_assert(problems_of({1, 3, 8, 8}, [](auto x) {
    return max_unpool(x, (x | max_pool_with_indices{{.kernel = 2}}).indices, 16);
}) == 4);
static_assert(problems_of({1, 3, 8, 8}, [](auto x) {
    return max_unpool(x, (x | max_pool_with_indices{{.kernel = 1}}).indices, 0);
}) == 8);
static_assert(problems_of({1, 3, 8, 8}, [](auto x) {
    return (x | max_pool_with_indices{{.kernel = 1}}).indices | relu{};
}) == 16);

// global and adaptive pools; what divides becomes a plain window
static_assert(
    shape_of({2, 5, 7, 9}, [](auto x) { return x | global_avg_pool{}; }) == shape{2, 5, 1, 1});
static_assert(
    shape_of({2, 5, 7, 9}, [](auto x) { return x | global_max_pool{}; }) == shape{2, 5, 1, 1});
static_assert(shape_of({2, 5, 7, 9}, [](auto x) { return x | adaptive_avg_pool{{3, 4}}; })
    == shape{2, 5, 3, 4});
static_assert(shape_of({2, 5, 7, 9}, [](auto x) { return x | adaptive_max_pool{12}; })
    == shape{2, 5, 12, 12});
constexpr node pool_of(shape in, pair size) {
    network net;
    net.input("x", in) | adaptive_avg_pool{size};
    return net.nodes[1];
}
constexpr pool_kind kind_of(shape in, pair size) {
    return static_cast<pool_kind>(pool_of(in, size).attr.kind);
}
static_assert(kind_of({1, 5, 14, 21}, 7) == pool_kind::average);
static_assert(pool_of({1, 5, 14, 21}, 7).attr.win.kernel_w == 3);
static_assert(kind_of({1, 5, 14, 20}, 7) == pool_kind::adaptive_average);

// resize
static_assert(shape_of({1, 3, 13, 17}, [](auto x) {
    return x | resize{{.scale = {0.7, 2}, .mode = bilinear, .coordinates = half_pixel}};
}) == shape{1, 3, 9, 34});
static_assert(shape_of({1, 3, 10, 10}, [](auto x) {  // 10 * 0.7 is 7 rows, not 6.99
    return x | resize{{.scale = 0.7, .mode = nearest, .coordinates = asymmetric}};
}) == shape{1, 3, 7, 7});
static_assert(shape_of({1, 3, 10, 10}, [](auto x) {
    return x | resize{{.size = {3, 40}, .mode = bilinear, .coordinates = align_corners}};
}) == shape{1, 3, 3, 40});
static_assert(problems_of({1, 3, 10, 10}, [](auto x) {
    return x | resize{{.size = 3, .scale = 2, .mode = nearest, .coordinates = align_corners}};
}) == 808);
// Coordinates are exact: a place that lies on an input or in the middle of two is there.
constexpr source_line line_of(coordinate_mode mode, float scale, int in, int out) {
    attributes attr;
    attr.coordinates = mode;
    attr.scalars[0] = scale;
    attr.roi[0] = 0.25f;
    attr.roi[2] = 1.5f;
    return source_line_of(attr, 0, in, out);
}
constexpr bool lies_at(const source_line& line, int i, std::int64_t over, std::int64_t under) {
    return (i * line.step + line.first) * under == over * line.unit;
}
static_assert(lies_at(line_of(coordinate_mode::half_pixel, 0, 2, 7), 3, 1, 2));
static_assert(lies_at(line_of(coordinate_mode::half_pixel, 1.5f, 10, 15), 4, 5, 2));
static_assert(lies_at(line_of(coordinate_mode::asymmetric, 2.5f, 4, 10), 5, 2, 1));
static_assert(lies_at(line_of(coordinate_mode::align_corners, 0, 5, 9), 3, 3, 2));
static_assert(lies_at(line_of(coordinate_mode::align_corners, 0, 5, 1), 0, 0, 1));
static_assert(lies_at(line_of(coordinate_mode::pytorch_half_pixel, 0, 9, 1), 0, 0, 1));
static_assert(lies_at(line_of(coordinate_mode::half_pixel, 0, 9, 1), 0, 4, 1));
static_assert(lies_at(line_of(coordinate_mode::half_pixel_symmetric, 0.625f, 4, 2), 0, 7, 10));
static_assert(lies_at(line_of(coordinate_mode::crop_and_resize, 0, 9, 6), 0, 2, 1));
static_assert(lies_at(line_of(coordinate_mode::crop_and_resize, 0, 9, 6), 5, 12, 1));
static_assert(lies_at(line_of(coordinate_mode::crop_and_resize, 0, 9, 1), 0, 7, 1));
// What changes nothing leaves the plain resize.
constexpr bool is_plain(resize_options o) {
    network net;
    net.input("x", {1, 3, 10, 12}) | resize{o};
    return is_plain_resize(net.nodes[1].attr);
}
static_assert(
    is_plain({.scale = 2, .mode = bilinear, .coordinates = half_pixel, .antialias = true}));
static_assert(
    !is_plain({.scale = {2, 0.5}, .mode = bilinear, .coordinates = half_pixel, .antialias = true}));
static_assert(
    is_plain({.scale = 0.5, .mode = bilinear, .coordinates = half_pixel, .exclude_outside = true}));
static_assert(is_plain({.scale = 2, .mode = nearest, .coordinates = half_pixel}));
static_assert(!is_plain(
    {.scale = 2, .mode = nearest, .coordinates = asymmetric, .rounding = round_prefer_floor}));
static_assert(!is_plain({.scale = 2, .mode = bicubic, .coordinates = half_pixel}));

// sequences: conv1d, conv_transpose1d and the pools
static_assert(shape_of({2, 5, 17}, [](auto x) {
    return x | conv1d{"c", {.out = 7, .kernel = 3, .stride = 2, .pad = 1}};
}) == shape{2, 7, 9});
static_assert(shape_of({2, 5, 17}, [](auto x) {
    return x | conv1d{"c", {.out = 7, .kernel = 4, .stride = 2, .pad = same}};
}) == shape{2, 7, 9});
static_assert(shape_of({2, 6, 9}, [](auto x) {
    return x | conv_transpose1d{"c", {.out = 4, .kernel = 4, .stride = 2, .pad = {1, 2}}};
}) == shape{2, 4, 17});
static_assert(shape_of({2, 6, 9}, [](auto x) {
    return x | conv_transpose1d{"c", {.out = 4, .kernel = 3, .stride = 4, .pad = same}};
}) == shape{2, 4, 36});
static_assert(shape_of({2, 3, 8}, [](auto x) {
    return x | max_pool1d{{.kernel = 3, .stride = 2, .ceil_mode = true}};
}) == shape{2, 3, 4});
static_assert(
    shape_of({2, 3, 8}, [](auto x) { return x | avg_pool1d{{.kernel = 3}}; }) == shape{2, 3, 2});
static_assert(
    shape_of({2, 3, 8}, [](auto x) { return x | adaptive_max_pool1d{5}; }) == shape{2, 3, 5});
constexpr shape line_weight = [] {
    network net;
    net.input("x", {1, 6, 9}) | conv1d{"c", {.out = 8, .kernel = 3, .groups = 2}};
    return net.parameters[0].dims;
}();
static_assert(line_weight == shape{8, 3, 3});
static_assert(problems_of({2, 3, 8, 8}, [](auto x) { return x | conv1d{"c", {.out = 4}}; }) == 1);
static_assert(
    problems_of({2, 3, 8}, [](auto x) { return x | conv1d{"c", {.out = 4, .kernel = 9}}; }) == 2);
static_assert(
    problems_of({2, 3, 8}, [](auto x) { return x | conv1d{"c", {.out = 4, .groups = 2}}; }) == 3);
static_assert(
    problems_of({2, 3, 8}, [](auto x) { return x | conv1d{"c", {.out = 4, .stride = 0}}; }) == 8);
static_assert(
    problems_of({2, 3, 8}, [](auto x) { return x | conv1d{"c", {.out = 4, .pad = -1}}; }) == 8);
static_assert(problems_of({2, 3, 8}, [](auto x) {
    return x | conv_transpose1d{"c", {.out = 4, .kernel = 3, .stride = 2, .output_padding = 2}};
}) == 8);
static_assert(problems_of({2, 3, 2}, [](auto x) {
    return x | conv_transpose1d{"c", {.out = 4, .kernel = 2, .pad = 2}};
}) == 2);
static_assert(problems_of({2, 3, 8}, [](auto x) { return x | max_pool1d{{.stride = 2}}; }) == 8);
static_assert(problems_of({2, 3, 8}, [](auto x) { return x | adaptive_avg_pool1d{0}; }) == 8);

// volumes: every axis by its own rule
static_assert(shape_of({2, 3, 16, 112, 112}, [](auto x) {
    return x | conv3d{"c", {.out = 64, .kernel = {3, 7, 7}, .stride = {1, 2, 2}, .pad = {1, 3, 3}}};
}) == shape{2, 64, 16, 56, 56});
static_assert(shape_of({1, 4, 5, 9, 7}, [](auto x) {
    return x
        | conv3d{
            "c", {.out = 6, .kernel = 2, .stride = {2, 1, 3}, .pad = same, .dilation = {1, 3, 2}}};
}) == shape{1, 6, 3, 9, 3});
static_assert(shape_of({1, 8, 3, 7, 5}, [](auto x) {
    return x
        | conv_transpose3d{"c",
            {.out = 4,
                .kernel = {3, 2, 4},
                .stride = 2,
                .pad = {1, 0, 1},
                .output_padding = {1, 0, 1},
                .groups = 2}};
}) == shape{1, 4, 6, 14, 11});
static_assert(shape_of({1, 8, 3, 7, 5}, [](auto x) {
    return x
        | conv_transpose3d{"c", {.out = 4, .kernel = {3, 1, 5}, .stride = {2, 3, 2}, .pad = same}};
}) == shape{1, 4, 6, 21, 10});
static_assert(shape_of({1, 8, 5, 7, 6}, [](auto x) {
    return x | max_pool3d{{.kernel = 2, .ceil_mode = true}};
}) == shape{1, 8, 3, 4, 3});
static_assert(shape_of({1, 8, 5, 7, 6}, [](auto x) { return x | adaptive_avg_pool3d{{2, 3, 6}}; })
    == shape{1, 8, 2, 3, 6});
static_assert(shape_of({1, 8, 5, 7, 6}, [](auto x) { return x | global_avg_pool{}; })
    == shape{1, 8, 1, 1, 1});
static_assert(shape_of({1, 8, 5}, [](auto x) { return x | global_max_pool{}; }) == shape{1, 8, 1});
