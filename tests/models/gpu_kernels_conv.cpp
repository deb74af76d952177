// SPDX-License-Identifier: Apache-2.0
// The tiled convolutions of the gpu class: every option, shapes that fill no tile, every tactic.
#include "models/check_plan_runs.hpp"
#include "support/hand_weights.hpp"

#include <lamina/planner/tile_cost.hpp>

#include <cmath>
#include <limits>

using namespace lamina;
using namespace lamina_test;

namespace {

struct conv_case {
    shape in;
    conv2d_options options;
};

void check_conv(const conv_case& c, const lamina::target& target,
    const wanted_kernel& wanted = {"conv2d_tiled"}) {
    INFO(std::string(to_text(c.in).view())
        << " out " << c.options.out << " groups " << c.options.groups << " kernel "
        << c.options.kernel.h << "x" << c.options.kernel.w);
    // A first layer brings the input into the arena in the class's own order.
    check_runs(
        [&](network& net) {
            const auto x = net.input("image", c.in) | relu{};
            net.output("out", x | conv2d{"conv", c.options});
        },
        target, wanted);
}

}  // namespace

TEST_CASE("tiled convolutions are right with every option, in both precisions") {
    const conv_case cases[] = {
        {{2, 24, 9, 7}, {.out = 20, .kernel = 3, .pad = 1, .bias = true}},
        {{1, 20, 8, 8}, {.out = 33, .kernel = 1}},
        {{1, 18, 11, 6}, {.out = 6, .kernel = {3, 2}, .stride = {2, 1}, .pad = {0, 1, 2, 0}}},
        {{1, 5, 13, 13}, {.out = 7, .kernel = 5, .stride = 2, .pad = lamina::same, .bias = true}},
        {{2, 16, 12, 10}, {.out = 70, .kernel = 3, .pad = {2, 2}, .dilation = 2}},
        {{1, 40, 6, 6}, {.out = 64, .kernel = 3, .pad = 1, .groups = 2, .bias = true}},
        {{1, 6, 5, 5}, {.out = 1, .kernel = 5}},
    };
    for (const conv_case& c : cases) {
        check_conv(c, gpu);
        check_conv(c, gpu.half());
    }
}

TEST_CASE("every tactic of the tiled convolution computes the same") {
    for (const planner::tile_shape& tile : planner::tile_shapes) {
        const name tactic = planner::label_of(tile);
        INFO(std::string(tactic.view()));
        const conv_case odd{{1, 20, 13, 11}, {.out = 36, .kernel = 3, .pad = 1, .bias = true}};
        check_conv(odd, gpu, {"conv2d_tiled", tactic.view()});
        const conv_case picture{{1, 3, 13, 11}, {.out = 34, .kernel = 3, .stride = 2}};
        check_conv(picture, gpu, {"conv2d_tiled", tactic.view()});
    }
}

TEST_CASE("a convolution's kernel takes the greatest of each window of the pool behind it") {
    const conv_case cases[] = {
        {{2, 24, 12, 10}, {.out = 20, .kernel = 3, .pad = 1, .bias = true}},
        {{1, 20, 13, 11}, {.out = 33, .kernel = 1}},
        {{2, 18, 11, 9}, {.out = 34, .kernel = {3, 2}, .stride = {2, 1}, .pad = {0, 1, 2, 0}}},
        {{1, 3, 15, 7}, {.out = 8, .kernel = 5, .pad = lamina::same, .bias = true}},
    };
    const auto define = [](const conv_case& c) {
        return [&c](network& net) {
            const auto x = net.input("image", c.in) | relu{};
            net.output("out",
                x
                    | conv2d{"conv", c.options}
                    | batch_norm{"bn"}
                    | silu{}
                    | max_pool{{.kernel = 2}});
        };
    };
    for (const conv_case& c : cases)
        for (const lamina::target& target : {gpu, gpu.half(), gpu.tf32(), gpu.bf16()}) {
            INFO(std::string(to_text(c.in).view()) << " out " << c.options.out);
            network net;
            define(c)(net);
            CHECK(plan_view::open(plan_at_run_time(net, target))->steps.size()
                == 3);  // the last copies into the caller's rows
            check_runs(define(c), target, {"conv2d_tiled"});
        }
    for (const planner::tile_shape& tile : planner::tile_shapes) {
        const name tactic = planner::label_of(tile);
        INFO(std::string(tactic.view()));
        check_runs(define(cases[1]), gpu, {"conv2d_tiled", tactic.view()});
    }
}

