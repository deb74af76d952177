// SPDX-License-Identifier: Apache-2.0
// A first network: written down, planned by the C++ compiler, its plan printed. No weights needed.
#include <lamina/lamina.hpp>

#include <cstdio>

struct digits {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 1, 28, 28})
            | conv2d{"conv1", {.out = 16, .kernel = 5, .pad = 2, .bias = true}}
            | relu{}
            | max_pool{{.kernel = 2, .stride = 2}}
            | conv2d{"conv2", {.out = 32, .kernel = 3, .pad = 1, .bias = true}}
            | relu{}
            | global_avg_pool{};
        net.output("scores", x | dense{"fc", 10} | softmax{});
    }
};
static_assert(lamina::plan<digits>.steps == 6);

int main() {
    std::fputs(lamina::plan_table(*lamina::plan_view::open(lamina::plan<digits>, "digits")).c_str(),
        stdout);
}
