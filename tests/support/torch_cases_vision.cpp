// SPDX-License-Identifier: Apache-2.0
// Pictures, images read at places, boxes cut out and boxes chosen. What PyTorch and torchvision compute is in
// tests/torch/vision.py. One group of torch_cases.hpp.
#include <lamina/define.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

namespace {

/// A picture of bytes, channels last.
template <auto Layer> void of_picture(network& net) {
    const tensor x = net.input("input0", {2, 13, 18, 3});
    net.output("output", Layer(cast(min((x | lamina::abs{}) * 60.f, 255.f), u8)));
}
/// An image and places.
template <auto Layer> void of_places(network& net) {
    const tensor x = net.input("input0", {2, 3, 5, 7});
    net.output("output", Layer(x, net.input("input1", {2, 6, 4, 2})));
}
/// Behind a convolution's kind of value: an image of more channels than fill a block.
template <auto Layer> void of_pooled_places(network& net) {
    const tensor x = net.input("input0", {2, 19, 10, 12}) | max_pool{{.kernel = 2}};
    net.output("output", Layer(x, net.input("input1", {2, 3, 5, 2})));
}
template <auto Layer> void of_deep_places(network& net) {
    const tensor x = net.input("input0", {2, 3, 4, 5, 7});
    net.output("output", Layer(x, net.input("input1", {2, 3, 4, 2, 3}) | lamina::sin{}));
}
/// An image and vision.py's boxes.
template <auto Layer> void of_boxes(network& net) {
    static constexpr float boxes[]
        = {0, 1.2f, 0.7f, 9.4f, 6.1f, 1, 0, 0, 15, 11, 1, -3.5f, 2.25f, 4.5f, 17.5f, 0, 5, 5, 5, 5,
            0, 30.1f, 2, 44.7f, 9, 1, 10.3f, 8.6f, 3.1f, 2.2f, 0, 2.6f, -7.3f, 8.9f, 30.2f};
    const tensor x = net.input("input0", {2, 12, 9, 11});
    net.output("output", Layer(x, net.constant(std::span(boxes), {7, 5})));
}
/// Boxes of numbers above 0: two the corner, two the extent.
tensor corners_of(const tensor& y) {
    const int last = y.dims.rank - 1;
    const tensor first = (y | slice{last, {.stop = 2}}) * 2.f;
    return concat({first, first + (y | slice{last, {.start = 2}}) * 2.f}, last);
}
/// Places and scores of what is chosen.
tensor shown(const nms_result& chosen) {
    const int axis = chosen.scores.dims.rank - 1;
    return stack({cast(chosen.indices, dtype::f32), chosen.scores}, axis);
}
/// Scores of different values and boxes.
template <auto Layer> void of_scored(network& net) {
    const tensor x = net.input("input0", {37});
    net.output("output", shown(Layer(corners_of(net.input("input1", {37, 4})), x)));
}
/// Rotated boxes.
template <auto Layer> void of_turned(network& net) {
    const tensor x = net.input("input0", {23});
    const tensor y = net.input("input1", {23, 5});
    const auto part = [&](int from, int to) { return y | slice{1, {.start = from, .stop = to}}; };
    net.output("output",
        shown(Layer(concat({part(0, 2) * 3.f, part(2, 4) * 2.f + 0.5f, part(4, 5) * 1.3f}, 1), x)));
}
/// Boxes, scores, classes and count of each result, side by side.
template <auto Layer> void of_detector(network& net) {
    const tensor x = net.input("input0", {2, 29, 5});
    const tensor boxes = corners_of(net.input("input1", {2, 29, 4}));
    const auto d = detections(boxes, x | sigmoid{}, Layer());
    const tensor count = cast(d.count, dtype::f32) | reshape{{2, 1, 1}};
    const tensor rows
        = concat({d.boxes, d.scores | unsqueeze{2}, cast(d.classes, dtype::f32) | unsqueeze{2},
                     count | expand{{2, d.scores.dims.c, 1}}},
            2);
    net.output("output", rows);
}

}  // namespace

