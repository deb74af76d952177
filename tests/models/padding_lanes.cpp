// SPDX-License-Identifier: Apache-2.0
// Blocks of 16 channels that are not full: whatever a kernel computes in the lanes behind the last
// channel, zero is what it writes. The plan's tensors are made to show these lanes as channels.
#include "support/random_weights.hpp"

#include <doctest/doctest.h>
#include <lamina/plan/read.hpp>
#include <lamina/plan/rewrite.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

using lamina_test::random_source;
using namespace lamina;

namespace {

/// Every step that writes an image ends in a function that makes 0 something else.
void define_hot_lanes(network& net) {
    auto x = net.input("x", {2, 3, 9, 7})
        | conv2d{"first", {.out = 20, .kernel = 3, .pad = 1}}
        | sigmoid{};
    auto a = x | conv2d{"wise", {.out = 20, .kernel = 3, .pad = 1, .groups = 20}} | sigmoid{};
    auto b = x | conv2d{"groups", {.out = 20, .kernel = 1, .groups = 4}} | sigmoid{};
    x = mul(a, b) | lamina::exp{};
    x = x | conv2d{"point", {.out = 21}} | sigmoid{};
    x = x | max_pool{{.kernel = 3, .stride = 1, .pad = 1}} | lamina::exp{};
    x = x | instance_norm{"norm", {.affine = true}} | sigmoid{};
    x = x | resize{{.scale = {2, 2}, .mode = bilinear, .coordinates = half_pixel}} | sigmoid{};
    x = x | resize{{.scale = 0.7, .mode = bicubic, .coordinates = half_pixel}} | sigmoid{};
    x = x | flip{{1, 3}};
    x = x | pad{{.top = 1, .left = 2, .mode = constant, .value = 3}};
    x = x | conv_transpose2d{"up", {.out = 18, .kernel = 2, .stride = 2}} | sigmoid{};
    net.output("y", x | global_avg_pool{} | lamina::exp{});
}

}  // namespace

TEST_CASE("padding lanes of blocks hold zeros behind every kernel that writes images") {
    network net;
    define_hot_lanes(net);
    random_source random("padding lanes");
    const lamina_test::random_weights weights(net, random);
    for (const lamina::target& target : {cpu, cpu.half()}) {
        const run_time_plan plan = plan_at_run_time(net, target);
        const plan_view view = plan_view::open(plan);
        plan_records records = *view;
        std::vector<int> channels;
        for (plan_tensor& t : records.tensors) {
            channels.push_back(t.dims.c);
            if (t.block > 1) t.dims.c = (t.dims.c + t.block - 1) / t.block * t.block;
        }
        const std::vector<std::byte> shown = rewrite_plan(records);
        engine made(shown, weights.opened(), device::best());
        context run = made.make_context();
        run.set_input("x", random.numbers(2 * 3 * 9 * 7));
        int blocked = 0;
        std::size_t tensor = 0;
        run.run_steps([&](std::size_t step, const plan_tensor& t, std::span<const float> values) {
            const int real = channels[tensor++];
            if (real == t.dims.c) return;
            ++blocked;
            const std::int64_t pixels = std::int64_t{t.dims.h} * t.dims.w;
            int hot = 0;
            for (std::size_t i = 0; i < values.size(); ++i)
                hot += static_cast<std::int64_t>(i) / pixels % t.dims.c >= real && values[i] != 0;
            CAPTURE(step);
            CAPTURE(std::string(t.name));
            CHECK(hot == 0);
        });
        CHECK(blocked >= 9);
    }
}