TEST_CASE("a convolution reads the two inputs of a concat where they are") {
    struct joined_case {
        shape first;
        int second;
        conv2d_options options;
        bool pools = false;
    };
    const joined_case cases[] = {
        {{2, 32, 9, 7}, 48, {.out = 20, .kernel = 3, .pad = 1, .bias = true}},
        {{1, 16, 13, 11}, 64, {.out = 33, .kernel = 1}},
        {{3, 80, 6, 5}, 16, {.out = 34, .kernel = {3, 2}, .stride = {2, 1}, .pad = {0, 1, 2, 0}}},
        {{2, 16, 12, 8}, 16, {.out = 24, .kernel = 3, .pad = 2, .dilation = 2}, true},
    };
    // The first image is a part of a wider one, so that its pixels are further apart than its channels.
    const auto define = [](const joined_case& c) {
        return [&c](network& net) {
            const shape& in = c.first;
            const auto x = net.input("a", in) | relu{};
            const auto z = net.input("b", {in.n, c.second, in.h, in.w}) | silu{};
            const auto y = concat({x, z}) | conv2d{"conv", c.options} | batch_norm{"bn"} | silu{};
            net.output("out", c.pools ? y | max_pool{{.kernel = 2}} : y);
            net.output("wide", concat({x, z, x}));
        };
    };
    for (const joined_case& c : cases)
        for (const lamina::target& target : {gpu, gpu.half(), gpu.tf32(), gpu.bf16()}) {
            INFO(std::string(to_text(c.first).view()) << " and " << c.second);
            network net;
            define(c)(net);
            const plan_view plan = plan_view::open(plan_at_run_time(net, target));
            std::size_t joined = 0;
            for (const plan_kernel& kernel : plan->kernels)
                joined += kernel.defines.find("#define JOINED 1") != std::string_view::npos;
            CHECK(joined == 1);
            check_runs(define(c), target, {"conv2d_tiled"});
        }
    for (const planner::tile_shape& tile : planner::tile_shapes) {
        const name tactic = planner::label_of(tile);
        INFO(std::string(tactic.view()));
        check_runs(define(cases[1]), gpu, {"conv2d_tiled", tactic.view()});
    }
}

TEST_CASE("of a window with a NaN the greatest is NaN, in the convolution's kernel too") {
    network net;
    net.output("out",
        net.input("x", {1, 4, 4, 4})
            | relu{}
            | conv2d{"conv", {.out = 4, .kernel = 1, .bias = false}}
            | max_pool{{.kernel = 2}});
    hand_weights file;
    std::vector<float> w(16, 0.0f), x(64);
    for (std::size_t i = 0; i < 4; ++i) w[i * 5] = 1;
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
    x[21] = std::numeric_limits<float>::quiet_NaN();  // of channel 1, window (0, 0)
    file.add("conv.weight", {4, 4, 1, 1}, w);
    const engine made(plan_at_run_time(net, gpu), file.open(), device::best());
    REQUIRE(steps_by(made, {"conv2d_tiled"}) == 1);
    context run = made.make_context();
    run.set_input("x", x);
    run.run();
    const auto out = run.get("out");
    for (std::size_t i = 0; i < 16; i += 4) CHECK(std::isnan(out[i]));  // 0 times NaN, too
    CHECK(out[1] == 7.0f);
    CHECK(out[15] == 63.0f);
}

TEST_CASE("a first convolution reads the caller's picture, float under half storage too") {
    for (const lamina::target& target : {gpu, gpu.half()})
        check_runs(
            [](network& net) {
                const auto x = net.input("image", {2, 3, 17, 15});
                net.output("out",
                    x
                        | conv2d{"conv", {.out = 12, .kernel = 7, .stride = 2, .pad = 3}}
                        | batch_norm{"bn"}
                        | relu{});
            },
            target, {"conv2d_tiled"});
}

TEST_CASE("windows along the rows of the caller's picture are read by fours") {
    const std::pair<shape, conv2d_options> cases[] = {
        {{2, 3, 32, 48}, {.out = 40, .kernel = 16, .stride = 16, .bias = true}},
        {{1, 3, 9, 20}, {.out = 12, .kernel = {3, 4}, .stride = {2, 4}}},
        {{1, 5, 7, 24}, {.out = 7, .kernel = {2, 8}, .stride = {1, 4}, .dilation = {3, 1}}},
        // Not by fours: rows of other lengths, steps, padding.
        {{2, 3, 8, 18}, {.out = 8, .kernel = 4, .stride = 4}},
        {{1, 3, 8, 20}, {.out = 8, .kernel = 4, .stride = 2}},
        {{1, 3, 8, 16}, {.out = 8, .kernel = 4, .stride = 4, .pad = 1}},
    };
    for (const auto& [in, options] : cases)
        for (const lamina::target& target : {gpu, gpu.half(), gpu.tf32(), gpu.bf16()}) {
            INFO(std::string(to_text(in).view()) << " kernel " << options.kernel.w);
            check_runs(
                [&](network& net) {
                    net.output(
                        "out", net.input("image", in) | conv2d{"conv", options} | batch_norm{"bn"});
                },
                target, {"conv2d_tiled"});
        }
}

