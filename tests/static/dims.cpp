// SPDX-License-Identifier: Apache-2.0
// Dims: the plan is that of opt, facts at max are beside it, and networks without dims have none of it.
#include <lamina/plan.hpp>

using namespace lamina;

template <int Batch, int Size> struct fixed {
    static constexpr void define(network& net) {
        auto x = net.input("image", {Batch, 3, Size, Size});
        x = x | conv2d{"conv1", {.out = 16, .kernel = 3, .stride = 2, .pad = 1}} | relu{};
        x.expect({Batch, 16, Size / 2, Size / 2});
        net.output("scores", x | global_avg_pool{} | dense{"fc", 10});
    }
};

struct changing {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 8});
        const int size = net.dim("size", {.min = 16, .opt = 32, .max = 64, .step = 16});
        auto x = net.input("image", {batch, 3, size, size});
        x = x | conv2d{"conv1", {.out = 16, .kernel = 3, .stride = 2, .pad = 1}} | relu{};
        x.expect({batch, 16, size / 2, size / 2});
        net.output("scores", x | global_avg_pool{} | dense{"fc", 10});
    }
};

static_assert(plan<changing>.dims == 2 && plan<fixed<1, 32>>.dims == 0);
static_assert(plan<changing>.arena_bytes == plan<fixed<1, 32>>.arena_bytes);
static_assert(plan<changing>.arena_bytes_at_max == plan<fixed<8, 64>>.arena_bytes);
static_assert(plan<changing>.arena_bytes_at_max > plan<changing>.arena_bytes);
static_assert(plan<fixed<1, 32>>.arena_bytes_at_max == plan<fixed<1, 32>>.arena_bytes);
static_assert(plan<changing, gpu>.arena_bytes_at_max == plan<fixed<8, 64>, gpu>.arena_bytes);
static_assert(plan<changing>.steps == plan<fixed<1, 32>>.steps);
