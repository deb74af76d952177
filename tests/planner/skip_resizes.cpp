// SPDX-License-Identifier: Apache-2.0
// Resizes that change nothing: which of them no step computes, and which stay.
#include "support/planned.hpp"

#include <lamina/planner/skip_resizes.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

using namespace lamina_test;
using planner::keeps_all;

namespace {

tensor resized(const tensor& x, const resize_options& by) { return x | resize{by}; }

bool is_skipped(const resize_options& by) {
    network net;
    const tensor y = resized(net.input("x", {1, 3, 5, 7}), by);
    net.output("y", y | relu{});
    REQUIRE(net.problems.empty());
    return keeps_all(net, net.nodes[planner::at(y.id)]);
}

}  // namespace

TEST_CASE("skipped resizes: those to the same size, whatever the mode and the coordinates") {
    for (const resize_coordinates way :
        {half_pixel, align_corners, asymmetric, pytorch_half_pixel, half_pixel_symmetric}) {
        for (const resize_mode mode : {bilinear, bicubic})
            CHECK(is_skipped({.size = {5, 7}, .mode = mode, .coordinates = way}));
        CHECK(is_skipped(
            {.size = {5, 7}, .mode = nearest, .coordinates = way, .rounding = round_ceil}));
    }
    CHECK(is_skipped({.scale = 1, .mode = nearest, .coordinates = asymmetric}));
    CHECK(is_skipped(
        {.size = {5, 7}, .mode = bilinear, .coordinates = half_pixel, .antialias = true}));
}

TEST_CASE(
    "skipped resizes: not those of another size, of a scale that moves coordinates, or of a part") {
    CHECK_FALSE(is_skipped({.size = {5, 8}, .mode = bilinear, .coordinates = half_pixel}));
    CHECK_FALSE(is_skipped({.size = {4, 7}, .mode = bilinear, .coordinates = half_pixel}));
    CHECK_FALSE(is_skipped({.scale = {1, 1.05}, .mode = bilinear, .coordinates = half_pixel}));
    CHECK_FALSE(is_skipped({.size = {5, 7}, .mode = bilinear, .coordinates = crop_and_resize}));
}

TEST_CASE("skipped resizes: a plan has no step of them, and numbers nodes as before") {
    network net;
    const tensor x = net.input("x", {1, 20, 6, 6});
    const tensor y = x | relu{};
    const tensor same = resized(y, {.size = 6, .mode = bilinear, .coordinates = half_pixel});
    const tensor again = resized(same, {.scale = 1, .mode = nearest, .coordinates = asymmetric});
    net.output("sum", (again | max_pool{{.kernel = 3, .stride = 1, .pad = 1}}) + same);
    network cut = net;
    CHECK(planner::skip_resizes(cut) == structural_numbers(net));
    CHECK(cut.nodes[planner::at(again.id + 1)].inputs[0] == y.id);
    const planner::module m = planned(cut);
    CHECK(alive(m) == std::vector<std::string>{"relu", "max_pool add"});
    const run_time_plan on_cpu = plan_at_run_time(net, cpu), on_gpu = plan_at_run_time(net, gpu);
    CHECK(on_cpu.steps - on_cpu.reformats == 2);
    CHECK(on_gpu.steps - on_gpu.reformats == 2);
}

TEST_CASE("skipped resizes: outputs, kept values, networks with states and with dims keep theirs") {
    const resize_options same{.size = 6, .mode = bilinear, .coordinates = half_pixel};
    network output;
    output.output("y", resized(output.input("x", {1, 20, 6, 6}) | relu{}, same));
    CHECK(planner::skip_resizes(output).empty());

    network kept;
    const tensor floats = resized(kept.input("x", {1, 20, 6, 6}) | relu{}, same);
    kept.keep(floats, dtype::f32);
    kept.output("y", floats | max_pool{{.kernel = 3}});
    CHECK(planner::skip_resizes(kept).empty());

    network state;
    const tensor old = state.state("old", {1, 20, 6, 6});
    const tensor before = resized(old, same);
    const tensor now = state.input("x", {1, 20, 6, 6});
    update(old, now);
    state.output("y", before + now);
    CHECK(planner::skip_resizes(state).empty());
}
