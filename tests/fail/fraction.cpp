// EXPECT: a whole number is needed here
// CASES: 29
#include <lamina/define.hpp>
using namespace lamina;

constexpr double half_of(int n) {
    return n * 0.5;  // not a constant by itself: g++ only warns where a list narrows one
}

constexpr void define(network& net, int n) {
    const auto x = net.input("image", {1, 6, 8, 8});
    const double f = half_of(n);
    const auto by = [&] {
#if CASE == 1
        return x | conv2d{"c", {.out = 8, .kernel = 2.9}};
#elif CASE == 2
        return x | conv2d{"c", {.out = 8, .kernel = {3, f}}};
#elif CASE == 3
        return x | conv2d{"c", {.out = 8, .stride = 1.5f}};
#elif CASE == 4
        return x | conv2d{"c", {.out = 8, .pad = f}};
#elif CASE == 5
        return x | conv2d{"c", {.out = 8, .pad = {1, 2, f, 1}}};
#elif CASE == 6
        return x | conv2d{"c", {.out = 8, .dilation = 1.5}};
#elif CASE == 7
        return x | conv2d{"c", {.out = f}};
#elif CASE == 8
        return x | conv2d{"c", {.out = 8, .groups = f}};
#elif CASE == 9
        return x | conv_transpose2d{"c", {.out = 8, .output_padding = f}};
#elif CASE == 10
        return x | resize{{.size = 8.9, .mode = nearest, .coordinates = asymmetric}};
#elif CASE == 11
        return x | max_pool{{.kernel = 2, .stride = f}};
#elif CASE == 12
        return x | avg_pool{{.kernel = 2, .divisor_override = f}};
#elif CASE == 13
        return x | adaptive_avg_pool{f};
#elif CASE == 14
        return x | reshape{{1, f, 8, 8}};
#elif CASE == 15
        return x | reduce_mean{{2, f}};
#elif CASE == 16
        return x | reduce_mean{f};
#elif CASE == 17
        return x | permute{{0, f, 2, 3}};
#elif CASE == 18
        return x | softmax{.axis = f};
#elif CASE == 19
        return x | dense{"fc", f};
#elif CASE == 20
        return x | flatten{} | dense("fc", {.out = f});
#elif CASE == 21
        return concat({x, x}, f);
#elif CASE == 22
        return split(x, {3, f}, 1)[0];
#elif CASE == 23
        return chunk(x, f, 1)[0];
#elif CASE == 24
        return x | slice{1, {.step = f}};
#elif CASE == 25
        return x | pixel_shuffle{f};
#elif CASE == 26
        return x | group_norm{"gn", f};
#elif CASE == 27
        return x | pad{{.top = f}};
#elif CASE == 28
        return x | layer_norm{"ln", {.axes = f}};
#elif CASE == 29
        return net.input("other", {1, f, 8, 8});
#endif
    };
    net.output("y", by());
}
