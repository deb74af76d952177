// SPDX-License-Identifier: Apache-2.0
// Direct convolutions of the cpu classes in each order of their work-items: weights that stay in L2,
// weights that do not, inputs that do not, sums of few products; odd sizes, several images, both storages.
#include "support/on_targets.hpp"
#include "support/planned.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan_at_run_time.hpp>

using namespace lamina;

namespace {

constexpr lamina_test::which_targets blocked{.gpu = false};

void small(network& net) {
    const tensor x = net.input("x", {2, 37, 11, 13}) | relu{};
    const tensor y = x | conv2d{"a", {.out = 37, .kernel = 5, .pad = 2, .bias = true}};
    net.output("y", add(y, x) | relu{});
    net.output(
        "z", y | conv2d{"b", {.out = 20, .kernel = {1, 3}, .stride = {2, 1}, .pad = {0, 1}}});
}

/// Over 131072 numbers of an image, few weights; five blocks of outputs, which work-items take one by one.
void large_inputs(network& net) {
    const tensor x = net.input("x", {2, 64, 57, 45}) | relu{};
    const tensor y = x | conv2d{"a", {.out = 72, .kernel = 1, .bias = true}} | relu{};
    net.output("y", y | max_pool{{.kernel = 3, .stride = 3}});
    net.output("z", x | conv2d{"b", {.out = 48, .kernel = 3, .stride = 2, .pad = 1}});
}

/// Over 262144 weights, which are read once for all images.
void large_weights(network& net) {
    const tensor x = net.input("x", {3, 208, 9, 7}) | relu{};
    net.output("y", x | conv2d{"a", {.out = 160, .kernel = 3, .stride = 2, .pad = 1}} | sigmoid{});
}

/// Images of one row, seen as images of one column: a pixel's right neighbour, which lies outside of the
/// image, is not a block further on.
void one_column(network& net) {
    const tensor x
        = net.input("x", {2, 37, 1, 9}) | conv2d{"first", {.out = 37, .kernel = 1}} | relu{};
    const tensor turned = x | permute{{0, 1, 3, 2}};
    net.output("y", turned | conv2d{"a", {.out = 21, .kernel = 3, .pad = 1, .bias = true}});
    net.output("z", turned | conv2d{"b", {.out = 18, .kernel = 1}} | silu{});
}

/// Sums of few products: of a single image work-items of cpu_avx2 take several groups of blocks, some more than others
/// where there are 5 or 11 blocks.
template <int Images> void short_sums(network& net) {
    const tensor x = net.input("x", {Images, 3, 41, 37});
    const tensor y
        = x | conv2d{"a", {.out = 72, .kernel = 3, .stride = 2, .pad = 1, .bias = true}} | relu{};
    net.output("tall window",
        x | conv2d{"b", {.out = 40, .kernel = {7, 2}, .pad = {3, 1}, .dilation = {1, 2}}});
    const tensor few = y | slice{1, {.stop = 24}};
    net.output("1x1",
        add(few | conv2d{"c", {.out = 88, .kernel = 1}}, few | conv2d{"d", {.out = 88}}) | relu{});
    net.output("3x3",
        y | slice{1, {.stop = 5}} | conv2d{"e", {.out = 80, .kernel = 3, .stride = 2, .pad = 1}});
    net.output("shuffled", few | channel_shuffle{3} | conv2d{"f", {.out = 88, .kernel = 1}});
    // Over 131072 inputs: work-items of the same pixels follow each other.
    net.output(
        "large", net.input("z", {Images, 8, 136, 128}) | conv2d{"h", {.out = 40, .kernel = 1}});
    net.output("volume",
        net.input("v", {Images, 16, 4, 9, 11})
            | conv3d{"i", {.out = 40, .kernel = 1, .bias = true}});
    net.output("frames",
        net.input("f", {Images, 3, 5, 19, 21}) | conv3d{"j", {.out = 40, .kernel = {2, 3, 3}}});
    net.output("groups",
        y
            | slice{1, {.stop = 48}}
            | conv2d{"g", {.out = 96, .kernel = 1, .stride = 2, .groups = 3, .bias = true}});
}

constexpr lamina::target narrow_classes[]{cpu_avx2, cpu_avx2.half(), cpu_avx2.bf16()};

}  // namespace

TEST_CASE("direct convolutions give what the reference gives in each order of their work-items") {
    lamina_test::check_on_devices("all stays in L2", small, blocked);
    lamina_test::check_on_devices("inputs are read once", large_inputs, blocked);
    lamina_test::check_on_devices("weights are read once", large_weights, blocked);
    lamina_test::check_on_devices("images of one column", one_column, blocked);
}

TEST_CASE("work-items that take several groups of output blocks give what the reference gives") {
    network net;
    short_sums<1>(net);
    const run_time_plan planned = plan_at_run_time(net, cpu_avx2);
    const auto plan = plan_view::open(planned);
    int shared = 0;
    for (std::size_t i = 0; i < plan->steps.size(); ++i) {
        const plan_step& step = plan->steps[i];
        if (plan->kernels[step.kernel].family != "conv2d_blocked") continue;
        const int channels = plan->tensors_of(i)[0].dims.c;
        shared += static_cast<int>(step.extents[2]) * 8 < channels;
    }
    CHECK(shared >= 6);
    lamina_test::check_on_devices("one image", short_sums<1>, narrow_classes);
    lamina_test::check_on_devices("two images", short_sums<2>, narrow_classes);
}
