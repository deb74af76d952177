// SPDX-License-Identifier: Apache-2.0
// Prints the plan of the README's network, as docs/guide/fusing.md shows it.
#include "examples/resnet20/resnet20.hpp"

#include <lamina/plan.hpp>
#include <lamina/plan/print.hpp>
#include <lamina/plan/read.hpp>

#include <cstdio>

int main() {
    const auto plan = lamina::plan_view::open(lamina::plan<zoo::resnet20<>>, "resnet20");
    std::printf("%s", lamina::plan_table(*plan).c_str());
}
