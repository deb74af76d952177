// SPDX-License-Identifier: Apache-2.0
// Pools, resizes and moves of volumes, and of sequences those with indices.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/concat.hpp>
#include <lamina/layers/flip.hpp>
#include <lamina/layers/global_pool.hpp>
#include <lamina/layers/max_unpool.hpp>
#include <lamina/layers/normalize.hpp>
#include <lamina/layers/pool1d.hpp>
#include <lamina/layers/pool3d.hpp>
#include <lamina/layers/resize3d.hpp>
#include <lamina/layers/slice.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> volume_pool_cases() {
    static constexpr torch_case cases[] = {
        // torch: F.max_pool3d(F.relu(x), 2)
        {"max_pool3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 5, 7, 6});
                // [max_pool3d]
                net.output("output", x | relu{} | max_pool3d{{.kernel = 2}});
                // [/max_pool3d]
            }},
        // torch: F.max_pool3d(x, 3, (1, 2, 2), 1)
        {"max_pool3d_stride",
            [](network& net) {
                const tensor x = net.input("input0", {2, 20, 4, 7, 9});
                net.output("output", x | max_pool3d{{.kernel = 3, .stride = {1, 2, 2}, .pad = 1}});
            }},
        // torch: F.max_pool3d(x, 2, 1, 0, (2, 1, 3))
        {"max_pool3d_dilation",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 4, 7});
                net.output(
                    "output", x | max_pool3d{{.kernel = 2, .stride = 1, .dilation = {2, 1, 3}}});
            }},
        // torch: F.max_pool3d(x, 2, ceil_mode=True)
        {"max_pool3d_ceil",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 5, 5, 7});
                net.output("output", x | max_pool3d{{.kernel = 2, .ceil_mode = true}});
            }},
        // torch: F.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1))
        {"max_pool3d_flat",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 3, 7, 6});
                net.output("output",
                    x | max_pool3d{{.kernel = {1, 3, 3}, .stride = {1, 2, 2}, .pad = {0, 1, 1}}});
            }},
        // torch: F.max_pool3d(x, (9, 2, 8), 1)
        {"max_pool3d_large",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 10, 4, 9});
                net.output("output", x | max_pool3d{{.kernel = {9, 2, 8}, .stride = 1}});
            }},
        // torch: F.avg_pool3d(x, 2)
        {"avg_pool3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 4, 7, 6});
                // [avg_pool3d]
                net.output("output", x | avg_pool3d{{.kernel = 2}});
                // [/avg_pool3d]
            }},
        // torch: F.avg_pool3d(x, 3, 2, 1, ceil_mode=True)
        {"avg_pool3d_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 18, 5, 6, 8});
                net.output("output",
                    x | avg_pool3d{{.kernel = 3, .stride = 2, .pad = 1, .ceil_mode = true}});
            }},
        // torch: F.avg_pool3d(x, (3, 2, 3), (2, 1, 2), (1, 0, 1), count_include_pad=False)
        {"avg_pool3d_uncounted",
            [](network& net) {
                const tensor x = net.input("input0", {2, 4, 5, 4, 6});
                net.output("output",
                    x
                        | avg_pool3d{{.kernel = {3, 2, 3},
                            .stride = {2, 1, 2},
                            .pad = {1, 0, 1},
                            .count_include_pad = false}});
            }},
        // torch: F.avg_pool3d(x, 2, 1, divisor_override=3)
        {"avg_pool3d_divisor",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5, 4});
                net.output(
                    "output", x | avg_pool3d{{.kernel = 2, .stride = 1, .divisor_override = 3}});
            }},
        // torch: F.adaptive_avg_pool3d(x, (2, 3, 4))
        {"adaptive_avg_pool3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 5, 7, 9});
                // [adaptive_avg_pool3d]
                net.output("output", x | adaptive_avg_pool3d{{2, 3, 4}});
                // [/adaptive_avg_pool3d]
            }},
        // torch: F.adaptive_avg_pool3d(x, (2, 1, 3))
        {"adaptive_avg_pool3d_divides",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 4, 7, 6});
                net.output("output", x | adaptive_avg_pool3d{{2, 1, 3}});
            }},
        // torch: F.adaptive_max_pool3d(x, (3, 2, 5))
        {"adaptive_max_pool3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 5, 7, 9});
                // [adaptive_max_pool3d]
                net.output("output", x | adaptive_max_pool3d{{3, 2, 5}});
                // [/adaptive_max_pool3d]
            }},
        // torch: F.adaptive_avg_pool3d(x, 1)
        {"global_avg_pool3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 5, 7, 9});
                net.output("output", x | global_avg_pool{});
            }},
        // torch: F.adaptive_max_pool3d(x, 1)
        {"global_max_pool3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 7, 9});
                net.output("output", x | global_max_pool{});
            }},
        // torch: F.adaptive_avg_pool1d(x, 1)
        {"global_avg_pool1d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 29});
                net.output("output", x | global_avg_pool{});
            }},
        // torch, spaced: F.max_pool3d(x, 2, (1, 2, 1), 1, return_indices=True)[1]
        {"max_pool3d_indices",
            [](network& net) {
                const tensor x = net.input("input0", {2, 18, 4, 5, 6});
                const auto [values, indices]
                    = x | max_pool3d_with_indices{{.kernel = 2, .stride = {1, 2, 1}, .pad = 1}};
                net.output("output", indices);
            }},
        // torch, spaced: F.max_unpool3d(*F.max_pool3d(x, 2, return_indices=True), 2, output_size=x.shape)
        {"max_unpool3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 5, 4, 7});
                // [max_unpool3d]
                const auto [values, indices] = x | max_pool3d_with_indices{{.kernel = 2}};
                const tensor sparse = max_unpool3d(values, indices, {5, 4, 7});
                // [/max_unpool3d]
                net.output("output", sparse);
            }},
        // torch, spaced: F.max_unpool1d(*F.max_pool1d(x, 3, 2, return_indices=True), 3, 2)
        {"max_unpool1d_window",
            [](network& net) {
                const tensor x = net.input("input0", {2, 18, 23});
                const auto [values, indices]
                    = x | max_pool1d_with_indices{{.kernel = 3, .stride = 2}};
                net.output("output", max_unpool1d(values, indices, {.kernel = 3, .stride = 2}));
            }},
        // torch, spaced: F.max_unpool3d(*F.max_pool3d(x, (1, 2, 3), return_indices=True), (1, 2, 3))
        {"max_unpool3d_window",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 5, 4, 9});
                const auto [values, indices] = x | max_pool3d_with_indices{{.kernel = {1, 2, 3}}};
                net.output("output", max_unpool3d(values, indices, {.kernel = {1, 2, 3}}));
            }},
        // torch, spaced: F.max_pool1d(x, 3, 2, 1, return_indices=True)[1]
        {"max_pool1d_indices",
            [](network& net) {
                const tensor x = net.input("input0", {2, 18, 23});
                const auto [values, indices]
                    = x | max_pool1d_with_indices{{.kernel = 3, .stride = 2, .pad = 1}};
                net.output("output", indices);
            }},
        // torch, spaced: F.max_unpool1d(*F.max_pool1d(x, 2, return_indices=True), 2, output_size=x.shape)
        {"max_unpool1d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 11});
                // [max_unpool1d]
                const auto [values, indices] = x | max_pool1d_with_indices{{.kernel = 2}};
                const tensor sparse = max_unpool1d(values, indices, 11);
                // [/max_unpool1d]
                net.output("output", sparse);
            }},
        // torch: F.instance_norm(x)
        {"instance_norm3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 3, 5, 4});
                net.output("output", x | instance_norm{});
            }},
        // torch: F.relu(F.max_pool3d(x, 2) * F.avg_pool3d(x, 2)) + x[:, :, :2, :3, 1:4].tanh()
        {"chain3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 4, 6, 7});
                const tensor part = x
                    | slice{2, {.stop = 2}}
                    | slice{3, {.stop = 3}}
                    | slice{4, {.start = 1, .stop = 4}};
                const tensor both
                    = (x | max_pool3d{{.kernel = 2}}) * (x | avg_pool3d{{.kernel = 2}});
                net.output("output", (both | relu{}) + (part | lamina::tanh{}));
            }},
        // torch: torch.cat([F.max_pool3d(x, 3, 1, 1), x, F.avg_pool3d(x, 3, 1, 1)], 2)[:, :, 2:].flip(2)
        {"concat3d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 3, 4, 5});
                const tensor most = x | max_pool3d{{.kernel = 3, .stride = 1, .pad = 1}};
                const tensor mean = x | avg_pool3d{{.kernel = 3, .stride = 1, .pad = 1}};
                net.output("output", concat({most, x, mean}, 2) | slice{2, {.start = 2}} | flip{2});
            }},
        // torch: F.interpolate(F.relu(x), scale_factor=2, mode='trilinear')
        {"resize3d_double",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 3, 5, 4});
                // [resize3d]
                net.output("output",
                    x
                        | relu{}
                        | resize3d{{.scale = 2, .mode = bilinear, .coordinates = half_pixel}});
                // [/resize3d]
            }},
        // torch: F.interpolate(x, (7, 4, 9), mode='trilinear', align_corners=True).tanh()
        {"resize3d_corners",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 3, 5, 4});
                net.output("output",
                    x
                        | resize3d{{.size = {7, 4, 9},
                            .mode = bilinear,
                            .coordinates = align_corners}}
                        | lamina::tanh{});
            }},
        // torch: F.interpolate(x, (2, 3, 7), mode='trilinear')
        {"resize3d_down",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 7, 6});
                net.output("output",
                    x | resize3d{{.size = {2, 3, 7}, .mode = bilinear, .coordinates = half_pixel}});
            }},
        // torch: F.interpolate(x, scale_factor=(1.5, 0.7, 1), mode='nearest')
        {"resize3d_nearest",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 5, 6, 3});
                net.output("output",
                    x
                        | resize3d{
                            {.scale = {1.5, 0.7, 1}, .mode = nearest, .coordinates = asymmetric}});
            }},
        // torch: F.interpolate(x, (4, 9, 5), mode='nearest-exact')
        {"resize3d_nearest_exact",
            [](network& net) {
                const tensor x = net.input("input0", {2, 18, 6, 4, 5});
                net.output("output",
                    x | resize3d{{.size = {4, 9, 5}, .mode = nearest, .coordinates = half_pixel}});
            }},
        // torch: F.interpolate(x, (5, 3, 4), mode='trilinear')
        {"resize3d_depth",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 2, 3, 4});
                net.output("output",
                    x | resize3d{{.size = {5, 3, 4}, .mode = bilinear, .coordinates = half_pixel}});
            }},
        // torch: F.interpolate(x, 17, mode='linear')
        {"resize1d",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 11});
                // [resize1d]
                net.output("output",
                    x | resize1d{{.size = 17, .mode = bilinear, .coordinates = half_pixel}});
                // [/resize1d]
            }},
        // torch: F.interpolate(x, scale_factor=0.6, mode='linear', align_corners=True)
        {"resize1d_corners",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 11});
                net.output("output",
                    x | resize1d{{.scale = 0.6, .mode = bilinear, .coordinates = align_corners}});
            }},
        // torch: F.interpolate(x, scale_factor=2.5, mode='nearest')
        {"resize1d_nearest",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 7});
                net.output("output",
                    x | resize1d{{.scale = 2.5, .mode = nearest, .coordinates = asymmetric}});
            }},
    };
    return cases;
}

}  // namespace lamina_test
