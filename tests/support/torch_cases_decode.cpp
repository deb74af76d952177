// SPDX-License-Identifier: Apache-2.0
// Blocks of the zoo that make boxes of a detector's maps. What PyTorch and torchvision compute is in
// tests/torch/detectors.py. One group of torch_cases.hpp.
#include "../../examples/zoo/blocks/decode.hpp"

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

namespace {

constexpr zoo::box_size anchors[] = {{10, 13}, {16, 30}, {33, 23}};

}  // namespace

std::span<const torch_case> decode_cases() {
    static constexpr torch_case cases[] = {
        // torch: detectors.yolo(x, 8, True)
        {"decode_yolo",
            [](network& net) {
                const tensor x = net.input("input0", {2, 24, 5, 4});
                const zoo::decoded d = zoo::decode_yolo(x, anchors, 8);
                net.output("output", concat({d.boxes, d.scores}, 2));
            }},
        // torch: detectors.yolo(x, 16, False)
        {"decode_yolo_exp",
            [](network& net) {
                const tensor x = net.input("input0", {2, 24, 3, 7});
                const zoo::decoded d = zoo::decode_yolo(x, anchors, 16, zoo::yolo_coding::exp);
                net.output("output", concat({d.boxes, d.scores}, 2));
            }},
        // torch: detectors.distances(x * 2, [(4, 5, 8), (2, 3, 16)], 8)
        {"decode_distances",
            [](network& net) {
                constexpr zoo::yolo_map maps[] = {{4, 5, 8}, {2, 3, 16}};
                const tensor x = net.input("input0", {2, 32, 26});
                net.output("output", zoo::decode_distances(x * 2.f, maps));
            }},
        // torch: detectors.deltas(x, 8, 0.5, 0.1, 0.2)
        {"decode_deltas_ssd",
            [](network& net) {
                const tensor x = net.input("input0", {2, 12, 5, 4});
                net.output("output",
                    zoo::decode_deltas(x, anchors,
                        {.stride = 8, .offset = 0.5f, .of_middle = 0.1f, .of_size = 0.2f}));
            }},
        // torch: detectors.deltas(x * 3, 16, 0)
        {"decode_deltas_rpn",
            [](network& net) {
                const tensor x = net.input("input0", {2, 12, 3, 5});
                net.output("output", zoo::decode_deltas(x * 3.f, anchors, {.stride = 16}));
            }},
        // torch: detectors.landmarks(x, 8, 5)
        {"decode_points",
            [](network& net) {
                const tensor x = net.input("input0", {2, 30, 5, 4});
                net.output("output",
                    zoo::decode_points(
                        x, anchors, 5, {.stride = 8, .offset = 0.5f, .of_middle = 0.1f}));
            }},
        // torch: detectors.peaks(x, y, 10, 4)
        {"decode_peaks",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 9});
                const tensor y = net.input("input1", {2, 4, 8, 9});
                const zoo::peaks p = zoo::decode_peaks(
                    x, y | slice{1, {.stop = 2}}, y | slice{1, {.start = 2}}, 10, 4);
                net.output("output",
                    concat({p.boxes, p.scores | unsqueeze{2},
                               cast(p.classes, dtype::f32) | unsqueeze{2}},
                        2));
            }},
        // torch: detectors.proposals([(x, y, 8), (F.max_pool2d(x, 2), F.max_pool2d(y, 2), 16)], 40, 48, 50, 30, 0.6, 2.0)
        {"propose",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 6});
                const tensor y = net.input("input1", {2, 12, 5, 6});
                const std::vector<zoo::box_size> sizes(std::begin(anchors), std::end(anchors));
                const auto half = [](const tensor& of) { return of | max_pool{{.kernel = 2}}; };
                const zoo::proposals p
                    = zoo::propose({{x, y, sizes, 8}, {half(x), half(y), sizes, 16}},
                        {.height = 40,
                            .width = 48,
                            .before = 50,
                            .after = 30,
                            .iou = 0.6f,
                            .least_size = 2});
                const tensor count = cast(p.count, dtype::f32) | reshape{{2, 1, 1}};
                net.output("output",
                    concat({p.boxes, p.scores | unsqueeze{2}, count | expand{{2, 30, 1}}}, 2));
            }},
    };
    return cases;
}

}  // namespace lamina_test
