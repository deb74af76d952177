// SPDX-License-Identifier: Apache-2.0
// A user's own layer on every target: two inputs, a weight, both scalars, behind an image and before
// one, as the comment at custom_layer says.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina;

namespace {

constexpr const char* blend_text = R"CLC(
__kernel void blend(IN(a), IN(b), WEIGHTS(weight), OUT(y)) {
    OPEN(a); OPEN(b); OPEN(weight); OPEN(y);
    const int i = get_global_id(0);
    if (i >= COUNT) return;
    const int channel = i / (Y_N2 * Y_N3) % Y_N1;
    /* b is turned over: row by row from the last one */
    const int row = i / X1_N3, turned = (row / X1_N2 * X1_N2 + X1_N2 - 1 - row % X1_N2) * X1_N3;
    const float v = LOAD1(a, i) * SCALAR0 + LOAD1(b, turned + i % X1_N3) * SCALAR1;
    STORE1(y, i, v * LOAD1(weight, channel));
})CLC";

void blend_reference(const float* const* inputs, const float* const* weights, float* output,
    const shape*, const shape& dims, const float* scalars) {
    for (int i = 0; i < dims.count(); ++i) {
        const int channel = i / (dims.h * dims.w) % dims.c, row = i / dims.w;
        const int turned = (row / dims.h * dims.h + dims.h - 1 - row % dims.h) * dims.w;
        output[i] = (inputs[0][i] * scalars[0] + inputs[1][turned + i % dims.w] * scalars[1])
            * weights[0][channel];
    }
}

constexpr tensor blend(const tensor& a, const tensor& b, name at,
    std::source_location where = std::source_location::current()) {
    return custom_layer({"blend", at, where}, {a, b},
        {.dims = a.dims,
            .kernel = {"blend", blend_text, blend_reference},
            .weights = {{"weight", {a.dims.c}}},
            .scalars = {0.75f, -1.5f}});
}

}  // namespace

TEST_CASE("a custom layer computes what its reference does") {
    lamina_test::check_on_devices("blend", [](network& net) {
        const auto x = net.input("x", {2, 3, 5, 4}) | conv2d{"first", {.out = 20, .kernel = 1}};
        const auto y = blend(x, net.input("b", {2, 20, 5, 4}), "mix");
        net.output("custom", y);
        net.output("behind", y | relu{} | conv2d{"last", {.out = 4, .kernel = 3}});
    });
}
