// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools of images of one column, NxCxLx1, run as those of images of one row: the same kernels with the
// same tactics, and every kind of window against the reference.
#include "support/on_targets.hpp"
#include "support/planned.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

namespace {

constexpr target classes[] = {cpu, cpu_avx2, cpu_neon, cpu.half(), gpu};

tensor column(network& net, int n, int c, int length) {
    return net.input("x", {n, c, length, 1}) | relu{};
}

void convolutions(network& net) {
    const tensor x = column(net, 2, 19, 53);
    const tensor y = x | conv2d{"a", {.out = 40, .kernel = {7, 1}, .pad = {3, 0}, .bias = true}};
    net.output("y", y | relu{});
    net.output("uneven",
        x
            | conv2d{"b",
                {.out = 24,
                    .kernel = {4, 1},
                    .stride = {3, 1},
                    .pad = {2, 0, 1, 0},
                    .dilation = {2, 1}}}
            | silu{});
    net.output("whole", x | conv2d{"c", {.out = 17, .kernel = {53, 1}}});
    net.output("1x1", x | conv2d{"d", {.out = 33, .kernel = 1}} | sigmoid{});
    net.output("residual",
        add(y, x | conv2d{"e", {.out = 40, .kernel = 1}}) * net.parameter("scale", {1, 40, 53, 1})
            + net.parameter("shift", {53, 1}));
}

void groups(network& net) {
    const tensor x = column(net, 2, 48, 41);
    net.output("depthwise",
        x
            | conv2d{"a", {.out = 48, .kernel = {5, 1}, .pad = {2, 0}, .groups = 48, .bias = true}}
            | relu6{});
    net.output(
        "ten", x | conv2d{"b", {.out = 60, .kernel = {3, 1}, .stride = {2, 1}, .groups = 6}});
    net.output("two", x | conv2d{"c", {.out = 48, .kernel = {9, 1}, .groups = 24}});
}

void pools(network& net) {
    const tensor x = column(net, 2, 21, 37);
    net.output("max", x | max_pool{{.kernel = {3, 1}, .stride = {2, 1}, .pad = {1, 0}}} | silu{});
    net.output("mean", x | avg_pool{{.kernel = {4, 1}, .stride = {3, 1}, .pad = {1, 0}}});
    net.output("adaptive", x | adaptive_avg_pool{{5, 1}});
    net.output("all", x | global_avg_pool{});
}

/// Convolutions whose inputs are volumes, a slice for each tap.
void deformed(network& net) {
    const tensor x = net.input("x", {2, 6, 9, 2});
    const tensor by = x | conv2d{"shift", {.out = 8, .kernel = 2}};
    net.output("taps", x | deform_conv2d{"a", by, {.out = 5, .kernel = 2}});
    const tensor line = by | slice{1, {.stop = 3}};
    const tensor one = line | conv2d{"move", {.out = 2, .kernel = 1}};
    net.output("one tap", line | deform_conv2d{"b", one, {.out = 4, .kernel = 1}});
}

/// Sound in one channel and branches that fuse side by side, as CREPE's and Inception's layers are.
void in_sequence(network& net) {
    const tensor x = net.input("x", {2, 1, 150, 1});
    const tensor y = x
        | conv2d{"a", {.out = 32, .kernel = {16, 1}, .stride = {4, 1}, .bias = true}}
        | relu{}
        | max_pool{{.kernel = {2, 1}, .stride = {2, 1}}};
    const tensor left = y | conv2d{"b", {.out = 16, .kernel = {3, 1}, .pad = {1, 0}}} | relu{};
    const tensor right = y | conv2d{"c", {.out = 16, .kernel = {3, 1}, .pad = {1, 0}}} | relu{};
    net.output("joined", concat({left, right}, 1) | conv2d{"d", {.out = 8, .kernel = {2, 1}}});
    net.output("few", y | conv2d{"e", {.out = 2, .kernel = {3, 1}}} | max_pool{{.kernel = {2, 1}}});
    net.output("rows", left | permute{{0, 2, 1, 3}} | flatten{} | linear{"head", 5});
}

/// Columns whose pixels are images apart, which no kernel of rows reads where they lie.
void turned(network& net) {
    const tensor x = column(net, 9, 16, 6) | transpose{0, 2};
    net.output("y", x | conv2d{"a", {.out = 24, .kernel = {3, 1}, .pad = {1, 0}}});
    net.output("max", x | max_pool{{.kernel = {3, 1}, .stride = {2, 1}}});
}

/// The same layers along a row or down a column, with what each step runs.
std::vector<std::string> launches_of(bool down, const target& on) {
    const auto along = [&](int length, int across) {
        return down ? shape{length, across} : shape{across, length};
    };
    const shape size = along(64, 1), kernel = along(5, 1), step = along(2, 1), pad = along(2, 0);
    network net;
    const tensor x = net.input("x", {1, 32, size.n, size.c}) | relu{};
    net.output("y",
        x
            | conv2d{"a", {.out = 64, .kernel = {kernel.n, kernel.c}, .pad = {pad.n, pad.c}}}
            | max_pool{{.kernel = {step.n, step.c}, .stride = {step.n, step.c}}}
            | conv2d{"b",
                {.out = 64,
                    .kernel = {kernel.n, kernel.c},
                    .stride = {step.n, step.c},
                    .groups = 64}}
            | conv2d{"c", {.out = 48, .kernel = {kernel.n, kernel.c}}});
    const planner::module m = lamina_test::planned(net, on);
    std::vector<std::string> out;
    for (const planner::launch& l : m.launches) {
        const planner::kernel& k = m.kernels[planner::at(l.kernel)];
        out.push_back(std::string(k.family) + ' ' + std::to_string(k.hash) + ' '
            + std::string(m.tactics[planner::at(l.tactic)].label.view()));
    }
    return out;
}

}  // namespace

TEST_CASE("convolutions of one column give what the reference gives") {
    lamina_test::check_on_devices("convolutions", convolutions, classes);
    lamina_test::check_on_devices("groups", groups, classes);
    lamina_test::check_on_devices("deformed", deformed, classes);
    lamina_test::check_on_devices("turned", turned, classes);
}

TEST_CASE("pools of one column give what the reference gives") {
    lamina_test::check_on_devices("pools", pools, classes);
    lamina_test::check_on_devices("in sequence", in_sequence, classes);
}

TEST_CASE("a column is computed by the kernels of a row") {
    for (const target& on : classes) {
        CAPTURE(std::string(on.label()));
        const auto down = launches_of(true, on), along = launches_of(false, on);
        REQUIRE(down.size() == along.size());
        // The first step and the last may be copies, which have addresses of their own.
        for (std::size_t i = 1; i + 1 < down.size(); ++i) CHECK(down[i] == along[i]);
    }
}
