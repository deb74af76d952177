// SPDX-License-Identifier: Apache-2.0
// Concat, split, slices, reshapes, permutations, borders.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/avg_pool.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/concat.hpp>
#include <lamina/layers/flip.hpp>
#include <lamina/layers/max_pool.hpp>
#include <lamina/layers/pad.hpp>
#include <lamina/layers/permute.hpp>
#include <lamina/layers/pixel_shuffle.hpp>
#include <lamina/layers/reshape.hpp>
#include <lamina/layers/slice.hpp>
#include <lamina/layers/split.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> shape_cases() {
    static constexpr torch_case cases[] = {
        {"concat_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                const tensor y = net.input("input1", {2, 1, 4, 5});
                const tensor z = net.input("input2", {2, 5, 4, 5});
                net.output("output", concat({x, y, z}));
            }},
        {"concat_batch",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                const tensor y = net.input("input1", {1, 3, 4, 5});
                net.output("output", concat({x, y}, 0));
            }},
        {"concat_height",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                const tensor y = net.input("input1", {2, 3, 2, 5});
                net.output("output", concat({x, y}, 2));
            }},
        {"concat_last",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4});
                const tensor y = net.input("input1", {2, 3, 3});
                net.output("output", concat({x, y}, -1));
            }},
        {"concat_wide",
            [](network& net) {
                const tensor x = net.input("input0", {2, 16, 3, 5});
                const tensor y = net.input("input1", {2, 19, 3, 5});
                net.output("output", concat({x, y}));
            }},
        {"split_swapped",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 3, 4});
                const auto parts = split(x, {1, 4, 2}, 1);
                net.output("output", concat({parts[2], parts[1], parts[0]}));
            }},
        {"chunk_sum",
            [](network& net) {
                const tensor x = net.input("input0", {2, 6, 3, 4});
                const auto parts = chunk<3>(x, 1);
                net.output("output", parts[0] + parts[1] + parts[2]);
            }},
        {"chunk_uneven",
            [](network& net) {
                const tensor x = net.input("input0", {2, 2, 7, 3});
                const auto parts = chunk(x, 3, 2);
                net.output("output", concat({parts[2], parts[0]}, 2));
            }},
        {"slice_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 7, 3, 4});
                net.output("output", x | slice{1, {.start = 2, .stop = 5}});
            }},
        {"slice_step",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 7});
                net.output(
                    "output", x | slice{2, {.start = 1, .step = 2}} | slice{-1, {.step = 3}});
            }},
        {"slice_last",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8});
                net.output("output", x | slice{-1, {.start = -3, .stop = -1}});
            }},
        {"reshape",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | reshape{{3, 8, 5}});
            }},
        {"reshape_rest",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | reshape{{2, -1, 6}});
            }},
        {"flatten",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | flatten{});
            }},
        {"flatten_axis",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | flatten{2});
            }},
        {"permute_image",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | permute{{0, 2, 3, 1}});
            }},
        {"permute_rank3",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4});
                net.output("output", x | permute{{2, 0, 1}});
            }},
        {"transpose",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | transpose{1, -1});
            }},
        {"permute_rank6",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 2, 4, 1, 3});
                net.output("output", x | permute{{3, 0, 5, 1, 4, 2}});
            }},
        {"squeeze",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 1, 5});
                net.output("output", x | squeeze{2});
            }},
        {"squeeze_all",
            [](network& net) {
                const tensor x = net.input("input0", {1, 3, 1, 5});
                net.output("output", x | squeeze{});
            }},
        {"unsqueeze",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5});
                net.output("output", x | unsqueeze{1});
            }},
        {"pixel_shuffle",
            [](network& net) {
                const tensor x = net.input("input0", {2, 12, 3, 5});
                net.output("output", x | pixel_shuffle{2});
            }},
        {"pixel_unshuffle",
            [](network& net) {
                const tensor x = net.input("input0", {2, 2, 6, 9});
                net.output("output", x | pixel_unshuffle{3});
            }},
        {"channel_shuffle",
            [](network& net) {
                const tensor x = net.input("input0", {2, 12, 3, 5});
                net.output("output", x | channel_shuffle{3});
            }},
        {"pad_constant",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | pad{{.top = 1, .left = 3, .bottom = 2, .right = 4}});
            }},
        {"pad_value",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | pad{{.left = 2, .bottom = 1, .value = -1.5f}});
            }},
        {"pad_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | pad{{.before = {0, 1}, .after = {0, 2}}});
            }},
        {"pad_reflect",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | pad{{.top = 1, .left = 3, .bottom = 2, .right = 4, .mode = reflect}});
            }},
        {"pad_replicate",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output",
                    x | pad{{.top = 1, .left = 3, .bottom = 5, .right = 6, .mode = replicate}});
            }},
        // torch: F.pad(x, (3, 4, 1, 3), mode='circular')
        {"pad_circular",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 3, 5});
                net.output("output",
                    x | pad{{.top = 1, .left = 3, .bottom = 3, .right = 4, .mode = circular}});
            }},
        // torch: F.pad(x, (2, 5), mode='circular')
        {"pad_circular_line",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5});
                net.output(
                    "output", x | pad{{.before = {0, 0, 2}, .after = {0, 0, 5}, .mode = circular}});
            }},
        // torch: F.pad(x, (2000, 30, 1, 2), value=0.5)
        {"pad_rows",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 70});
                net.output("output",
                    x | pad{{.before = {0, 1, 2000}, .after = {0, 2, 30}, .value = 0.5f}});
            }},
        // torch: F.pad(x, (17, 21), mode="reflect")
        {"pad_rows_reflect",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 90});
                net.output("output",
                    x | pad{{.before = {0, 0, 17}, .after = {0, 0, 21}, .mode = reflect}});
            }},
        {"flip_columns",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                net.output("output", x | flip{3});
            }},
        {"flip_image",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 4, 5});
                net.output("output", x | flip{{2, 3}} | relu{});
            }},
        {"flip_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 3, 5});
                net.output("output", x | flip{1});
            }},
        {"flip_rank6",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 2, 4, 1, 3});
                net.output("output", x | flip{{0, 3, -1}});
            }},
        {"flip_rank1",
            [](network& net) {
                const tensor x = net.input("input0", {7});
                net.output("output", x | flip{0});
            }},
        {"slice_backwards",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8, 7});
                net.output("output", x | slice{2, {.start = -2, .stop = 0, .step = -2}});
            }},
        {"slice_backwards_all",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 8});
                net.output("output", x | slice{-1, {.step = -3}});
            }},
        {"flip_between",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 6, 8});
                net.output("output",
                    (x | relu{} | max_pool{{.kernel = 2}} | flip{3})
                        + (x | avg_pool{{.kernel = 2}}));
            }},
        {"pixel_shuffle_dcr",
            [](network& net) {
                const tensor x = net.input("input0", {2, 12, 3, 5});
                net.output("output", x | pixel_shuffle{2, dcr});
            }},
        {"pixel_unshuffle_dcr",
            [](network& net) {
                const tensor x = net.input("input0", {2, 2, 6, 9});
                net.output("output", x | pixel_unshuffle{3, dcr});
            }},
        {"scalar_squeezed",
            [](network& net) {
                const tensor x = net.input("input0", {1, 1, 1});
                net.output("output", x | squeeze{});
            }},
        {"scalar_unsqueezed",
            [](network& net) {
                const tensor x = net.input("input0", {});
                const tensor row = x | unsqueeze{0} | reshape{{1, 1}};
                net.output("output", concat({row, row, row}));
            }},
    };
    return cases;
}

}  // namespace lamina_test
