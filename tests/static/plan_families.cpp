// SPDX-License-Identifier: Apache-2.0
// Structures of the zoo: what joins in place, what is fused, and how much arena it takes.
#include "../support/networks.hpp"

#include <lamina/plan.hpp>

using namespace lamina_test;

template <class Net, target Target>
constexpr bool is_tight = plan<Net, Target>.arena_bytes * 100 <= plan<Net, Target>.live_bytes * 105;

// Concats are written in place: no step moves data.
static_assert(plan<dense_concat>.reformats == 0 && plan<dense_concat>.steps == 12);
static_assert(plan<dense_concat, gpu>.reformats == 0 && plan<dense_concat, gpu>.steps == 12);
static_assert(plan<inception_like>.reformats == 0 && plan<inception_like>.steps == 15);
static_assert(plan<inception_like>.beside == 2 && plan<inception_like, gpu>.beside == 4);
static_assert(plan<inception_like, cpu.horizontal_fusion(false)>.steps == 17);
static_assert(plan<unet_like, gpu>.reformats == 0 && plan<unet_like, gpu>.steps == 21);
static_assert(plan<unet_like>.reformats == 0);

// A gate of one number a channel is an operand of the product.
static_assert(plan<squeeze_excite>.reformats == 0 && plan<squeeze_excite>.steps == 8);

// Heads of attention are views; one step for each product, norm and function group.
static_assert(plan<vit_like, gpu>.steps <= 14 && plan<vit_like>.steps <= 14);

static_assert(is_tight<unet_like, cpu> && is_tight<unet_like, gpu>);
static_assert(is_tight<inception_like, cpu> && is_tight<shuffle_like, cpu>);

// Half storage: half the arena, and on gpu at most 1 MiB for sums that groups share.
static_assert(
    plan<unet_like, cpu, precision::fp16>.arena_bytes * 2 == plan<unet_like, cpu>.arena_bytes);
static_assert(plan<unet_like, gpu, precision::fp16>.arena_bytes
    <= plan<unet_like, gpu>.arena_bytes / 2 + (1 << 20) + 4096);
// tf32 says how products are computed, not what is stored.
static_assert(plan<vit_like, gpu, precision::tf32>.steps == plan<vit_like, gpu>.steps);
static_assert(plan<unet_like, cpu, precision::tf32>.arena_bytes == plan<unet_like>.arena_bytes);

// Several inputs and outputs, of which one is used further.
static_assert(plan<several_bindings>.steps == 5);

// Resizing by taps, and reversed axes, plan in the compiler too: a step each, and a copy of nothing.
struct resized_ways {
    static constexpr void define(network& net) {
        auto x = net.input("image", {2, 16, 9, 11})
            | resize{{.size = {5, 23},
                .mode = bicubic,
                .coordinates = half_pixel,
                .antialias = true,
                .exclude_outside = true}}
            | relu{};
        auto cut = x
            | resize{{.size = 7,
                .mode = bilinear,
                .coordinates = crop_and_resize,
                .roi = {0.25f, 0, 1.5f, 1},
                .extrapolation = -2}};
        net.output("y", cut | flip{{1, 3}} | avg_pool{{.kernel = 2}});
    }
};
static_assert(plan<resized_ways>.steps == 4 + plan<resized_ways>.reformats);
static_assert(plan<resized_ways, gpu, precision::fp16>.steps
    == 4 + plan<resized_ways, gpu, precision::fp16>.reformats);
