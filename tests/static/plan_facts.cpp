// SPDX-License-Identifier: Apache-2.0
// What the compiler plans, as numbers of the plan: steps, fused nodes, copies, the arena.
#include "../support/networks.hpp"

#include <lamina/plan.hpp>

using namespace lamina_test;

template <class Net, target Target>
constexpr bool is_tight = plan<Net, Target>.arena_bytes * 100 <= plan<Net, Target>.live_bytes * 105;

// ResNet-50: 53 convolutions, 2 pools and the classifier; 16 sums and all else are fused.
static_assert(plan<resnet50>.steps <= 56);
static_assert(plan<resnet50>.reformats == 0);
static_assert(plan<resnet50>.nodes == 176);
static_assert(is_tight<resnet50, cpu>);
// 4.1 GMAC, and the weights as they are in the file: 25.5 million floats less the norms. Where
// Winograd's filtering pays they are larger.
static_assert(plan<resnet50>.flops > 8'100'000'000 && plan<resnet50>.flops < 8'300'000'000);
template <target Target> constexpr auto weights_of_resnet50 = plan<resnet50, Target>.weight_bytes;
static_assert(weights_of_resnet50<cpu.winograd(0)> > 100'000'000);
static_assert(weights_of_resnet50<cpu.winograd(0)> < 104'000'000);
static_assert(weights_of_resnet50<cpu> < 125'000'000);

// A family is a template: its members are types.
static_assert(plan<resnet18>.steps == 23);
static_assert(plan<resnet<false, 3, 4, 6, 3>>.steps == 39);  // ResNet-34
static_assert(is_tight<resnet18, cpu> && is_tight<resnet18, gpu>);

// Which layers are one step, and which kernels run them.
static_assert(plan<resnet18>.fuses("conv1", "conv2d + batch_norm + relu"));
static_assert(plan<resnet18>.fuses("layer1.0.conv2", "conv2d + batch_norm + add + relu"));
static_assert(!plan<resnet18>.fuses("layer1.0.conv2", "conv2d + batch_norm"));
static_assert(
    plan<resnet18>.count("conv2d_blocked") + plan<resnet18>.count("conv2d_winograd") == 20);
static_assert(plan<resnet18>.count("conv2d_winograd") >= 8);
static_assert(plan<resnet18>.count("pool_blocked") == 1 && plan<resnet18>.count("pool") == 1);
static_assert(plan<resnet18>.count("none") == 0);