TEST_CASE("residual adds, activations and a concat in place are the convolution's epilogue") {
    for (const lamina::target& target : {gpu, gpu.half()})
        check_runs(
            [](network& net) {
                const auto x = net.input("image", {2, 8, 9, 9}) | silu{};
                const auto left = x | conv2d{"left", {.out = 12, .kernel = 3, .pad = 1}} | relu{};
                const auto right = x | conv2d{"right", {.out = 10, .kernel = 1, .bias = true}};
                const auto both = concat({left, right});
                const auto more
                    = both | conv2d{"more", {.out = 22, .kernel = 3, .pad = 1}} | batch_norm{"bn"};
                net.output("out", add(more, both) | relu{});
            },
            target, {"conv2d_tiled"});
}

TEST_CASE("tiled depthwise convolutions are right with every option, in both precisions") {
    const conv_case cases[] = {
        {{2, 24, 9, 7}, {.out = 24, .kernel = 3, .pad = 1, .groups = 24, .bias = true}},
        {{1, 8, 12, 13}, {.out = 8, .kernel = 5, .stride = 2, .pad = lamina::same, .groups = 8}},
        {{1, 7, 6, 11}, {.out = 7, .kernel = {3, 4}, .pad = {0, 1, 2, 3}, .groups = 7}},
        {{1, 6, 15, 15}, {.out = 6, .kernel = 3, .pad = 3, .dilation = {2, 3}, .groups = 6}},
    };
    for (const conv_case& c : cases) {
        check_conv(c, gpu.half(), {"depthwise_tiled"});
        for (std::string_view tactic : {"row1", "row2", "row4", "row8"})
            check_conv(c, gpu, {"depthwise_tiled", tactic});
    }
}

TEST_CASE("tiled transposed convolutions are right with every option, in every precision") {
    const std::pair<shape, conv_transpose2d_options> cases[] = {
        {{2, 24, 5, 7}, {.out = 20, .kernel = 2, .stride = 2, .bias = true}},
        {{1, 16, 6, 5}, {.out = 33, .kernel = 4, .stride = 2, .pad = 1}},
        {{2, 8, 4, 6}, {.out = 8, .kernel = 3, .stride = 2, .pad = 1, .output_padding = 1}},
        {{1, 5, 3, 4}, {.out = 7, .kernel = {5, 2}, .stride = {3, 2}, .pad = {2, 0}}},
        {{1, 40, 7, 3}, {.out = 64, .kernel = 2, .stride = {1, 4}, .output_padding = {0, 3}}},
        {{1, 12, 4, 4}, {.out = 6, .kernel = 1, .stride = 2}},
    };
    for (const auto& [in, options] : cases)
        for (const lamina::target& target : {gpu, gpu.half(), gpu.tf32()}) {
            INFO(std::string(to_text(in).view())
                << " out " << options.out << " kernel " << options.kernel.h << " stride "
                << options.stride.h);
            check_runs(
                [&](network& net) {
                    const auto x = net.input("image", in) | relu{};
                    net.output(
                        "out", x | conv_transpose2d{"up", options} | batch_norm{"bn"} | silu{});
                },
                target, {"conv2d_tiled"});
        }
}

TEST_CASE("pools with large windows are shared by many work-items, however few the channels") {
    for (const shape& in : {shape{1, 32, 56, 40}, shape{2, 6, 33, 17}, shape{1, 4, 64, 64},
             shape{1, 200, 7, 9}, shape{3, 1, 20, 20}})
        for (const lamina::target& target : {gpu, gpu.half()}) {
            INFO(std::string(to_text(in).view()));
            check_runs(
                [&](network& net) {
                    const auto x = net.input("image", in) | relu{};
                    net.output("mean", x | global_avg_pool{} | silu{});
                    net.output("most", x | max_pool{{.kernel = 6, .stride = 3, .pad = 1}} | silu{});
                },
                target, {"pool"});
        }
}
