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
