// SPDX-License-Identifier: Apache-2.0
// What tests of int8 plans share: weights by name, convolutions of whole numbers, and networks that are compared
// with the reference at every step.
#pragma once
#include "support/quick_kernels.hpp"
#include "support/random.hpp"
#include "support/weights_file.hpp"

#include <doctest/doctest.h>
#include <lamina/debug.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/planner/planned_network.hpp>
#include <lamina/run.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamina_test {

using namespace lamina;

/// Tensors by name, as the bytes of a weights file and for lookups.
struct tensors {
    floats_by_name all;

    std::vector<std::byte> bytes;  ///< that the last file() sees

    weights file(const network& net) {
        bytes = weights_file(net, all);
        return weights::from_bytes(bytes, "drawn");
    }
    weights_lookup lookup() const {
        return [this](std::string_view name) -> std::span<const float> {
            const auto found = all.find(name);
            return found == all.end() ? std::span<const float>() : found->second;
        };
    }
};

/// An image of numbers of 8 bits.
struct byte_image {
    shape dims;
    std::vector<int> q;
    int& at(int n, int c, int h, int w) {
        return q[static_cast<std::size_t>(((n * dims.c + c) * dims.h + h) * dims.w + w)];
    }
};

inline byte_image to_bytes(
    const std::vector<float>& x, const shape& dims, float scale, float zero) {
    byte_image out{dims, {}};
    for (const float v : x) {
        const float q = std::nearbyint(v * (1 / scale)) + zero;
        out.q.push_back(q > 0 ? static_cast<int>(std::min(q, 255.0f)) : 0);
    }
    return out;
}

/// A layer of whole numbers behind x | relu.
struct layer_case {
    shape in;
    conv2d_options options;
    float zero;  ///< point of the input
};

/// A linear layer of them.
struct rows_case {
    shape in;
    int out;
    bool bias;
    float zero;  ///< point of the input
};

/// A random scale of the input "x" behind a relu, with its zero point in `file`, and numbers for it; `odd`: NaN,
/// infinity and 0 are among them.
struct drawn_input {
    float scale;
    std::vector<float> numbers;
    byte_image bytes;

    drawn_input(
        random_source& random, const shape& dims, float zero, tensors& file, bool odd = true)
        : scale(random.number(0.001f, 0.02f)),
          numbers(random.numbers(static_cast<std::size_t>(dims.count()), -1, 6)) {
        file.all["x.output_scale"] = {scale};
        file.all["x.output_zero_point"] = {zero};
        if (odd) {
            numbers[0] = std::numeric_limits<float>::quiet_NaN();
            numbers[1] = std::numeric_limits<float>::infinity();
            numbers[2] = 0;
        }
        std::vector<float> positive = numbers;
        for (float& v : positive) v = v < 0 ? 0 : v;
        bytes = to_bytes(positive, dims, scale, zero);
    }
};

/// An output's weights in 8 bits.
struct quantized_row {
    float scale = 1;
    std::vector<int> q;

    quantized_row(const float* weight, int count) : q(static_cast<std::size_t>(count), 0) {
        double most = 0;
        for (int i = 0; i < count; ++i)
            most = std::max(most, std::fabs(static_cast<double>(weight[i])));
        scale = static_cast<float>(most / 127);
        if (scale < 1.2e-38f) scale = 1;
        for (int i = 0; i < count && most > 0; ++i)
            q[static_cast<std::size_t>(i)] = static_cast<int>(std::nearbyint(static_cast<float>(
                static_cast<double>(weight[i]) * static_cast<double>(1 / scale))));
    }
};

/// A convolution of whole numbers with what surrounds it, as plan.fbs and kernels/quads.cl.hpp say it.
inline std::vector<float> convolve(byte_image x, float scale, float zero, const shape& out,
    const window& win, const std::vector<float>& weight, const std::vector<float>& bias) {
    const int in = x.dims.c, depth = in * win.kernel_h * win.kernel_w;
    std::vector<float> y;
    for (int n = 0; n < out.n; ++n)
        for (int o = 0; o < out.c; ++o) {
            const quantized_row row(weight.data() + static_cast<std::ptrdiff_t>(o) * depth, depth);
            const std::vector<int>& q = row.q;
            long long sum_of_weights = 0;
            for (const int number : q) sum_of_weights += number;
            const double each = static_cast<double>(row.scale) * static_cast<double>(scale);
            const auto factor = static_cast<float>(each);
            const auto shift = static_cast<float>(
                (bias.empty() ? 0.0 : static_cast<double>(bias[static_cast<std::size_t>(o)]))
                - each * static_cast<double>(zero) * static_cast<double>(sum_of_weights));
            for (int h = 0; h < out.h; ++h)
                for (int w = 0; w < out.w; ++w) {
                    int sum = 0, k = 0;
                    for (int i = 0; i < in; ++i)
                        for (int kh = 0; kh < win.kernel_h; ++kh)
                            for (int kw = 0; kw < win.kernel_w; ++kw, ++k) {
                                const int r = h * win.stride_h - win.pad_top + kh * win.dilation_h,
                                          c = w * win.stride_w - win.pad_left + kw * win.dilation_w;
                                const bool inside
                                    = r >= 0 && r < x.dims.h && c >= 0 && c < x.dims.w;
                                sum += (inside ? x.at(n, i, r, c) : static_cast<int>(zero))
                                    * q[static_cast<std::size_t>(k)];
                            }
                    y.push_back(std::fma(static_cast<float>(sum), factor, shift));
                }
        }
    return y;
}

