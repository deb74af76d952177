// SPDX-License-Identifier: Apache-2.0
// The stages' promises also hold while the compiler plans, where they are checked on request.
#define LAMINA_VERIFY_PLAN
#include "../support/networks.hpp"

#include <lamina/plan.hpp>

using namespace lamina_test;

static_assert(plan<inception_like>.steps == 15);
static_assert(plan<inception_like, gpu>.steps == 13);
static_assert(plan<shuffle_like, gpu>.steps > 0);
static_assert(plan<vit_like>.steps > 0);
