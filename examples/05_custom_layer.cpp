// SPDX-License-Identifier: Apache-2.0
// A layer that Lamina does not have, in a namespace of your own: a shape rule, OpenCL text, and a
// reference in C++ to compare with. The text travels in the plan like every other kernel's.
#include <lamina/lamina.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

namespace mine {

inline constexpr const char* snake_text = R"CLC(
__kernel void snake(IN(x), OUT(y)) {
    OPEN(x); OPEN(y);
    const int i = get_global_id(0);
    if (i >= COUNT) return;
    const float v = LOAD1(x, i), s = sin(SCALAR0 * v);
    STORE1(y, i, v + s * s / SCALAR0);
})CLC";

inline void snake_reference(const float* const* inputs, const float* const*, float* output,
    const lamina::shape*, const lamina::shape& dims, const float* scalars) {
    for (std::int64_t i = 0; i < dims.count(); ++i) {
        const float v = inputs[0][i], s = std::sin(scalars[0] * v);
        output[i] = v + s * s / scalars[0];
    }
}

/// x + sin(a x)^2 / a. Shapes   any, unchanged. Source   Ziyin et al. 2020.
struct snake {
    float a = 1;
    std::source_location where = std::source_location::current();
};
constexpr lamina::tensor operator|(const lamina::tensor& x, const snake& layer) {
    return lamina::custom_layer({"snake", {}, layer.where}, {x},
        {.dims = x.dims, .kernel = {"snake", snake_text, snake_reference}, .scalars = {layer.a}});
}

}  // namespace mine

struct waves {
    static constexpr void define(lamina::network& net) {
        const auto x = net.input("x", {1, 2, 2, 2}) | mine::snake{.a = 2} | lamina::relu{};
        net.output("y", x);
    }
};

int main() {
    try {
        const lamina::engine engine(lamina::plan<waves>, lamina::weights());
        const std::vector<float> x{-2, -1.5f, -1, -.5f, .5f, 1, 1.5f, 2};
        const auto y = engine.run(x);

        std::vector<float> expected(x.size());
        const float* inputs[] = {x.data()};
        const float scalars[] = {2, 0};
        mine::snake_reference(inputs, nullptr, expected.data(), nullptr, {1, 2, 2, 2}, scalars);
        for (std::size_t i = 0; i < x.size(); ++i)
            std::printf("%5.2f -> %.3f, the reference and relu give %.3f\n", double{x[i]},
                double{y[i]}, std::fmax(0.0, double{expected[i]}));
    } catch (const lamina::error& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 2;
    }
}