/// The network of a case with its weights, numbers for "x", and the bits that `output` then has.
struct drawn_layer {
    network net;
    tensors file;
    std::string_view output;
    shape dims;  ///< of the layer's result
    std::vector<float> numbers, wanted;

    drawn_layer(random_source& random, const layer_case& each) : output("y") {
        const tensor x = net.input("x", each.in) | relu{};
        const tensor made = x | conv2d{"conv", each.options};
        net.output("y", made);
        REQUIRE(net.problems.empty());
        dims = made.dims;
        const window win = net.nodes.back().attr.win;
        const int depth = each.in.c * win.kernel_h * win.kernel_w;
        auto& weight = file.all["conv.weight"]
            = random.numbers(static_cast<std::size_t>(each.options.out * depth));
        std::fill_n(weight.begin() + depth, depth, 0.0f);  // an output of nothing
        for (int i = 0; i < depth; ++i) weight[static_cast<std::size_t>(2 * depth + i)] = 1;
        for (int i = 0; i < depth; ++i) weight[static_cast<std::size_t>(3 * depth + i)] = -1e-30f;
        std::vector<float> bias;
        if (each.options.bias)
            file.all["conv.bias"] = bias
                = random.numbers(static_cast<std::size_t>(static_cast<int>(each.options.out)));
        const drawn_input input(random, each.in, each.zero, file);
        numbers = input.numbers;
        wanted = convolve(input.bytes, input.scale, each.zero, dims, win, weight, bias);
    }

    drawn_layer(random_source& random, const rows_case& each) : output("raw") {
        const tensor x = net.input("x", each.in) | relu{};
        const tensor made = x | linear{"fc", {.out = each.out, .bias = each.bias}};
        // A last layer is not in 8 bits: of the one behind, only what this one gives is looked at.
        net.output("y", made | layer_norm{"norm"});
        net.output("raw", add(made, made));
        REQUIRE(net.problems.empty());
        dims = made.dims;
        const int depth = each.in[each.in.rank - 1];
        const auto rows = static_cast<int>(each.in.count()) / depth;
        file.all["fc.weight"] = random.numbers(static_cast<std::size_t>(each.out * depth));
        if (each.bias) file.all["fc.bias"] = random.numbers(static_cast<std::size_t>(each.out));
        file.all["norm.weight"] = file.all["norm.bias"]
            = std::vector<float>(static_cast<std::size_t>(each.out), 1.0f);
        // The rows as images of one pixel.
        const drawn_input input(random, {rows, depth, 1, 1}, each.zero, file, false);
        numbers = input.numbers;
        wanted = convolve(input.bytes, input.scale, each.zero, {rows, each.out, 1, 1}, {},
            file.all["fc.weight"], each.bias ? file.all["fc.bias"] : std::vector<float>());
        for (float& v : wanted) v += v;
    }
};

inline constexpr target classes[] = {cpu, cpu_avx2, cpu_neon};

/// One of the classes, drawn; where the tests are long, all.
inline std::vector<target> drawn_classes(random_source& random) {
    return random.some_of(std::span<const target>(classes), 1);
}

inline std::vector<float> run(const network& net, const target& on, tensors& file,
    const std::vector<float>& x, std::string_view output) {
    const engine made(plan_at_run_time(net, on.int8()), file.file(planned_network(net, on.int8())));
    context c = made.make_context();
    c.set_input("x", x);
    c.run();
    const auto got = c.get(output);
    return {got.begin(), got.end()};
}

