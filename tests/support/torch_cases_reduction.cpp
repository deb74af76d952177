// SPDX-License-Identifier: Apache-2.0
// Softmax, reductions, argmax, topk, embedding.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/argmax.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/conv2d.hpp>
#include <lamina/layers/embedding.hpp>
#include <lamina/layers/reduce.hpp>
#include <lamina/layers/reshape.hpp>
#include <lamina/layers/softmax.hpp>
#include <lamina/layers/topk.hpp>
#include <lamina/layers/unary.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> reduction_cases() {
    static constexpr torch_case cases[] = {
        {"softmax_rank2",
            [](network& net) {
                const tensor x = net.input("input0", {3, 11});
                net.output("output", x | softmax{});
            }},
        {"softmax_last",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | softmax{});
            }},
        {"softmax_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | softmax{.axis = 1});
            }},
        {"softmax_first",
            [](network& net) {
                const tensor x = net.input("input0", {4, 5});
                net.output("output", x | softmax{.axis = 0});
            }},
        {"softmax_large",
            [](network& net) {
                const tensor x = net.input("input0", {3, 9});
                net.output("output", x | softmax{.axis = 1});
            }},
        {"log_softmax_rank2",
            [](network& net) {
                const tensor x = net.input("input0", {3, 11});
                net.output("output", x | log_softmax{});
            }},
        {"log_softmax_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | log_softmax{});
            }},
        {"reduce_mean_image",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 4, 3});
                net.output("output", x | reduce_mean{{2, 3}, keep_dims});
            }},
        {"reduce_mean_dropped",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 4, 3});
                net.output("output", x | reduce_mean{{2, 3}});
            }},
        {"reduce_mean_last",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | reduce_mean{-1, keep_dims});
            }},
        {"reduce_mean_all",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | reduce_mean{} | reshape{{1}});
            }},
        {"reduce_sum_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 4, 3});
                net.output("output", x | reduce_sum{1});
            }},
        {"reduce_sum_outer",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 4, 3});
                net.output("output", x | reduce_sum{{0, 2}, keep_dims});
            }},
        {"reduce_max_last",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | reduce_max{-1});
            }},
        {"reduce_max_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 4, 3});
                net.output("output", x | reduce_max{1, keep_dims});
            }},
        {"reduce_min_two",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 4, 3});
                net.output("output", x | reduce_min{{1, 3}});
            }},
        {"reduce_sum_rank2",
            [](network& net) {
                const tensor x = net.input("input0", {3, 131});
                net.output("output", x | reduce_sum{1, keep_dims});
            }},
        {"argmax_rank2",
            [](network& net) {
                const tensor x = net.input("input0", {4, 11});
                net.output("output", x | argmax{1});
            }},
        {"argmax_channels_kept",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | argmax{.axis = 1, .keep_dims = true});
            }},
        {"argmax_last",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | argmax{-1});
            }},
        {"argmax_ties",
            [](network& net) {
                const tensor x = net.input("input0", {2, 9, 4});
                net.output("output", x | argmax{1});
            }},
        {"argmin_rank2",
            [](network& net) {
                const tensor x = net.input("input0", {4, 11});
                net.output("output", x | argmin{1});
            }},
        {"argmin_channels_kept",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 4});
                net.output("output", x | argmin{.axis = 1, .keep_dims = true});
            }},
        {"argmin_ties",
            [](network& net) {
                const tensor x = net.input("input0", {2, 9, 4});
                net.output("output", x | argmin{1});
            }},
        {"argmin_take_last",
            [](network& net) {
                const tensor x = net.input("input0", {2, 9, 4});
                net.output("output", x | argmin{.axis = 1, .take_last = true});
            }},
        {"argmax_take_last",
            [](network& net) {
                const tensor x = net.input("input0", {2, 9, 4});
                net.output("output", x | argmax{.axis = 1, .take_last = true});
            }},
        {"argmax_take_last_long",
            [](network& net) {
                const tensor x = net.input("input0", {2, 300});
                net.output("output", x | argmax{.axis = 1, .take_last = true});
            }},
        {"reduce_sum_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 7});
                net.output("output", x | reduce_sum{});
            }},
        {"reduce_mean_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 4, 3});
                net.output("output", x - (x | reduce_mean{}));
            }},
        {"reduce_max_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {5});
                net.output("output", x | reduce_max{0} | lamina::exp{});
            }},
        {"reduce_of_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {});
                net.output("output", (x | reduce_sum{}) * 2);
            }},
        {"argmax_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {9});
                net.output("output", x | argmax{0});
            }},
        {"embedding",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5}, dtype::i32);
                net.output("output", x | embedding{"layer", {.rows = 11, .width = 7}});
            }},
        // torch, spaced: x.topk(3)[0]
        {"topk_values",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", (x | topk{3}).values);
            }},
        // torch, spaced: x.topk(3, 1)[1]
        {"topk_indices",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", (x | topk{.k = 3, .axis = 1}).indices);
            }},
        // torch, spaced: x.topk(2, 1, largest=False)[0]
        {"topk_smallest",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 7});
                net.output("output", (x | topk{.k = 2, .axis = 1, .largest = false}).values);
            }},
        // torch, spaced: x.topk(4, -1, largest=False)[1]
        {"topk_smallest_indices",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 3, 7});
                net.output("output", (x | topk{.k = 4, .axis = -2 + 1, .largest = false}).indices);
            }},
        {"topk_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 7});
                const tensor y = x | conv2d{"conv", {.out = 19}} | relu{};
                net.output("output", (y | topk{.k = 5, .axis = 1}).values | lamina::exp{});
            }},
        // torch, spaced: x.topk(7)[1]
        {"topk_long",
            [](network& net) {
                const tensor x = net.input("input0", {2, 301});
                net.output("output", (x | topk{7}).indices);
            }},
        // torch, spaced: x.topk(9)[0]
        {"topk_all",
            [](network& net) {
                const tensor x = net.input("input0", {3, 9});
                net.output("output", (x | topk{9}).values);
            }},
        // torch, tied: x.sort(dim=1, descending=True, stable=True)[1][:, :20]
        {"topk_ties",
            [](network& net) {
                const tensor x = net.input("input0", {2, 33});
                net.output("output", (x | topk{20}).indices);
            }},
        // torch, tied: x.sort(dim=1, stable=True)[1][:, :20]
        {"topk_smallest_ties",
            [](network& net) {
                const tensor x = net.input("input0", {2, 33});
                net.output("output", (x | topk{.k = 20, .largest = false}).indices);
            }},
        {"topk_both",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                // [topk]
                const auto [values, indices] = x | topk{3};
                // [/topk]
                const tensor rows = indices | embedding{"layer", {.rows = 11, .width = 5}};
                net.output("output", rows * (values | softmax{1} | reshape{{2, 3, 1}}));
            }},
        // torch: x.prod(1)
        {"reduce_prod_axis",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 3, 5});
                net.output("output", x | reduce_prod{1});
            }},
        // torch, positive: x.sqrt().prod(3).prod(2)[:, :, None, None]
        {"reduce_prod_image",  // products that 16 bits hold
            [](network& net) {
                const tensor x = net.input("input0", {2, 17, 4, 5}) | lamina::sqrt{};
                // [reduce_prod]
                const tensor y = x | reduce_prod{{2, 3}, keep_dims};
                // [/reduce_prod]
                net.output("output", y);
            }},
        // torch: F.relu(x).prod()
        {"reduce_prod_all",
            [](network& net) {
                const tensor x = net.input("input0", {7, 3});
                net.output("output", x | relu{} | reduce_prod{});
            }},
        // torch: torch.linalg.vector_norm(x, 1, (1, 3))
        {"reduce_l1",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 3, 5});
                // [reduce_l1]
                const tensor y = x | reduce_l1{{1, 3}};
                // [/reduce_l1]
                net.output("output", y);
            }},
        // torch: torch.linalg.vector_norm(x, 2, -1, keepdim=True)
        {"reduce_l2",
            [](network& net) {
                const tensor x = net.input("input0", {3, 41});
                // [reduce_l2]
                const tensor y = x | reduce_l2{-1, keep_dims};
                // [/reduce_l2]
                net.output("output", y);
            }},
        // torch: (x * 2).logsumexp((2, 3))
        {"reduce_logsumexp",  // larger numbers leave bf16 no bound; edges.hpp has them
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 3, 5});
                // [reduce_logsumexp]
                const tensor y = x * 2.f | reduce_logsumexp{{2, 3}};
                // [/reduce_logsumexp]
                net.output("output", y);
            }},
        // torch: torch.log(F.relu(x) - F.relu(x)).logsumexp(1, True)
        {"reduce_logsumexp_infinite",
            [](network& net) {
                const tensor x = net.input("input0", {3, 7}) | relu{};
                net.output("output", (x - x) | lamina::log{} | reduce_logsumexp{1, keep_dims});
            }},
        {"embedding_rank1",
            [](network& net) {
                const tensor x = net.input("input0", {9}, dtype::i32);
                net.output("output", x | embedding{"layer", {.rows = 6, .width = 3}});
            }},
    };
    return cases;
}

}  // namespace lamina_test
