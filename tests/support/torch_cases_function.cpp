// SPDX-License-Identifier: Apache-2.0
// Functions of one value, of two values, and prelu.
// One group of torch_cases.hpp.
#include <lamina/layers/activation.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/linear.hpp>
#include <lamina/layers/max_pool.hpp>
#include <lamina/layers/prelu.hpp>
#include <lamina/layers/unary.hpp>

#include "torch_cases.hpp"

namespace lamina_test {

using namespace lamina;

/// A layer of one value on an image of few channels: the case of a new activation is its line, below
/// one of PyTorch's.
template <auto Layer> void of_one(network& net) {
    net.output("output", Layer(net.input("input0", {2, 3, 5, 3})));
}

std::span<const torch_case> function_cases() {
    static constexpr torch_case cases[] = {
        {"relu",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | relu{});
            }},
        {"relu6",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | relu6{});
            }},
        {"leaky_relu",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | leaky_relu{});
            }},
        {"leaky_relu_slope",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | leaky_relu{0.25f});
            }},
        {"elu",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | elu{});
            }},
        {"elu_alpha",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | elu{0.5f});
            }},
        // torch: x.sin()
        {"sin", of_one<[](const tensor& x) { return x | lamina::sin{}; }>},
        // torch: x.cos()
        {"cos", of_one<[](const tensor& x) { return x | lamina::cos{}; }>},
        // torch: x.tan()
        {"tan", of_one<[](const tensor& x) { return x | lamina::tan{}; }>},
        // torch: (x / 4).clamp(-1, 1).asin()
        {"asin", of_one<[](const tensor& x) {
             return (x / 4.f) | lamina::clamp{-1, 1} | lamina::asin{};
         }>},
        // torch: (x / 4).clamp(-1, 1).acos()
        {"acos", of_one<[](const tensor& x) {
             return (x / 4.f) | lamina::clamp{-1, 1} | lamina::acos{};
         }>},
        // torch: x.atan()
        {"atan", of_one<[](const tensor& x) { return x | lamina::atan{}; }>},
        // torch: x.clamp(-4, 4).sinh()
        {"sinh", of_one<[](const tensor& x) { return x | lamina::clamp{-4, 4} | lamina::sinh{}; }>},
        // torch: x.clamp(-4, 4).cosh()
        {"cosh", of_one<[](const tensor& x) { return x | lamina::clamp{-4, 4} | lamina::cosh{}; }>},
        // torch: x.asinh()
        {"asinh", of_one<[](const tensor& x) { return x | lamina::asinh{}; }>},
        // torch: (x.abs() + 1).acosh()
        {"acosh",
            of_one<[](const tensor& x) { return ((x | lamina::abs{}) + 1.f) | lamina::acosh{}; }>},
        // torch: (x / 8).clamp(-0.9, 0.9).atanh()
        {"atanh", of_one<[](const tensor& x) {
             return (x / 8.f) | lamina::clamp{-0.9f, 0.9f} | lamina::atanh{};
         }>},
        // torch: x.erf()
        {"erf", of_one<[](const tensor& x) { return x | lamina::erf{}; }>},
        // torch: x.floor()
        {"floor", of_one<[](const tensor& x) { return x | lamina::floor{}; }>},
        // torch: x.ceil()
        {"ceil", of_one<[](const tensor& x) { return x | lamina::ceil{}; }>},
        // torch: (x * 2).round()
        {"round", of_one<[](const tensor& x) { return (x * 2.f) | lamina::round{}; }>},
        // torch: x.trunc()
        {"trunc", of_one<[](const tensor& x) { return x | lamina::trunc{}; }>},
        // torch: x.sign()
        {"sign", of_one<[](const tensor& x) { return x | lamina::sign{}; }>},
        // torch: x.square()
        {"square", of_one<[](const tensor& x) { return x | lamina::square{}; }>},
        // torch: (x + 5.5).reciprocal()
        {"reciprocal", of_one<[](const tensor& x) { return (x + 5.5f) | lamina::reciprocal{}; }>},
        // torch: (x.abs() + 0.25).rsqrt()
        {"rsqrt", of_one<[](const tensor& x) {
             return ((x | lamina::abs{}) + 0.25f) | lamina::rsqrt{};
         }>},
        // torch: F.softsign(x)
        {"softsign", of_one<[](const tensor& x) { return x | softsign{}; }>},
        // torch: F.selu(x)
        {"selu", of_one<[](const tensor& x) { return x | selu{}; }>},
        // torch: F.celu(x)
        {"celu", of_one<[](const tensor& x) { return x | celu{}; }>},
        // torch: F.celu(x, 0.5)
        {"celu_alpha", of_one<[](const tensor& x) { return x | celu{0.5f}; }>},
        // torch: F.hardshrink(x)
        {"hard_shrink", of_one<[](const tensor& x) { return x | hard_shrink{}; }>},
        // torch: F.softshrink(x, 0.25)
        {"soft_shrink", of_one<[](const tensor& x) { return x | soft_shrink{0.25f}; }>},
        // torch: F.tanhshrink(x)
        {"tanh_shrink", of_one<[](const tensor& x) { return x | tanh_shrink{}; }>},
        // torch: F.logsigmoid(x)
        {"log_sigmoid", of_one<[](const tensor& x) { return x | log_sigmoid{}; }>},
        // torch: F.threshold(x, 0.25, -3)
        {"threshold", of_one<[](const tensor& x) { return x | threshold{0.25f, -3}; }>},
        // torch: x * torch.sigmoid(1.702 * x)
        {"quick_gelu", of_one<[](const tensor& x) { return x | quick_gelu{}; }>},
        // torch: F.hardtanh(x)
        {"hard_tanh", of_one<[](const tensor& x) { return x | hard_tanh{}; }>},
        // torch: F.hardtanh(x, -0.5, 1.25)
        {"hard_tanh_wide", of_one<[](const tensor& x) { return x | hard_tanh{-0.5f, 1.25f}; }>},
        {"sigmoid",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | sigmoid{});
            }},
        {"hard_sigmoid",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | hard_sigmoid{});
            }},
        // torch: (0.25 * x + 0.375).clamp(0, 1)
        {"hard_sigmoid_line",
            of_one<[](const tensor& x) { return x | hard_sigmoid{0.25f, 0.375f}; }>},
        {"tanh",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | lamina::tanh{});
            }},
        {"silu",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | silu{});
            }},
        {"hard_swish",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | hard_swish{});
            }},
        {"mish",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | mish{});
            }},
        {"gelu_erf",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | gelu_erf{});
            }},
        {"gelu_tanh",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | gelu_tanh{});
            }},
        {"softplus",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | softplus{});
            }},
        {"softplus_options",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | softplus{2, 5});
            }},
        {"elu_far",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", x | elu{});
            }},
        {"sigmoid_far",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", x | sigmoid{});
            }},
        {"tanh_far",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", x | lamina::tanh{});
            }},
        {"silu_far",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", x | silu{});
            }},
        {"mish_far",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", x | mish{});
            }},
        {"gelu_erf_far",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", x | gelu_erf{});
            }},
        {"gelu_tanh_far",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", x | gelu_tanh{});
            }},
        {"softplus_far",
            [](network& net) {
                const tensor x = net.input("input0", {2, 11});
                net.output("output", x | softplus{});
            }},
        {"clamp",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | lamina::clamp{-1.5f, 2.5f});
            }},
        {"clamp_crossed",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | lamina::clamp{1.5f, -0.5f});
            }},
        {"clamp_low",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | lamina::clamp{{.low = -0.5f}});
            }},
        {"clamp_high",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | lamina::clamp{{.high = 0.5f}});
            }},
        {"exp",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | lamina::exp{});
            }},
        {"log",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | lamina::log{});
            }},
        {"sqrt",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | lamina::sqrt{});
            }},
        {"abs",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x | lamina::abs{});
            }},
        {"neg",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", -x);
            }},
        {"add_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x + 1.5f);
            }},
        {"sub_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x - 1.5f);
            }},
        {"scalar_sub",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", 1.5f - x);
            }},
        {"mul_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", -2.25f * x);
            }},
        {"div_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", x / 4);
            }},
        {"scalar_div",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5});
                net.output("output", 2 / x);
            }},
        {"pow_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5});
                net.output("output", pow(x, 1.5f));
            }},
        {"pow_scalar_square",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5});
                net.output("output", pow(x, 2));
            }},
        {"scalar_pow",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5});
                net.output("output", pow(2, x));
            }},
        {"min_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", min(x, 0.5f));
            }},
        {"max_scalar",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 3});
                net.output("output", max(0.5f, x));
            }},
        {"prelu_shared",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 4});
                net.output("output", x | prelu{"layer"});
            }},
        {"prelu_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 5, 4});
                net.output("output", x | prelu{"layer", {.count = 3}});
            }},
        {"prelu_rank2",
            [](network& net) {
                const tensor x = net.input("input0", {4, 5});
                net.output("output", x | prelu{"layer", {.count = 5}});
            }},
        {"add",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                const tensor y = net.input("input1", {2, 3, 4, 5});
                net.output("output", add(x, y));
            }},
        {"add_channels",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                const tensor y = net.input("input1", {1, 3, 1, 1});
                net.output("output", x + y);
            }},
        {"sub_lower_rank",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                const tensor y = net.input("input1", {4, 5});
                net.output("output", sub(x, y));
            }},
        {"sub_first_stretches",
            [](network& net) {
                const tensor x = net.input("input0", {5});
                const tensor y = net.input("input1", {2, 3, 4, 5});
                net.output("output", x - y);
            }},
        {"mul_both_stretch",
            [](network& net) {
                const tensor x = net.input("input0", {2, 1, 4, 1});
                const tensor y = net.input("input1", {1, 3, 1, 5});
                net.output("output", mul(x, y));
            }},
        {"mul_one_element",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4});
                const tensor y = net.input("input1", {1});
                net.output("output", x * y);
            }},
        {"mul_squeeze_excite",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 4, 5});
                const tensor y = net.input("input1", {2, 19, 1, 1});
                net.output("output", mul(x, y));
            }},
        {"div",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4});
                const tensor y = net.input("input1", {2, 3, 4});
                net.output("output", x / y);
            }},
        {"min",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                const tensor y = net.input("input1", {3, 1, 5});
                net.output("output", min(x, y));
            }},
        {"max",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                const tensor y = net.input("input1", {2, 3, 4, 5});
                net.output("output", max(x, y));
            }},
        {"pow",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4, 5});
                const tensor y = net.input("input1", {2, 3, 4, 5});
                net.output("output", pow(x, y));
            }},
        {"add_rank6",
            [](network& net) {
                const tensor x = net.input("input0", {2, 1, 3, 2, 1, 2});
                const tensor y = net.input("input1", {2, 1, 2, 3, 2});
                net.output("output", add(x, y));
            }},
        {"scalar_parameter",
            [](network& net) {
                const tensor x = net.input("input0", {2, 3, 4});
                net.output("output", (net.parameter("logit_scale", {}) | lamina::exp{}) * x);
            }},
        {"scalar_parameter_image",
            [](network& net) {
                const tensor x = net.input("input0", {2, 19, 4, 6});
                const tensor scale = net.parameter("scale", {});
                net.output("output", (x | max_pool{{.kernel = 2}}) * scale + scale);
            }},
        {"scalar_input",
            [](network& net) {
                const tensor x = net.input("input0", {5, 7});
                const tensor s = net.input("input1", {});
                net.output("output", (x - s) * s);
            }},
        {"scalar_alone",
            [](network& net) {
                const tensor x = net.input("input0", {});
                net.output("output", (x | lamina::tanh{}) + 1);
            }},
        {"scalar_linear",
            [](network& net) {
                const tensor x = net.input("input0", {3, 7});
                const tensor s = net.input("input1", {});
                net.output("output", (x | linear{"fc", {.out = 5, .bias = false}}) * s);
            }},
    };
    return cases;
}

}  // namespace lamina_test
