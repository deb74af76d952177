// SPDX-License-Identifier: Apache-2.0
// The networks of docs/guide that need no device: shapes, names, several outputs, families.
#include <lamina/plan.hpp>
#include <lamina/planner/fits.hpp>
#include <lamina/planner/report.hpp>

#include "examples/resnet20/resnet20.hpp"
#include "examples/resnet20/resnet20_lamina.weights.hpp"
#include "examples/zoo/blocks/decode.hpp"

#include <doctest/doctest.h>

namespace {

// [shapes]
struct my_net {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 3, 64, 64});
        x = x | conv2d{"conv1", {.out = 16, .kernel = 3, .stride = 2, .pad = 1}} | relu{};
        x.expect({1, 16, 32, 32});  // a comment that the compiler checks

        const int channels = x.dims.c;  // 16: n, c, h, w where there are four axes
        x = x | conv2d{"conv2", {.out = 2 * channels, .kernel = 3, .pad = 1}};
        net.output("scores", x | global_avg_pool{} | dense{"fc", 10} | softmax{});
    }
};
// [/shapes]

// [names]
// name("layer", 1) / 0 / "conv1"  is  layer1.0.conv1
static_assert(lamina::name("layer", 1) / 0 / "conv1" == "layer1.0.conv1");
// [/names]

// [fits]
using net = zoo::resnet20<>;
static_assert(lamina::fits<net, resnet20_lamina_weights>);
// [/fits]

// [several]
struct two_in_two_out {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto left = net.input("left", {1, 8, 16, 16});
        auto right = net.input("right", {1, 8, 16, 16});
        auto both = concat({left, right}) | conv2d{"join", {.out = 8}};
        net.output("map", both);
        net.output("scores", both | global_avg_pool{} | dense{"fc", 2});
    }
};
// [/several]
static_assert(lamina::detail::require_sound<two_in_two_out>());

// [detector]
struct detector {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        const tensor image = net.input("image", u8, {1, 480, 640, 3})
            | letterbox{{.size = {320, 320}}}
            | channels_first{}
            | normalize_picture{};
        const tensor map = image
            | conv2d{"stem", {.out = 16, .kernel = 3, .stride = 8, .pad = 1}}
            | relu{}
            | conv2d{"head", {.out = 3 * (5 + 2), .bias = true}};
        constexpr zoo::box_size anchors[] = {{10, 13}, {16, 30}, {33, 23}};
        const zoo::decoded found = zoo::decode_yolo(map, anchors, 8);
        const auto results = detections(found.boxes, found.scores,
            {.most = 50, .iou = 0.45f, .score = 0.25f, .one_class = true});
        net.output("count", results.count);
        net.output("boxes", results.boxes);
        net.output("scores", results.scores);
        net.output("classes", results.classes);
    }
};
// [/detector]
static_assert(lamina::detail::require_sound<detector>());

// [family]
template <int Classes = 10, int Width = 16> struct small_net {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 3, 32, 32});
        for (int stage = 0; stage < 3; ++stage)
            x = x
                | conv2d{name("conv", stage),
                    {.out = Width << stage, .kernel = 3, .stride = 2, .pad = 1, .bias = true}}
                | relu{};
        net.output("scores", x | global_avg_pool{} | dense{"fc", Classes});
    }
};
// [/family]
static_assert(lamina::detail::require_sound<small_net<100, 8>>());

// [memory]
constexpr auto& plan = lamina::plan<zoo::resnet20<>, lamina::cpu>;
static_assert(plan.arena_bytes <= 200 * 1024);    // activations of one context
static_assert(plan.weight_bytes <= 1400 * 1024);  // packed weights, shared by all contexts
static_assert(plan.arena_bytes <= plan.live_bytes * 1.05);
// [/memory]

// [fusing]
static_assert(lamina::plan<zoo::resnet20<>>.nodes == 74);  // as written
static_assert(lamina::plan<zoo::resnet20<>>.steps <= 23);  // kernel launches of one run
// [/fusing]

// [constants]
/// A bias for the scores of attention from a table, as T5 has it: 8 x 64 x 64 numbers from 32 x 8.
struct with_bias {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        const auto x = net.input("x", {1, 8, 64, 32});
        const auto bias = relative_position_bias(net, "bias", 64, 64, {.heads = 8});
        net.output("y", attention(x, x, x, {.mask = bias}));
    }
};
static_assert(lamina::plan<with_bias>.steps == 1);          // of a run
static_assert(lamina::plan<with_bias>.constant_steps > 0);  // of an engine that is made
// [/constants]

}  // namespace

// [report]
int print_all_problems() { return lamina::report<my_net>(); }
// [/report]

TEST_CASE("the guide's networks are sound") { CHECK(print_all_problems() == 0); }