/// The same of a depthwise convolution: weight is [channels, kernel_h, kernel_w].
inline std::vector<float> convolve_depthwise(byte_image x, float scale, float zero,
    const shape& out, const window& win, const std::vector<float>& weight,
    const std::vector<float>& bias) {
    const int taps = win.kernel_h * win.kernel_w;
    std::vector<float> y;
    for (int n = 0; n < out.n; ++n)
        for (int c = 0; c < out.c; ++c) {
            const quantized_row row(weight.data() + static_cast<std::ptrdiff_t>(c) * taps, taps);
            const auto factor
                = static_cast<float>(static_cast<double>(row.scale) * static_cast<double>(scale));
            for (int h = 0; h < out.h; ++h)
                for (int w = 0; w < out.w; ++w) {
                    int sum = 0;
                    for (int k = 0; k < taps; ++k) {
                        const int r
                            = h * win.stride_h - win.pad_top + k / win.kernel_w * win.dilation_h;
                        const int i
                            = w * win.stride_w - win.pad_left + k % win.kernel_w * win.dilation_w;
                        if (r >= 0 && r < x.dims.h && i >= 0 && i < x.dims.w)
                            sum += (x.at(n, c, r, i) - static_cast<int>(zero))
                                * row.q[static_cast<std::size_t>(k)];
                    }
                    y.push_back(std::fma(static_cast<float>(sum), factor,
                        bias.empty() ? 0.0f : bias[static_cast<std::size_t>(c)]));
                }
        }
    return y;
}

/// Ranges that random weights of a network about fill, beside these.
inline tensors drawn(const network& net, random_source& random) {
    tensors out;
    for (const lamina::parameter& p : net.parameters) {
        const std::string at(p.at.view());
        float terms = 1;
        for (int axis = 1; axis < p.dims.rank; ++axis) terms *= static_cast<float>(p.dims[axis]);
        const bool is_variance = at.ends_with("running_var");
        const float bound = is_variance ? 2 : std::sqrt(3 / terms);
        auto& values = out.all[at] = random.numbers(
            static_cast<std::size_t>(p.dims.count()), is_variance ? 0.5f : -bound, bound);
        // Layers of whole numbers round these exactly, so that no weight lies halfway between two: folding a
        // batch norm would round it the other way than the reference does.
        if (at.ends_with("weight") && p.dims.rank > 1)
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] = bound / 127
                    * static_cast<float>(
                        i % static_cast<std::size_t>(terms) ? random.integer(-126, 126) : 127);
        if (at.ends_with("output_scale")) values = {random.number(0.02f, 0.05f)};
        if (at.ends_with("output_zero_point"))
            values = {static_cast<float>(random.integer(0, 200))};
    }
    return out;
}

/// The plan's steps, counted by the kernels and the types of their results.
struct step_counts {
    std::map<std::string, int, std::less<>> kernels;
    int bytes = 0;  ///< tensors in 8 bits

    explicit step_counts(const plan_records& plan) {
        for (const plan_tensor& t : plan.tensors) bytes += t.type == dtype::u8;
        for (const plan_step& s : plan.steps) ++kernels[std::string(plan.kernels[s.kernel].family)];
    }
    int of(std::string_view kernel) const {
        const auto found = kernels.find(kernel);
        return found == kernels.end() ? 0 : found->second;
    }
};

/// Compares an int8 plan of a network with one input, of random weights and numbers, with the reference at every
/// step on one of these classes, drawn (LAMINA_TEST_LONG: on all), and gives its plan to `look`. Numbers that lie
/// halfway may be rounded either way, and where several of them meet again, the reference's bound, which adds squares,
/// can be too small: one draw in 30 has such. So a difference counts if five draws have one.
template <class Look>
void agrees_with_reference(random_source& random, const network& net, Look look,
    std::span<const target> targets = classes) {
    REQUIRE(net.problems.empty());
    const network planned = planned_network(net, cpu.int8());
    for (const target& on : random.some_of(targets, 1)) {
        INFO(std::string(on.label()));
        const run_time_plan plan = plan_at_run_time(net, on.int8());
        const quick_kernels quick(on);
        std::string difference;
        for (int draw = 0; draw < 5; ++draw) {
            tensors file = drawn(planned, random);
            const reference oracle(planned, file.lookup());
            reference_inputs inputs;
            reference_tensor& x = inputs[std::string(net.nodes[0].at.view())];
            x = reference_tensor(net.nodes[0].dims);
            x.values = random.numbers(x.values.size());
            const engine made(plan, file.file(planned));
            context c = made.make_context();
            const step_comparison found = compare_steps(c, oracle, inputs);
            CHECK(found.unjudged == 0);
            if (draw == 0) look(c, plan, plan_at_run_time(net, on));
            difference = found.same ? "" : found.sentence();
            if (found.same) break;
        }
        CHECK(difference == "");
    }
}

}  // namespace lamina_test
