// SPDX-License-Identifier: Apache-2.0
// MobileNetV2: 52 convolutions, the pool and the classifier are all that runs.
#include "../support/networks.hpp"

#include <lamina/plan.hpp>

using namespace lamina_test;

static_assert(plan<mobilenet_v2>.steps == 54 && plan<mobilenet_v2>.reformats == 0);
static_assert(plan<mobilenet_v2>.arena_bytes * 100 <= plan<mobilenet_v2>.live_bytes * 105);
static_assert(plan<mobilenet_v2>.flops > 600'000'000 && plan<mobilenet_v2>.flops < 660'000'000);
