// SPDX-License-Identifier: Apache-2.0
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;
using texts = std::vector<std::string>;

namespace {

/// The last stage of a decoder: a skip of 16 channels, 32 from half its size, and two classes.
network decoder(int batch, int side) {
    network net;
    const tensor skip
        = net.input("x", {batch, 3, side, side}) | conv2d{"a", {.out = 16, .kernel = 3, .pad = 1}};
    const tensor low = skip | max_pool{{.kernel = 2}} | conv2d{"b", {.out = 32}} | relu{};
    const tensor up = low | conv_transpose2d{"up", {.out = 16, .kernel = 2, .stride = 2}};
    net.output("y",
        concat({skip, up})
            | conv2d{"c", {.out = 16, .kernel = 3, .pad = 1}}
            | relu{}
            | conv2d{"d", {.out = 16, .kernel = 3, .pad = 1}}
            | relu{}
            | conv2d{"head", {.out = 2}});
    return net;
}

int halves_of(const planner::module& m) {
    int count = 0;
    for (const planner::step& s : m.steps) count += s.of_half;
    return count;
}

int halves(network net, const lamina::target& target = gpu) {
    return halves_of(planned(net, target));
}

}  // namespace

TEST_CASE("halve_batches: what a decoder has between its last layers is alive for half a batch") {
    network net = decoder(8, 256);
    const planner::module m = planned(net, gpu.half());
    const texts steps = steps_of(m);
    const texts whole{"conv2d", "max_pool", "conv2d relu"};
    const texts half{"conv_transpose2d", "concat conv2d relu", "conv2d relu", "conv2d"};
    texts all = whole;
    for (int i = 0; i < 2; ++i) all.insert(all.end(), half.begin(), half.end());
    CHECK(texts(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(all.size())) == all);
    CHECK(halves_of(m) == 8);
    // The skip and what `up` reads, whole; halves of two layers; not the skip and two whole images.
    const std::int64_t image = std::int64_t{8} * 16 * 256 * 256 * 2;
    CHECK(m.live_bytes < image * 26 / 10);
    CHECK(m.live_bytes >= image * 25 / 10);
}

TEST_CASE("halve_batches: batches that have no halves, small ones, and other targets stay whole") {
    CHECK(halves(decoder(8, 256)) == 8);
    CHECK(halves(decoder(7, 256)) == 0);
    CHECK(halves(decoder(4, 256)) == 0);  // half has 131,072 pixels
    CHECK(halves(decoder(8, 256), cpu) == 0);
    CHECK(halves(decoder(8, 256), gpu.general_sizes()) == 0);
}

TEST_CASE("halve_batches: no half reads an image that the other half writes") {
    network net;
    const tensor big = net.input("x", {8, 3, 184, 184}) | conv2d{"big", {.out = 64}} | relu{};
    const tensor one = big | conv2d{"one", {.out = 16}};
    const tensor two = big | conv2d{"two", {.out = 16, .kernel = 3, .pad = 1}};
    const tensor both = concat({one, two}, 0);
    const tensor middle = both | slice{0, {.start = 4, .stop = 12}};
    net.output("y", middle | conv2d{"wide", {.out = 64}} | relu{} | conv2d{"last", {.out = 4}});
    net.output("mean", both | global_avg_pool{});
    const planner::module m = planned(net, gpu);
    std::size_t written = 0, read = m.steps.size();
    for (std::size_t i = 0; i < m.steps.size(); ++i) {
        if (m.steps[i].is_copy) continue;
        const std::string_view layer = net.nodes[planner::at(m.steps[i].anchor)].at.view();
        if (layer == "one" || layer == "two") written = i;
        if (layer == "wide") read = std::min(read, i);
    }
    CHECK(written < read);  // the first half of "wide" reads images of the second half of "one"
}

TEST_CASE(
    "halve_batches: what others read, too, stays whole, and so does a plan that it would not help") {
    network net;
    const tensor x = net.input("x", {8, 3, 256, 256});
    const tensor wide = x | conv2d{"wide", {.out = 64, .kernel = 3, .pad = 1}} | relu{};
    const tensor narrow = wide | conv2d{"narrow", {.out = 8}};
    net.output("y", narrow | conv2d{"last", {.out = 4, .kernel = 3, .pad = 1}});
    CHECK(halves(net) >= 4);
    net.output("mean", wide | global_avg_pool{});
    CHECK(halves(net) == 0);

    network flat;  // each layer as large as the one before: two whole outputs of three
    tensor y = flat.input("x", {8, 3, 256, 256}) | conv2d{"first", {.out = 4}};
    flat.output("first", y);
    flat.output("y", y | conv2d{"second", {.out = 4, .kernel = 3, .pad = 1}});
    CHECK(halves(flat) == 0);
}
