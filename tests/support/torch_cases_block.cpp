// SPDX-License-Identifier: Apache-2.0
// Parts of real networks: several layers, branches that meet again.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/attention.hpp>
#include <lamina/layers/batch_norm.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/concat.hpp>
#include <lamina/layers/conv2d.hpp>
#include <lamina/layers/global_pool.hpp>
#include <lamina/layers/linear.hpp>
#include <lamina/layers/matmul.hpp>
#include <lamina/layers/max_pool.hpp>
#include <lamina/layers/normalize.hpp>
#include <lamina/layers/permute.hpp>
#include <lamina/layers/reshape.hpp>
#include <lamina/layers/resize.hpp>
#include <lamina/layers/softmax.hpp>
#include <lamina/layers/split.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

std::span<const torch_case> block_cases() {
    static constexpr torch_case cases[] = {
        {"block_residual",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 9, 7});
                tensor y = x
                    | conv2d{"conv1", {.out = 8, .kernel = 3, .stride = 2, .pad = 1}}
                    | batch_norm{"bn1"}
                    | relu{}
                    | conv2d{"conv2", {.out = 8, .kernel = 3, .pad = 1}}
                    | batch_norm{"bn2"};
                const tensor shortcut
                    = x | conv2d{"down", {.out = 8, .stride = 2}} | batch_norm{"down_bn"};
                net.output("output", add(y, shortcut) | relu{});
            }},
        {"block_inverted_residual",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 6, 7});
                tensor y = x
                    | conv2d{"expand", {.out = 20}}
                    | batch_norm{"bn1"}
                    | relu6{}
                    | conv2d{"depth", {.out = 20, .kernel = 3, .pad = 1, .groups = 20}}
                    | batch_norm{"bn2"}
                    | relu6{}
                    | conv2d{"project", {.out = 5}}
                    | batch_norm{"bn3"};
                net.output("output", x + y);
            }},
        {"block_squeeze_excite",
            [](network& net) {
                const tensor x = net.input("input0", {2, 12, 5, 7});
                const tensor gate = x
                    | global_avg_pool{}
                    | conv2d{"fc1", {.out = 3, .bias = true}}
                    | relu{}
                    | conv2d{"fc2", {.out = 12, .bias = true}}
                    | hard_sigmoid{};
                net.output("output", x * gate);
            }},
        {"block_inception",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 6, 7});
                const tensor a = x | conv2d{"a", {.out = 4}} | relu{};
                const tensor b = x | conv2d{"b", {.out = 6, .kernel = 3, .pad = 1}} | relu{};
                const tensor c = x | max_pool{{.kernel = 3, .stride = 1, .pad = 1}};
                net.output("output", concat({a, b, c}));
            }},
        // 1x1 convolutions on one input, of which one lies in the concat: one product (fuse_horizontally).
        {"block_googlenet",
            [](network& net) {
                const auto unit = [](const tensor& x, const name& at, int out, int kernel = 1) {
                    return x
                        | conv2d{at / "conv", {.out = out, .kernel = kernel, .pad = kernel / 2}}
                    | batch_norm{at / "bn", {.eps = 1e-3f}}
                    | relu{};
                };
                const tensor x = net.input("input0", {2, 18, 5, 7}) | relu{};
                const tensor a = unit(x, "a", 32);
                const tensor b = unit(unit(x, "b1", 16), "b2", 9, 3);
                const tensor c = unit(unit(x, "c1", 12), "c2", 7, 3);
                const tensor d = unit(x | max_pool{{.kernel = 3, .stride = 1, .pad = 1}}, "d", 5);
                net.output("output", concat({a, b, c, d}));
            }},
        // Projections of other widths, one of them without a bias: one product too.
        {"block_grouped_queries",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 11});
                const auto heads = [](const tensor& t, int each) {
                    return t | reshape{{2, 5, 2, each, 8}} | permute{{0, 2, 3, 1, 4}};
                };
                const tensor q = heads(x | linear{"q", 32}, 2);
                const tensor k = heads(x | linear{"k", {.out = 16, .bias = false}}, 1);
                const tensor v = heads(x | linear{"v", 16}, 1);
                const tensor scores
                    = matmul(q * 0.35355339f, k, {.transpose_b = true}) | softmax{4};
                net.output("output",
                    matmul(scores, v)
                        | permute{{0, 3, 1, 2, 4}}
                        | reshape{{2, 5, 32}}
                        | linear{"out", {.out = 6, .bias = false}});
            }},
        {"block_transformer",
            [](network& net) {
                const tensor x = net.input("input0", {2, 5, 12});
                const auto heads = x
                    | layer_norm{"ln1"}
                    | linear{"qkv", 36}
                    | reshape{{2, 5, 3, 3, 4}}
                    | permute{{2, 0, 3, 1, 4}};
                const auto part = chunk<3>(heads, 0);
                const tensor mixed
                    = attention(part[0] | squeeze{0}, part[1] | squeeze{0}, part[2] | squeeze{0})
                    | permute{{0, 2, 1, 3}}
                    | reshape{{2, 5, 12}}
                    | linear{"out", 12};
                const tensor y = x + mixed;
                const tensor z = y
                    | layer_norm{"ln2"}
                    | linear{"up", {.out = 24, .bias = false}}
                    | gelu_erf{}
                    | linear{"down", {.out = 12, .bias = false}};
                net.output("output", y + z);
            }},
        {"block_two_heads",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 7});
                const tensor y = x
                    | conv2d{"conv", {.out = 4, .kernel = 3, .pad = 1, .bias = true}}
                    | silu{}
                    | max_pool{{.kernel = 2}}
                    | resize{{.size = {5, 7}, .mode = nearest, .coordinates = asymmetric}};
                net.output("output", concat({x, y}) | flatten{2} | permute{{0, 2, 1}} | softmax{});
            }},
    };
    return cases;
}

}  // namespace lamina_test