std::span<const torch_case> vision_cases() {
    static constexpr torch_case cases[] = {
        // torch: vision.letterbox(vision.picture(x), 24, 24).to(torch.uint8)
        {"letterbox_up",
            of_picture<[](const tensor& x) { return x | letterbox{{.size = {24, 24}}}; }>},
        // torch: vision.letterbox(vision.picture(x), 9, 14, pad=7, centre=False).to(torch.uint8)
        {"letterbox_down", of_picture<[](const tensor& x) {
             return x | letterbox{{.size = {9, 14}, .pad = 7, .centre = false}};
         }>},
        // torch: vision.letterbox(vision.picture(x), 20, 31, rounding="nearest").to(torch.uint8)
        {"letterbox_torchvision", of_picture<[](const tensor& x) {
             return x | letterbox{{.size = {20, 31}, .rounding = picture_rounding::nearest}};
         }>},
        // torch: vision.letterbox(vision.picture(x), 29, 21, grow=False).to(torch.uint8)
        {"letterbox_grows_not", of_picture<[](const tensor& x) {
             return x | letterbox{{.size = {29, 21}, .grow = false}};
         }>},
        // torch: vision.letterbox(vision.picture(x), 7, 23, mode="nearest", stretch=True).to(torch.uint8)
        {"letterbox_nearest", of_picture<[](const tensor& x) {
             return x | letterbox{{.size = {7, 23}, .stretch = true, .mode = nearest}};
         }>},
        // torch: vision.letterbox(x, 17, 11, pad=0.25, rounding="none")
        {"letterbox_floats",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 5, 4});
                net.output("output", x | letterbox{{.size = {17, 11}, .pad = 0.25f}});
            }},
        // torch: vision.normalized(vision.letterbox(vision.picture(x), 16, 32).flip(3), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        {"picture_whole", of_picture<[](const tensor& x) {
             return x
                 | letterbox{{.size = {16, 32}}}
             | swap_colours{}
             | channels_first{}
             | normalize_picture{
                 {.mean = {0.485f, 0.456f, 0.406f}, .std = {0.229f, 0.224f, 0.225f}}};
         }>},
        // torch: vision.normalized(vision.picture(x), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]).flip(1)
        {"picture_swapped_last", of_picture<[](const tensor& x) {
             return x
                 | normalize_picture{{.mean = {0.485f, 0.456f, 0.406f},
                     .std = {0.229f, 0.224f, 0.225f}}}
             | swap_colours{}
             | channels_first{};
         }>},
        // torch: F.relu(vision.picture(x).permute(0, 3, 1, 2).double() / 255 - 0.25)
        {"picture_scaled", of_picture<[](const tensor& x) {
             return (x | channels_first{} | normalize_picture{{.mean = 0.25f}}) | relu{};
         }>},
        // torch: (x * 2 - 0.5)[:, [2, 1, 0, 3]]
        {"picture_alpha_first",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 5, 3});
                net.output("output",
                    x
                        | swap_colours{channel_axis::first}
                        | normalize_picture{{.mean = 0.5f, .scale = 2}});
            }},
        // torch: F.grid_sample(x, y, align_corners=False)
        {"grid_sample",
            of_places<[](const tensor& x, const tensor& y) { return grid_sample(x, y); }>},
        // torch: F.grid_sample(x, y, mode="nearest", padding_mode="border", align_corners=True)
        {"grid_sample_nearest_border", of_places<[](const tensor& x, const tensor& y) {
             return grid_sample(
                 x, y, {.mode = nearest, .outside = outside_mode::border, .align_corners = true});
         }>},
        // torch: F.grid_sample(x, y * 3, mode="nearest", padding_mode="reflection", align_corners=False)
        {"grid_sample_nearest_reflection", of_places<[](const tensor& x, const tensor& y) {
             return grid_sample(x, y * 3.f, {.mode = nearest, .outside = outside_mode::reflection});
         }>},
        // torch: F.grid_sample(x, y * 4, padding_mode="reflection", align_corners=True)
        {"grid_sample_reflection_aligned", of_places<[](const tensor& x, const tensor& y) {
             return grid_sample(
                 x, y * 4.f, {.outside = outside_mode::reflection, .align_corners = true});
         }>},
        // torch: F.grid_sample(x, y * 2, padding_mode="border", align_corners=False)
        {"grid_sample_border", of_places<[](const tensor& x, const tensor& y) {
             return grid_sample(x, y * 2.f, {.outside = outside_mode::border});
         }>},
        // torch: F.grid_sample(x, y, mode="bicubic", align_corners=False)
        {"grid_sample_bicubic", of_places<[](const tensor& x, const tensor& y) {
             return grid_sample(x, y, {.mode = bicubic});
         }>},
        // torch: F.grid_sample(x, y * 2, mode="bicubic", padding_mode="reflection", align_corners=False)
        {"grid_sample_bicubic_reflection", of_places<[](const tensor& x, const tensor& y) {
             return grid_sample(x, y * 2.f, {.mode = bicubic, .outside = outside_mode::reflection});
         }>},
        // torch: F.grid_sample(x, y, mode="bicubic", padding_mode="border", align_corners=True)
        {"grid_sample_bicubic_border", of_places<[](const tensor& x, const tensor& y) {
             return grid_sample(
                 x, y, {.mode = bicubic, .outside = outside_mode::border, .align_corners = true});
         }>},
        // torch: F.grid_sample(F.max_pool2d(x, 2), y.tanh(), align_corners=False).exp()
        {"grid_sample_channels", of_pooled_places<[](const tensor& x, const tensor& y) {
             return grid_sample(x, y | lamina::tanh{}) | lamina::exp{};
         }>},
        // torch: F.grid_sample(torch.channel_shuffle(F.max_pool2d(x, 2), 2), y.tanh(), align_corners=False)
        {"grid_sample_shuffled",
            [](network& net) {
                const tensor x = net.input("input0", {2, 48, 10, 12}) | max_pool{{.kernel = 2}};
                const tensor y = net.input("input1", {2, 3, 5, 2});
                net.output("output", grid_sample(x | channel_shuffle{2}, y | lamina::tanh{}));
            }},
        // torch: F.grid_sample(x, y.sin(), align_corners=False)
        {"grid_sample_deep",
            of_deep_places<[](const tensor& x, const tensor& y) { return grid_sample(x, y); }>},
        // torch: F.grid_sample(x, y.sin() * 2, mode="nearest", padding_mode="reflection", align_corners=True)
        {"grid_sample_deep_nearest", of_deep_places<[](const tensor& x, const tensor& y) {
             return grid_sample(x, y * 2.f,
                 {.mode = nearest, .outside = outside_mode::reflection, .align_corners = true});
         }>},
        // torch: F.affine_grid(x, (2, 3, 5, 7), align_corners=False)
        {"affine_grid",
            [](network& net) {
                net.output(
                    "output", net.input("input0", {2, 2, 3}) | affine_grid{{.size = {5, 7}}});
            }},
        // torch: F.grid_sample(x, F.affine_grid(y, (2, 3, 1, 4), align_corners=True), align_corners=True)
        {"affine_grid_sampled",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 6});
                const tensor y = net.input("input1", {2, 2, 3});
                net.output("output",
                    grid_sample(x, y | affine_grid{{.size = {1, 4}, .align_corners = true}},
                        {.align_corners = true}));
            }},
        // torch: vision.ops.roi_align(x, vision.boxes(), (3, 2))
        {"roi_align", of_boxes<[](const tensor& x, const tensor& b) {
             return roi_align(x, b, {.size = {3, 2}});
         }>},
        // torch: vision.ops.roi_align(x, vision.boxes(), (2, 5), 0.75, 2, True).sin()
        {"roi_align_aligned", of_boxes<[](const tensor& x, const tensor& b) {
             return roi_align(x, b,
                        {.size = {2, 5},
                            .spatial_scale = 0.75f,
                            .sampling_ratio = 2,
                            .aligned = true})
                 | lamina::sin{};
         }>},
        // torch: vision.ops.roi_pool(x, vision.boxes(), (3, 4), 0.5)
        {"roi_pool", of_boxes<[](const tensor& x, const tensor& b) {
             return roi_pool(x, b, {.size = {3, 4}, .spatial_scale = 0.5f});
         }>},
        // torch: vision.ops.ps_roi_align(x, vision.boxes(), (2, 3), 0.5, 3)
        {"ps_roi_align", of_boxes<[](const tensor& x, const tensor& b) {
             return ps_roi_align(
                 x, b, {.size = {2, 3}, .spatial_scale = 0.5f, .sampling_ratio = 3});
         }>},
        // torch: vision.ops.ps_roi_pool(x, vision.boxes(), (3, 2), 0.5)
        {"ps_roi_pool", of_boxes<[](const tensor& x, const tensor& b) {
             return ps_roi_pool(x, b, {.size = {3, 2}, .spatial_scale = 0.5f});
         }>},
        // torch, positive: vision.ops.roi_align(F.max_pool2d(x, 2), vision.numbered(vision.corners(y)), (2, 3), 0.5, -1, True)
        {"roi_align_batch",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 12, 14}) | max_pool{{.kernel = 2}};
                const tensor y = net.input("input1", {2, 3, 4});
                net.output("output",
                    roi_align(x, corners_of(y),
                        {.size = {2, 3},
                            .spatial_scale = 0.5f,
                            .sampling_ratio = -1,
                            .aligned = true}));
            }},
        // torch, positive: vision.nms(vision.corners(y), x, 20, 0.3)
        {"nms", of_scored<[](const tensor& b, const tensor& s) {
             return nms(b, s, {.most = 20, .iou = 0.3f});
         }>},
        // torch, positive: vision.nms(vision.corners(y), x, 4, 0.3, 0.5)
        {"nms_few", of_scored<[](const tensor& b, const tensor& s) {
             return nms(b, s, {.most = 4, .iou = 0.3f, .score = 0.5f});
         }>},
        // torch, positive: vision.nms(torch.cat([vision.corners(y)[:, :2], vision.corners(y)[:, 2:]], 1), x, 37, 0.1, 2.0)
        {"nms_centre", of_scored<[](const tensor& b, const tensor& s) {
             const tensor low = b | slice{1, {.stop = 2}}, high = b | slice{1, {.start = 2}};
             return nms(concat({(low + high) * 0.5f, high - low}, 1), s,
                 {.most = 37, .iou = 0.1f, .score = 2, .form = box_form::centre});
         }>},
        // torch, positive: vision.nms(vision.corners(y), x, 37, 0.3, classes=(x * 7).long() % 3)
        {"nms_classes", of_scored<[](const tensor& b, const tensor& s) {
             const tensor seven = cast(s * 7.f, dtype::i32);
             return batched_nms(b, s, lamina::remainder(seven, s.net->constant({3}, {1})),
                 {.most = 37, .iou = 0.3f});
         }>},
        // torch, positive: vision.lines(lambda b, s: vision.lines(lambda t: vision.nms(b, t, 8, 0.4, 1.0), s), vision.corners(y), x)
        {"nms_lines",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 19});
                const tensor y = net.input("input1", {2, 19, 4});
                net.output(
                    "output", shown(nms(corners_of(y), x, {.most = 8, .iou = 0.4f, .score = 1})));
            }},
        // torch, positive: vision.soft_nms(vision.corners(y), x, 12, 0.2, iou=0.3)
        {"nms_linear", of_scored<[](const tensor& b, const tensor& s) {
             return nms(
                 b, s, {.most = 12, .iou = 0.3f, .score = 0.2f, .method = nms_method::linear});
         }>},
        // torch, positive: vision.soft_nms(vision.corners(y), x, 37, 0.3, sigma=0.5)
        {"nms_gaussian", of_scored<[](const tensor& b, const tensor& s) {
             return nms(b, s, {.most = 37, .score = 0.3f, .method = nms_method::gaussian});
         }>},
        // torch, positive: vision.greedy(vision.turned(y), x, 23, 0.2, vision.rotated_iou)
        {"nms_rotated", of_turned<[](const tensor& b, const tensor& s) {
             return nms(b, s, {.most = 23, .iou = 0.2f, .form = box_form::rotated});
         }>},
        // torch, positive: vision.greedy(vision.turned(y), x, 23, 0.3, vision.probiou)
        {"nms_normal", of_turned<[](const tensor& b, const tensor& s) {
             return nms(b, s, {.most = 23, .iou = 0.3f, .form = box_form::normal});
         }>},
        // torch, positive: vision.detections(vision.corners(y), x.sigmoid(), 40, 0.3, 0.6)
        {"detections",
            of_detector<[] { return detections_options{.most = 40, .iou = 0.3f, .score = 0.6f}; }>},
        // torch, positive: vision.detections(vision.corners(y), x.sigmoid(), 7, 0.3, 0.7)
        {"detections_few",
            of_detector<[] { return detections_options{.most = 7, .iou = 0.3f, .score = 0.7f}; }>},
        // torch, positive: vision.detections(vision.corners(y), x.sigmoid(), 30, 0.3, 0.9, one_class=True)
        {"detections_one_class", of_detector<[] {
             return detections_options{.most = 30, .iou = 0.3f, .score = 0.9f, .one_class = true};
         }>},
        // torch, positive: vision.detections(vision.corners(y), x.sigmoid(), 30, 0.3, 0.5, one_class=True, across=True)
        {"detections_across", of_detector<[] {
             return detections_options{
                 .most = 30, .iou = 0.3f, .score = 0.5f, .across_classes = true};
         }>},
    };
    return cases;
}

}  // namespace lamina_test
