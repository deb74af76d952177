// SPDX-License-Identifier: Apache-2.0
// target::general_sizes(): layers that differ in sizes alone are one kernel with arguments, and compute what
// layers with constants do. CTest runs this file once more with LAMINA_ABILITIES="mma wgmma".
#include "models/check_plan_runs.hpp"

#include <set>

using namespace lamina;
using namespace lamina_test;

namespace {

/// Convolutions of one pixel: with and without padding channels, into a part of a concat, on a residual, with
/// a scale of each channel and of each picture.
void pixels(network& net) {
    const tensor x = net.input("image", {2, 24, 5, 7}) | silu{};
    const tensor a = x | conv2d{"a", {.out = 40, .bias = true}} | relu{};
    const tensor b = a | conv2d{"b", {.out = 72, .bias = true}} | relu{};
    const tensor c = b | conv2d{"c", {.out = 40, .bias = true}} | relu{};
    const tensor d = add(b | conv2d{"d", {.out = 40, .bias = true}}, c) | relu{};
    const tensor joined = concat({d, a | conv2d{"e", {.out = 24, .bias = true}} | relu{}});
    const tensor scale
        = joined | global_avg_pool{} | conv2d{"f", {.out = 64, .bias = true}} | sigmoid{};
    net.output("out", mul(joined | conv2d{"g", {.out = 64, .bias = true}}, scale));
}

/// With a dim, so that sizes are arguments: windows in steps, in groups, that cross edges and that do not, a residual, a
/// part of a concat, attention whose last tile of keys is not full, products of tensors, rows that are few and many.
void windows(network& net) {
    const int batch = net.dim("batch", {.opt = 3, .max = 5});
    tensor x = net.input("image", {batch, 3, 22, 17});
    x = x | conv2d{"stem", {.out = 16, .kernel = 3, .stride = 2, .pad = 1, .bias = true}} | relu{};
    const tensor a = x | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}} | relu{};
    const tensor b = add(a | conv2d{"b", {.out = 32, .kernel = 3, .pad = 1}}, a) | relu{};
    const tensor c = b | conv2d{"c", {.out = 32, .kernel = 3, .stride = 2, .groups = 2}} | silu{};
    const tensor d = c | conv2d{"d", {.out = 16, .kernel = 1, .stride = 1, .bias = true}};
    const tensor joined = concat({d, c});  // 5 x 4
    const tensor up = joined | conv_transpose2d{"up", {.out = 16, .kernel = 2, .stride = 2}};
    const tensor rows = up | reshape{{batch, 16, 80}} | permute{{0, 2, 1}} | linear{"rows", 32};
    const tensor seen = attention(rows, rows | linear{"k", 32}, rows | linear{"v", 32});
    const tensor mixed = matmul(seen, rows, {.transpose_b = true});  // 80 x 80
    net.output("mixed", mixed);
    net.output("out", matmul(mixed, seen) | reduce_mean{1} | linear{"fc", 10});
}

/// Distinct kernel texts of a family in a plan.
std::size_t kernels_of(const target& to, std::string_view family) {
    network net;
    pixels(net);
    REQUIRE(net.problems.empty());
    const run_time_plan made = plan_at_run_time(net, to);
    const plan_view plan = plan_view::open(made.data());
    std::set<std::string_view> texts;
    for (const plan_kernel& k : plan->kernels)
        if (k.family == family) texts.insert(k.defines);
    return texts.size();
}

}  // namespace

TEST_CASE("general sizes: convolutions of one pixel share kernels") {
    for (const target& to : {gpu, gpu.half()}) {
        INFO(to.stores_floats());
        CHECK(kernels_of(to, "conv2d_tiled") == 7);
        // a to c and e are one; d and g have operands; f reads one pixel of each picture, as g's scale does.
        CHECK(kernels_of(to.general_sizes(), "conv2d_tiled") < 5);
    }
}

TEST_CASE("general sizes: results are those of the reference") {
    for (const target& to : {gpu, gpu.half(), gpu.tf32(), gpu.bf16()})
        check_runs(pixels, to.general_sizes(), {"conv2d_tiled"});
}

TEST_CASE("sizes of a network with dims are arguments, and results those of the reference") {
    for (const target& to : {gpu, gpu.half(), gpu.tf32(), gpu.bf16()}) {
        network net;
        windows(net);
        REQUIRE(net.problems.empty());
        const run_time_plan made = plan_at_run_time(net, to);
        const plan_view plan = plan_view::open(made.data());
        for (const plan_kernel& k : plan->kernels)
            if (k.family == "conv2d_tiled" || k.family == "matmul_tiled" || k.family == "attention")
                CHECK(
                    k.defines.find(k.family == "attention" ? "const int LENGTH" : "const int ROWS")
                    != std::string_view::npos);
        check_runs(windows, to, {"conv2d_tiled"});
    }
}
