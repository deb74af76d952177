// SPDX-License-Identifier: Apache-2.0
// Layers of pictures in a row are one step on every target; what cannot join begins another one.
#include <doctest/doctest.h>
#include <lamina/define.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan_at_run_time.hpp>

using namespace lamina;

namespace {

const normalize_picture_options imagenet{
    .mean = {0.485f, 0.456f, 0.406f}, .std = {0.229f, 0.224f, 0.225f}};

std::size_t steps_of(const network& net, const lamina::target& on) {
    return static_cast<std::size_t>(plan_at_run_time(net, on).steps);
}

}  // namespace

TEST_CASE("a picture of bytes becomes a network's input in one step") {
    for (const lamina::target& on : {cpu, cpu_avx2, cpu_neon, gpu, cpu.half(), gpu.half()}) {
        network net;
        const tensor x = net.input("image", u8, {2, 48, 64, 3});
        net.output("y",
            x
                | letterbox{{.size = {96, 96}}}
                | swap_colours{}
                | channels_first{}
                | normalize_picture{imagenet}
                | conv2d{"conv", {.out = 32, .kernel = 3, .stride = 2, .pad = 1}}
                | relu{});
        CHECK(net.problems.empty());
        // The convolution's result is copied to the caller's layout.
        network without;
        without.output("y",
            without.input("x", {2, 3, 96, 96})
                | conv2d{"conv", {.out = 32, .kernel = 3, .stride = 2, .pad = 1}}
                | relu{});
        CHECK(steps_of(net, on) == steps_of(without, on) + 1);
    }
}

TEST_CASE("the order of picture layers does not matter where none changes the size") {
    for (int order = 0; order < 3; ++order) {
        network net;
        const tensor x = net.input("image", u8, {1, 8, 9, 3});
        const normalize_picture scaled{imagenet};
        net.output("y",
            order == 0       ? x | scaled | swap_colours{} | channels_first{}
                : order == 1 ? x | channels_first{} | scaled | swap_colours{}
                             : x | swap_colours{} | scaled | channels_first{});
        CHECK(steps_of(net, cpu) == 1);
    }
}

TEST_CASE("a letterbox behind another one, or behind scaled numbers, is a step of its own") {
    network net;
    const tensor x = net.input("image", u8, {1, 20, 30, 3});
    net.output("twice", x | letterbox{{.size = {16, 16}}} | letterbox{{.size = {40, 24}}});
    net.output("scaled", x | normalize_picture{} | letterbox{{.size = {16, 16}, .pad = 0.5f}});
    CHECK(steps_of(net, cpu) == 4);
}

TEST_CASE("a picture that is an output too is computed beside the one made of it") {
    network net;
    const tensor fitted = net.input("image", u8, {1, 20, 30, 3}) | letterbox{{.size = {16, 16}}};
    CHECK(fitted.type == dtype::u8);
    const tensor x = fitted | channels_first{} | normalize_picture{};
    CHECK(x.type == dtype::f32);
    net.output("fitted", fitted);
    net.output("x", x);
    CHECK(steps_of(net, cpu) == 2);
}
