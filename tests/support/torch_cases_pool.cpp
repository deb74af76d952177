// SPDX-License-Identifier: Apache-2.0
// Pools.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/avg_pool.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/global_pool.hpp>
#include <lamina/layers/max_pool.hpp>
#include <lamina/layers/max_unpool.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> pool_cases() {
    static constexpr torch_case cases[] = {
        {"max_pool_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 6, 8});
                net.output("output", x | max_pool{{.kernel = 2}});
            }},
        {"max_pool_overlap",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 7});
                net.output("output", x | max_pool{{.kernel = 3, .stride = 2, .pad = 1}});
            }},
        {"max_pool_rectangular",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output(
                    "output", x | max_pool{{.kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 0}}});
            }},
        {"max_pool_ceil",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 6});
                net.output("output", x | max_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}});
            }},
        {"max_pool_ceil_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 6});
                net.output("output",
                    x | max_pool{{.kernel = 2, .stride = 3, .pad = 1, .ceil_mode = true}});
            }},
        {"max_pool_dilation",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output(
                    "output", x | max_pool{{.kernel = 3, .stride = 1, .pad = 1, .dilation = 2}});
            }},
        {"max_pool_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 5, 7});
                net.output("output", x | max_pool{{.kernel = 3, .stride = 2, .pad = 1}});
            }},
        {"max_pool_same",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 7});
                net.output("output", x | max_pool{{.kernel = 3, .stride = 2, .pad = same}});
            }},
        {"avg_pool_plain",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 6, 8});
                net.output("output", x | avg_pool{{.kernel = 2}});
            }},
        {"avg_pool_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 7});
                net.output("output", x | avg_pool{{.kernel = 3, .stride = 2, .pad = 1}});
            }},
        {"avg_pool_pad_not_counted",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 7});
                net.output("output",
                    x | avg_pool{{.kernel = 3, .stride = 2, .pad = 1, .count_include_pad = false}});
            }},
        {"avg_pool_rectangular",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output(
                    "output", x | avg_pool{{.kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 0}}});
            }},
        {"avg_pool_ceil",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 6});
                net.output("output", x | avg_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}});
            }},
        {"avg_pool_ceil_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 6});
                net.output("output",
                    x | avg_pool{{.kernel = 3, .stride = 2, .pad = 1, .ceil_mode = true}});
            }},
        {"avg_pool_ceil_far",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 7});
                net.output("output",
                    x | avg_pool{{.kernel = 4, .stride = 3, .pad = 1, .ceil_mode = true}});
            }},
        {"avg_pool_ceil_pad_not_counted",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 6});
                net.output("output",
                    x
                        | avg_pool{{.kernel = 3,
                            .stride = 2,
                            .pad = 1,
                            .ceil_mode = true,
                            .count_include_pad = false}});
            }},
        {"avg_pool_divisor",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 6});
                net.output("output",
                    x | avg_pool{{.kernel = 3, .stride = 2, .pad = 1, .divisor_override = 5}});
            }},
        {"avg_pool_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 5, 7});
                net.output("output", x | avg_pool{{.kernel = 2}});
            }},
        {"avg_pool_same",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 7});
                net.output("output",
                    x
                        | avg_pool{
                            {.kernel = 3, .stride = 2, .pad = same, .count_include_pad = false}});
            }},
        {"adaptive_avg_pool_one",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 7, 5});
                net.output("output", x | adaptive_avg_pool{1});
            }},
        {"adaptive_avg_pool_bins",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 7, 5});
                net.output("output", x | adaptive_avg_pool{{3, 2}});
            }},
        {"adaptive_avg_pool_more_bins",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | adaptive_avg_pool{{6, 7}});
            }},
        {"adaptive_max_pool_bins",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 7, 5});
                net.output("output", x | adaptive_max_pool{{3, 4}});
            }},
        {"global_avg_pool",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 7, 5});
                net.output("output", x | global_avg_pool{});
            }},
        {"global_max_pool",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 7, 5});
                net.output("output", x | global_max_pool{});
            }},
        {"max_pool_ceil_larger",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 2, 2});
                net.output("output", x | max_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}});
            }},
        {"max_pool_ceil_larger_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 1, 5});
                net.output("output",
                    x
                        | max_pool{
                            {.kernel = {5, 4}, .stride = 3, .pad = {1, 0}, .ceil_mode = true}});
            }},
        {"avg_pool_ceil_larger",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 2, 2});
                net.output("output", x | avg_pool{{.kernel = 3, .stride = 2, .ceil_mode = true}});
            }},
        {"avg_pool_ceil_larger_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 1, 5});
                net.output("output",
                    x
                        | avg_pool{
                            {.kernel = {5, 4}, .stride = 3, .pad = {1, 0}, .ceil_mode = true}});
            }},
        {"max_pool_far_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | max_pool{{.kernel = 3, .stride = 1, .pad = {4, 3, 3, 4}}});
            }},
        {"max_pool_far_pad_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 4, 4});
                net.output("output", x | max_pool{{.kernel = 8, .stride = 2, .pad = 9}});
            }},
        {"max_pool_uneven_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 6, 5});
                net.output("output",
                    x | max_pool{{.kernel = {3, 2}, .stride = {2, 1}, .pad = {0, 2, 1, 3}}});
            }},
        {"avg_pool_far_pad",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | avg_pool{{.kernel = 3, .stride = 1, .pad = {4, 3, 3, 4}}});
            }},
        {"avg_pool_far_pad_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 4, 4});
                net.output("output", x | avg_pool{{.kernel = 8, .stride = 2, .pad = 9}});
            }},
        {"avg_pool_far_pad_not_counted",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x
                        | avg_pool{{.kernel = 3,
                            .stride = 1,
                            .pad = {2, 2, 1, 2},
                            .count_include_pad = false}});
            }},
        {"avg_pool_dilation",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 8, 7});
                net.output("output",
                    x
                        | avg_pool{{.kernel = {3, 2},
                            .stride = {1, 2},
                            .pad = {2, 1},
                            .dilation = {2, 3}}});
            }},
        {"avg_pool_dilation_not_counted",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 7});
                net.output("output",
                    x
                        | avg_pool{{.kernel = {2, 3},
                            .stride = 1,
                            .pad = {1, 2, 0, 2},
                            .dilation = {3, 2},
                            .count_include_pad = false}});
            }},
        {"avg_pool_dilation_ceil",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 6});
                net.output("output",
                    x
                        | avg_pool{{.kernel = {1, 2},
                            .stride = {1, 2},
                            .dilation = {1, 2},
                            .ceil_mode = true}});
            }},
        {"max_pool_indices",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 6, 8});
                net.output("output", (x | max_pool_with_indices{{.kernel = 2}}).indices);
            }},
        {"max_pool_indices_overlap",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 9, 7});
                net.output("output",
                    (x | max_pool_with_indices{{.kernel = 3, .stride = 2, .pad = 1}}).indices);
            }},
        {"max_pool_indices_uneven",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 8});
                net.output("output",
                    (x
                        | max_pool_with_indices{{.kernel = {3, 2},
                            .stride = {2, 1},
                            .pad = {1, 0},
                            .dilation = {1, 3},
                            .ceil_mode = true}})
                        .indices);
            }},
        {"max_pool_indices_ties",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7, 7});
                net.output(
                    "output", (x | max_pool_with_indices{{.kernel = 3, .stride = 2}}).indices);
            }},
        {"max_pool_indices_tensor",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 6, 8});
                net.output("output",
                    (x | max_pool_with_indices{{.kernel = 2}, index_space::tensor}).indices);
            }},
        {"max_unpool",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 6, 8});
                const auto [values, indices] = x | max_pool_with_indices{{.kernel = 2}};
                net.output("output", max_unpool(values, indices, {6, 8}));
            }},
        {"max_unpool_overlap",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 9, 7});
                const auto [values, indices]
                    = x | max_pool_with_indices{{.kernel = 3, .stride = 2}};
                net.output("output", max_unpool(values, indices, {10, 8}));
            }},
        // torch, spaced: F.max_unpool2d(*F.max_pool2d(x, 3, 2, 1, return_indices=True), 3, 2, 1)
        {"max_unpool_window",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 9, 7});
                const auto [values, indices]
                    = x | max_pool_with_indices{{.kernel = 3, .stride = 2, .pad = 1}};
                net.output(
                    "output", max_unpool(values, indices, {.kernel = 3, .stride = 2, .pad = 1}));
            }},
        // torch: (lambda y: y.relu() * y)(F.max_pool2d(x, (1, 2)))
        {"max_pool_one_row",
            [](network& net) {
                const tensor x = net.input("input0", {2, 24, 1, 34});
                const tensor y = x | max_pool{{.kernel = {1, 2}}};
                net.output("output", (y | relu{}) * y);
            }},
    };
    return cases;
}

}  // namespace lamina_test
