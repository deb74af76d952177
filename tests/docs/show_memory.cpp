// SPDX-License-Identifier: Apache-2.0
// Prints who lies where in the arena of a small network, as docs/guide/memory.md shows it.
#include <lamina/show.hpp>

#include <cstdlib>

struct two_branches {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("image", {1, 3, 32, 32}) | conv2d{"stem", {.out = 16}} | relu{};
        auto a = x | conv2d{"left", {.out = 16, .kernel = 3, .pad = 1}} | relu{};
        auto b = x | conv2d{"right", {.out = 16}};
        x = concat({a, b}) | conv2d{"join", {.out = 32, .kernel = 3, .stride = 2, .pad = 1}};
        net.output("features", x | relu{} | conv2d{"last", {.out = 8}});
    }
};

int main() {
    ::setenv("LAMINA_SHOW", "fuse,memory", 1);
    // [show]
    return lamina::show<two_branches>();
    // [/show]
}
