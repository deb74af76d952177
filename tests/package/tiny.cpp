// SPDX-License-Identifier: Apache-2.0
// The outside project's program: plans the network in the compiler, prints two of its numbers.
#include "tiny.hpp"

#include <cstdio>
#include <lamina/plan.hpp>

static_assert(lamina::plan<tiny>.steps > 0);

int main() {
    std::printf("tiny: %d steps, %lld bytes of arena\n", static_cast<int>(lamina::plan<tiny>.steps),
        static_cast<long long>(lamina::plan<tiny>.arena_bytes));
}
