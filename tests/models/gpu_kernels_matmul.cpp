// SPDX-License-Identifier: Apache-2.0
// The tiled matrix products of the gpu class: linear, batched matmul, few rows, every tactic.
#include "models/check_plan_runs.hpp"

#include <lamina/planner/tile_cost.hpp>

using namespace lamina;
using namespace lamina_test;

namespace {

void check_linear(const shape& in, linear_options options, const lamina::target& target,
    const wanted_kernel& wanted) {
    INFO(std::string(to_text(in).view()) << " out " << options.out);
    check_runs(
        [&](network& net) {
            const auto x = net.input("x", in) | silu{};
            net.output("out", x | linear{"fc", options} | relu{});
        },
        target, wanted);
}

void check_product(const shape& a, const shape& b, matmul_options options,
    const lamina::target& target, const wanted_kernel& wanted = {"matmul_tiled"}) {
    INFO(std::string(to_text(a).view()) << " x " << std::string(to_text(b).view()));
    check_runs(
        [&](network& net) {
            const auto left = net.input("a", a) | silu{};
            const auto right = net.input("b", b) | silu{};
            net.output("out", mul(matmul(left, right, options), 0.5f));
        },
        target, wanted);
}

}  // namespace

TEST_CASE("linear layers with few rows read each weight once") {
    for (const lamina::target& target : {gpu, gpu.half()}) {
        check_linear({1, 300}, {.out = 37}, target, {"matvec"});
        check_linear({3, 67}, {.out = 10, .bias = false}, target, {"matvec"});
        check_linear({2, 4, 50}, {.out = 21}, target, {"matvec"});
    }
    for (std::string_view tactic : {"lanes32", "lanes64", "lanes128", "lanes256"})
        check_linear({2, 129}, {.out = 19}, gpu, {"matvec", tactic});
}

TEST_CASE("linear layers with many rows are tiled, with rows and columns that fill no tile") {
    for (const lamina::target& target : {gpu, gpu.half()}) {
        check_linear({70, 48}, {.out = 52}, target, {"matmul_tiled"});
        check_linear({9, 31}, {.out = 6, .bias = false}, target, {"matmul_tiled"});
        check_linear({2, 11, 36}, {.out = 33}, target, {"matmul_tiled"});
    }
}

TEST_CASE("batched products take transposed, broadcast and odd operands") {
    for (const lamina::target& target : {gpu, gpu.half()}) {
        check_product({20, 24}, {24, 36}, {}, target);
        check_product({3, 17, 20}, {3, 20, 9}, {}, target);
        check_product({2, 3, 12, 8}, {2, 3, 40, 8}, {.transpose_b = true}, target);
        check_product({2, 3, 12, 20}, {3, 12, 5}, {.transpose_a = true}, target);
        check_product({2, 1, 7, 9}, {5, 9, 11}, {}, target);
        check_product({8, 12}, {4, 8}, {.transpose_a = true, .transpose_b = true}, target);
    }
}

TEST_CASE("every tactic of the tiled product computes the same") {
    for (const planner::tile_shape& tile : planner::tile_shapes) {
        const name tactic = planner::label_of(tile);
        INFO(std::string(tactic.view()));
        check_product({2, 37, 44}, {2, 44, 52}, {}, gpu, {"matmul_tiled", tactic.view()});
        check_product(
            {37, 44}, {52, 44}, {.transpose_b = true}, gpu, {"matmul_tiled", tactic.view()});
    }
}
