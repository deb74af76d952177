// SPDX-License-Identifier: Apache-2.0
// Resizing with plans for every target on the default device: the cases recorded from PyTorch, and
// what only ONNX has, against the reference, which tests/onnx compares with ONNX's.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

TEST_CASE("a device computes the resize cases as the reference does") {
    lamina_test::check_on_devices(lamina_test::resize_cases());
}

namespace {

/// Every rounding at places that are integers, halves and close to them: 7 of 2, factors 1.5, 0.6.
void define_roundings(network& net) {
    const tensor x = net.input("x", {2, 17, 10, 6});
    int count = 0;
    for (const resize_rounding rounding :
        {round_floor, round_ceil, round_prefer_floor, round_prefer_ceil})
        for (const resize_coordinates place :
            {half_pixel, asymmetric, align_corners, half_pixel_symmetric}) {
            resize_options o{.mode = nearest, .coordinates = place, .rounding = rounding};
            if (count % 3 == 0)
                o.size = {35, 11};
            else
                o.scale = count % 3 == 1 ? scale_pair(1.5, 2.5) : scale_pair(0.6, 1.75);
            net.output(name("y", count++), x | resize{o});
        }
}

/// Cuts that reach out of the image and lie backwards in it, ends that do not count, wide filters.
void define_filters(network& net) {
    const tensor x = net.input("x", {2, 19, 9, 14});
    const crop_box box{.top = -0.25f, .left = 0.9f, .bottom = 0.75f, .right = 0.1f};
    net.output("cut",
        x
            | resize{{.size = {7, 5},
                .mode = bilinear,
                .coordinates = crop_and_resize,
                .roi = box,
                .extrapolation = 0.5f}}
            | lamina::tanh{});
    net.output("cubic_cut",
        x | resize{{.size = {1, 12}, .mode = bicubic, .coordinates = crop_and_resize, .roi = box}});
    net.output("nearest_cut",
        x
            | resize{{.size = {7, 12},
                .mode = nearest,
                .coordinates = crop_and_resize,
                .rounding = round_prefer_floor,
                .roi = box,
                .extrapolation = -1}});
    net.output("one_column",
        x | resize{{.size = {4, 1}, .mode = bilinear, .coordinates = pytorch_half_pixel}});
    net.output("symmetric",
        x | resize{{.scale = {0.7, 1.3}, .mode = bilinear, .coordinates = half_pixel_symmetric}});
    net.output("inside",
        x
            | resize{{.scale = {1.7, 0.55},
                .mode = bicubic,
                .coordinates = asymmetric,
                .cubic_a = -0.5f,
                .exclude_outside = true}});
    net.output("soft",
        x
            | resize{{.scale = {0.3, 0.45},
                .mode = bilinear,
                .coordinates = half_pixel,
                .antialias = true}});
    net.output("wide",
        x
            | resize{{.size = {2, 30},
                .mode = bicubic,
                .coordinates = align_corners,
                .antialias = true}}
            | lamina::abs{});
}

}  // namespace

TEST_CASE("a device takes the nearest that ONNX's roundings mean, at halves too") {
    lamina_test::check_on_devices("roundings", define_roundings);
}

TEST_CASE("a device cuts, stretches and normalises the filters of a resize as the reference does") {
    lamina_test::check_on_devices("filters", define_filters);
}

TEST_CASE("what reads a resize to the same size reads its input") {
    lamina_test::check_on_devices("three scales brought to one", [](network& net) {
        const auto x = net.input("x", {2, 3, 9, 7})
            | conv2d{"first", {.out = 20, .kernel = 3, .pad = 1, .bias = true}}
            | relu{};
        const auto to_size = resize{{.size = {9, 7}, .mode = bilinear, .coordinates = half_pixel}};
        const auto half = x | max_pool{{.kernel = 2}} | to_size;
        const auto all
            = concat({x | to_size, half, x | conv2d{"side", {.out = 4, .kernel = 1}} | to_size});
        net.output("y",
            all
                | conv2d{"last", {.out = 6, .kernel = 1}}
                | resize{{.scale = 1, .mode = bicubic, .coordinates = half_pixel}});
    });
}
