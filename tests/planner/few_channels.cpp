// SPDX-License-Identifier: Apache-2.0
// Which images and sequences of few channels the `cpu` classes store as rows, and the memory and steps that
// this saves. tests/kernels/few_channels.cpp has the numbers.
#include <doctest/doctest.h>
#include <lamina/define.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan_at_run_time.hpp>

using namespace lamina;

namespace {

/// The block of the only tensor of so many channels and elements, 1 in rows.
int block_of(const shape& dims, const lamina::target& on, void (*define)(network&, const shape&)) {
    network net;
    define(net, dims);
    const run_time_plan plan = plan_at_run_time(net, on);
    const plan_view opened = plan_view::open(plan);
    for (const plan_tensor& t : opened->tensors)
        if (t.dims.c == dims.c && t.dims.count() == dims.count()) return t.block;
    return 0;
}

void between(network& net, const shape& dims) {
    const tensor x = net.input("x", {1, 16, dims.h, dims.w});
    net.output("y", x | conv2d{"a", {.out = dims.c}} | relu{} | conv2d{"b", {.out = 18}});
}
template <int In, int Kernel> void from_many(network& net, const shape& dims) {
    const tensor x = net.input("x", {1, In, dims.h, dims.w});
    net.output("y",
        x
            | conv2d{"a", {.out = dims.c, .kernel = Kernel, .pad = Kernel / 2}}
            | conv2d{"b", {.out = 18}});
}
void transposed_between(network& net, const shape& dims) {
    const tensor x = net.input("x", {1, 16, dims.h / 2, dims.w / 2});
    net.output("y",
        x
            | conv_transpose2d{"a", {.out = dims.c, .kernel = 2, .stride = 2}}
            | conv2d{"b", {.out = 18}});
}
void sequence_between(network& net, const shape& dims) {
    const tensor x = net.input("x", {1, 16, dims.h});
    net.output("y", x | conv1d{"a", {.out = dims.c}} | relu{} | conv1d{"b", {.out = 18}});
}
void longer_between(network& net, const shape& dims) {
    const tensor x = net.input("x", {1, 16, dims.h / 2});
    net.output("y",
        x
            | conv_transpose1d{"a", {.out = dims.c, .kernel = 2, .stride = 2}}
            | conv1d{"b", {.out = 18}});
}
void before_groups(network& net, const shape& dims) {
    const tensor x = net.input("x", {1, 16, dims.h, dims.w});
    net.output("y",
        x | conv2d{"a", {.out = dims.c}} | conv2d{"b", {.out = 16 * dims.c, .groups = dims.c}});
}
void pooled_between(network& net, const shape& dims) {
    const tensor x = net.input("x", {1, 16, 2 * dims.h, 2 * dims.w}) | conv2d{"a", {.out = dims.c}};
    net.output("y", x | max_pool{{.kernel = 2}} | conv2d{"b", {.out = 18}});
}
void joined(network& net, const shape& dims) {
    const tensor x = net.input("x", {1, 16, dims.h, dims.w});
    net.output("y",
        concat({x | conv2d{"a", {.out = dims.c / 2, .kernel = 3, .pad = 1}},
                   x | conv2d{"b", {.out = dims.c / 2}}},
            1)
            | relu{});
}
void mask_of_many(network& net, const shape& dims) {
    const tensor x = net.input("x", {1, 16, dims.h, dims.w}) | conv2d{"a", {.out = 20}};
    net.output("y", x * (x | conv2d{"b", {.out = dims.c}} | sigmoid{}) | conv2d{"c", {.out = 18}});
}

}  // namespace

TEST_CASE("few channels are rows between others, where a row holds a vector") {
    const struct {
        lamina::target on;
        int few, few_of_windows;
    } rules[] = {{cpu, 4, 4}, {cpu_avx2, 4, 2}, {cpu_neon, 2, 1}, {cpu.half(), 4, 4}};
    for (const auto& [on, few, few_of_windows] : rules) {
        CAPTURE(std::string(on.label()));
        const int block = on.channel_block;
        for (const bool more : {false, true}) {
            CAPTURE(more);
            const int channels = more ? few + 1 : few, wanted = more ? block : 1;
            const shape image{1, channels, 6, block}, line{1, channels, block};
            CHECK(block_of(image, on, between) == wanted);
            CHECK(block_of(line, on, sequence_between) == wanted);
            const shape twice{1, channels, 6, 2 * block}, longer{1, channels, 2 * block};
            CHECK(block_of(twice, on, transposed_between) == wanted);
            CHECK(block_of(longer, on, longer_between) == wanted);
            const int pooled = more ? few_of_windows + 1 : few_of_windows;
            CHECK(block_of({1, pooled, 6, block}, on, pooled_between) == wanted);
        }
        CHECK(block_of({1, 1, 6, block - 1}, on, between) == block);
        CHECK(block_of({1, 1, block - 1}, on, sequence_between) == block);
        CHECK(block_of({1, 1, 6, 2 * block - 2}, on, transposed_between) == block);
        CHECK(block_of({1, 1, 2 * block - 2}, on, longer_between) == block);
        CHECK(block_of({1, 2, 6, block}, on, before_groups) == block);
        CHECK(block_of({1, 1, 6, block}, on, mask_of_many) == 1);
        CHECK(block_of({1, 2 * few, 6, block}, on, joined) == block);
    }
    CHECK(block_of({1, 1, 6, 64}, gpu, between) == 1);
}

