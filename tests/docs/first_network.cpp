// SPDX-License-Identifier: Apache-2.0
// The program of docs/start/first_network.md: needs no weights file, prints its plan's facts.
// [all]
#include <cstdio>
#include <lamina/compile.hpp>

struct first_network {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 3, 32, 32})
            | conv2d{"conv1", {.out = 16, .kernel = 3, .pad = 1}}
            | batch_norm{"bn1"}
            | relu{}
            | max_pool{{.kernel = 2}};
        x.expect({1, 16, 16, 16});
        net.output("scores", x | global_avg_pool{} | dense{"fc", 10} | softmax{});
    }
};

constexpr auto& plan = lamina::plan<first_network>;
static_assert(plan.steps <= 5);

int main() {
    std::printf("%d layers became %d steps\n", plan.nodes, plan.steps);
}
// [/all]
