// SPDX-License-Identifier: Apache-2.0
// Structures of the zoo: what joins in place, what is fused, and how much arena it takes.
#include "../support/networks.hpp"

#include <lamina/compile.hpp>

using namespace lamina_test;

template <class Net, target Goal>
constexpr bool is_tight = plan<Net, Goal>.arena_bytes * 100 <= plan<Net, Goal>.live_bytes * 105;

// Concats are written in place: no step moves data.
static_assert(plan<dense_concat>.reformats == 0 && plan<dense_concat>.steps == 12);
static_assert(plan<dense_concat, gpu>.reformats == 0 && plan<dense_concat, gpu>.steps == 12);
static_assert(plan<inception_like>.reformats == 0 && plan<inception_like>.steps == 17);
static_assert(plan<unet_like, gpu>.reformats == 0 && plan<unet_like, gpu>.steps == 21);
static_assert(plan<unet_like>.reformats == 1);  // the mask of one channel, out of its block

// A gate of one number a channel is an operand of the product.
static_assert(plan<squeeze_excite>.reformats == 0 && plan<squeeze_excite>.steps == 8);

// Heads of attention are views; one step for each product, norm and function group.
static_assert(plan<vit_like, gpu>.steps <= 14 && plan<vit_like>.steps <= 15);

static_assert(is_tight<unet_like, cpu> && is_tight<unet_like, gpu>);
static_assert(is_tight<inception_like, cpu> && is_tight<shuffle_like, cpu>);

// Half storage: half the arena.
static_assert(
    plan<unet_like, gpu, precision::fp16>.arena_bytes * 2 == plan<unet_like, gpu>.arena_bytes);

// Several inputs and outputs, of which one is used further.
static_assert(plan<several_bindings>.steps == 5);