TEST_CASE("fewer are rows behind 3x3 of many channels, which Winograd's filtering does in blocks") {
    const struct {
        lamina::target on;
        int few, few_of_many;
    } rules[] = {{cpu, 4, 3}, {cpu_avx2, 4, 2}, {cpu_neon, 2, 2}};
    for (const auto& [on, few, few_of_many] : rules) {
        CAPTURE(std::string(on.label()));
        const int block = on.channel_block;
        const shape most{1, few, 6, 64}, most_of_many{1, few_of_many, 6, 64};
        const shape more{1, few_of_many + 1, 6, 64};
        CHECK(block_of(most_of_many, on, from_many<33, 3>) == 1);
        CHECK(block_of(more, on, from_many<33, 3>) == block);
        CHECK(block_of(most, on, from_many<32, 3>) == 1);
        CHECK(block_of(most, on, from_many<33, 5>) == 1);
        CHECK(block_of(most, on, from_many<33, 1>) == 1);
        CHECK(block_of(most, on.winograd(0), from_many<33, 3>) == 1);
    }
}

TEST_CASE("one channel of a 4K picture takes 4 bytes a pixel, its result none") {
    constexpr std::int64_t picture = 2160 * 3840;
    network net;
    tensor x = net.input("x", {1, 1, 2160, 3840});
    for (int i = 0; i < 4; ++i)
        x = x | conv2d{name("layer", i), {.out = 1, .kernel = 3, .pad = 1}} | relu{};
    net.output("y", x);
    for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon}) {
        for (const bool half : {false, true}) {
            const run_time_plan plan = plan_at_run_time(net, half ? target.half() : target);
            CHECK(plan.steps == 4);
            CHECK(plan.arena_bytes == 2 * (half ? 2 : 4) * picture);
        }
    }
}

TEST_CASE("a minute of sound takes 4 bytes a sample and channel, its result none") {
    constexpr std::int64_t samples = 60 * 16000;
    for (const int channels : {1, 2}) {
        network net;
        tensor x = net.input("x", {1, channels, samples});
        for (int i = 0; i < 4; ++i)
            x = x | conv1d{name("layer", i), {.out = channels, .kernel = 5, .pad = 2}} | relu{};
        net.output("y", x);
        for (const lamina::target& target : {cpu, cpu_avx2, cpu_neon}) {
            for (const bool half : {false, true}) {
                const run_time_plan plan = plan_at_run_time(net, half ? target.half() : target);
                CHECK(plan.steps == 4);
                CHECK(plan.arena_bytes == 2 * (half ? 2 : 4) * channels * samples);
            }
        }
    }
}

TEST_CASE("a result that another step reads too is not stored as float in a plan of 16 bits") {
    network net;
    const tensor x = net.input("x", {1, 3, 64, 64});
    const tensor y = x | conv2d{"a", {.out = 2, .kernel = 3, .pad = 1}};
    net.output("y", y);
    net.output("z", y | conv2d{"b", {.out = 1, .kernel = 3, .pad = 1}} | relu{});
    const run_time_plan plan = plan_at_run_time(net, cpu.half());
    CHECK(plan.steps == 3);  // a copy into the caller's floats
    CHECK(plan.arena_bytes == 64 * 64 * 2 * 2);
}

TEST_CASE("the last convolution writes the caller's memory") {
    for (const int channels : {1, 2, 3, 4}) {
        network net;
        const tensor x = net.input("x", {1, 3, 64, 64})
            | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}}
            | relu{};
        net.output("y", x | conv2d{"b", {.out = channels, .bias = true}} | sigmoid{});
        net.output("z", x | conv_transpose2d{"c", {.out = channels, .kernel = 2, .stride = 2}});
        for (const lamina::target& target : {cpu, cpu.half()}) {
            const run_time_plan plan = plan_at_run_time(net, target);
            CHECK(plan.steps == 3);
            CHECK(plan.arena_bytes == 64 * 64 * 32 * (target.stores_floats() ? 4 : 2));
        }
    }
}
