// SPDX-License-Identifier: Apache-2.0
// Resized images.
// One group of torch_cases.hpp.
#include <lamina/layers/resize.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> resize_cases() {
    static constexpr torch_case cases[] = {
        {"resize_nearest_double",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {8, 10}, .mode = nearest, .coordinates = asymmetric}});
            }},
        {"resize_nearest_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {7, 9}, .mode = nearest, .coordinates = asymmetric}});
            }},
        {"resize_nearest_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output("output",
                    x | resize{{.size = {4, 5}, .mode = nearest, .coordinates = asymmetric}});
            }},
        {"resize_nearest_rounding",
            [](network& net) {
                const tensor x = net.input("input0", {1, 1, 2, 4});
                net.output("output",
                    x | resize{{.size = {82, 94}, .mode = nearest, .coordinates = asymmetric}});
            }},
        {"resize_nearest_exact_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {7, 9}, .mode = nearest, .coordinates = half_pixel}});
            }},
        {"resize_nearest_exact_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output("output",
                    x | resize{{.size = {4, 5}, .mode = nearest, .coordinates = half_pixel}});
            }},
        {"resize_bilinear_double",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {8, 10}, .mode = bilinear, .coordinates = half_pixel}});
            }},
        {"resize_bilinear_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {7, 9}, .mode = bilinear, .coordinates = half_pixel}});
            }},
        {"resize_bilinear_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output("output",
                    x | resize{{.size = {4, 5}, .mode = bilinear, .coordinates = half_pixel}});
            }},
        {"resize_bilinear_corners_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {7, 9}, .mode = bilinear, .coordinates = align_corners}});
            }},
        {"resize_bilinear_corners_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output("output",
                    x | resize{{.size = {4, 5}, .mode = bilinear, .coordinates = align_corners}});
            }},
        {"resize_bilinear_corners_one",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {1, 3}, .mode = bilinear, .coordinates = align_corners}});
            }},
        {"resize_nearest_scale",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 7});
                net.output("output",
                    x | resize{{.scale = {1.75, 2.5}, .mode = nearest, .coordinates = asymmetric}});
            }},
        {"resize_nearest_exact_scale",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 7});
                net.output("output",
                    x | resize{{.scale = {1.75, 2.5}, .mode = nearest, .coordinates = half_pixel}});
            }},
        {"resize_bilinear_scale",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 7});
                net.output("output",
                    x
                        | resize{
                            {.scale = {1.75, 2.5}, .mode = bilinear, .coordinates = half_pixel}});
            }},
        {"resize_bilinear_scale_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 7});
                net.output("output",
                    x | resize{{.scale = 0.375, .mode = bilinear, .coordinates = half_pixel}});
            }},
        {"resize_bilinear_asymmetric_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {7, 9}, .mode = bilinear, .coordinates = asymmetric}});
            }},
        {"resize_bilinear_asymmetric_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output("output",
                    x | resize{{.size = {4, 5}, .mode = bilinear, .coordinates = asymmetric}});
            }},
        {"resize_bilinear_antialias_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x
                        | resize{{.size = {7, 9},
                            .mode = bilinear,
                            .coordinates = half_pixel,
                            .antialias = true,
                            .exclude_outside = true}});
            }},
        {"resize_bilinear_antialias_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 9, 8});
                net.output("output",
                    x
                        | resize{{.size = {4, 5},
                            .mode = bilinear,
                            .coordinates = half_pixel,
                            .antialias = true,
                            .exclude_outside = true}});
            }},
        {"resize_bilinear_antialias_mixed",
            [](network& net) {
                const tensor x = net.input("input0", {1, 5, 11, 4});
                net.output("output",
                    x
                        | resize{{.size = {3, 13},
                            .mode = bilinear,
                            .coordinates = half_pixel,
                            .antialias = true,
                            .exclude_outside = true}});
            }},
        {"resize_bilinear_antialias_far",
            [](network& net) {
                const tensor x = net.input("input0", {1, 2, 23, 31});
                net.output("output",
                    x
                        | resize{{.size = {2, 3},
                            .mode = bilinear,
                            .coordinates = half_pixel,
                            .antialias = true,
                            .exclude_outside = true}});
            }},
        {"resize_bicubic_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {7, 9}, .mode = bicubic, .coordinates = half_pixel}});
            }},
        {"resize_bicubic_corners_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | resize{{.size = {7, 9}, .mode = bicubic, .coordinates = align_corners}});
            }},
        {"resize_bicubic_antialias_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x
                        | resize{{.size = {7, 9},
                            .mode = bicubic,
                            .coordinates = half_pixel,
                            .cubic_a = -0.5f,
                            .antialias = true,
                            .exclude_outside = true}});
            }},
        {"resize_bicubic_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 9, 8});
                net.output("output",
                    x | resize{{.size = {4, 5}, .mode = bicubic, .coordinates = half_pixel}});
            }},
        {"resize_bicubic_corners_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 9, 8});
                net.output("output",
                    x | resize{{.size = {4, 5}, .mode = bicubic, .coordinates = align_corners}});
            }},
        {"resize_bicubic_antialias_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 9, 8});
                net.output("output",
                    x
                        | resize{{.size = {4, 5},
                            .mode = bicubic,
                            .coordinates = half_pixel,
                            .cubic_a = -0.5f,
                            .antialias = true,
                            .exclude_outside = true}});
            }},
        {"resize_bicubic_mixed",
            [](network& net) {
                const tensor x = net.input("input0", {1, 5, 11, 4});
                net.output("output",
                    x | resize{{.size = {3, 13}, .mode = bicubic, .coordinates = half_pixel}});
            }},
        {"resize_bicubic_corners_mixed",
            [](network& net) {
                const tensor x = net.input("input0", {1, 5, 11, 4});
                net.output("output",
                    x | resize{{.size = {3, 13}, .mode = bicubic, .coordinates = align_corners}});
            }},
        {"resize_bicubic_antialias_mixed",
            [](network& net) {
                const tensor x = net.input("input0", {1, 5, 11, 4});
                net.output("output",
                    x
                        | resize{{.size = {3, 13},
                            .mode = bicubic,
                            .coordinates = half_pixel,
                            .cubic_a = -0.5f,
                            .antialias = true,
                            .exclude_outside = true}});
            }},
        {"resize_bicubic_far",
            [](network& net) {
                const tensor x = net.input("input0", {1, 2, 23, 31});
                net.output("output",
                    x | resize{{.size = {2, 3}, .mode = bicubic, .coordinates = half_pixel}});
            }},
        {"resize_bicubic_corners_far",
            [](network& net) {
                const tensor x = net.input("input0", {1, 2, 23, 31});
                net.output("output",
                    x | resize{{.size = {2, 3}, .mode = bicubic, .coordinates = align_corners}});
            }},
        {"resize_bicubic_antialias_far",
            [](network& net) {
                const tensor x = net.input("input0", {1, 2, 23, 31});
                net.output("output",
                    x
                        | resize{{.size = {2, 3},
                            .mode = bicubic,
                            .coordinates = half_pixel,
                            .cubic_a = -0.5f,
                            .antialias = true,
                            .exclude_outside = true}});
            }},
        {"resize_bicubic_scale",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 7});
                net.output("output",
                    x | resize{{.scale = {1.75, 0.6}, .mode = bicubic, .coordinates = half_pixel}});
            }},
        {"resize_bicubic_scale_up",
            [](network& net) {
                const tensor x = net.input("input0", {2, 16, 5, 7});
                net.output(
                    "output", x | resize{{.scale = 2, .mode = bicubic, .coordinates = half_pixel}});
            }},
        {"resize_bilinear_antialias_scale",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 12, 11});
                net.output("output",
                    x
                        | resize{{.scale = {0.4, 0.7},
                            .mode = bilinear,
                            .coordinates = half_pixel,
                            .antialias = true,
                            .exclude_outside = true}});
            }},
    };
    return cases;
}

}  // namespace lamina_test
