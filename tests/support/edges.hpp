// SPDX-License-Identifier: Apache-2.0
// Values at the ends of the range of floats: NaN, infinities, the largest, numbers too small to be
// normal. Runs networks on them with the reference and on a device, and compares, NaN with NaN.
// Used by edges.cpp of tests/reference and tests/kernels.
#pragma once
#include "quick_kernels.hpp"
#include "random_weights.hpp"
#include "reference_weights.hpp"
#include "skip.hpp"

#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamina_test {

inline constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
inline constexpr float inf_value = std::numeric_limits<float>::infinity();
inline constexpr float least_float = std::numeric_limits<float>::lowest();

/// A function of one value; its results may be off by `relative` of themselves, or by `absolute` of
/// the larger of 1 and |x|. What is too small to be normal may be 0.
struct edge_function {
    const char* name;
    lamina::tensor (*of)(lamina::tensor);
    double relative = 1e-6;
    double absolute = 0;
};

/// The functions of tests/torch/make_edges.py.
inline std::span<const edge_function> edge_functions() {
    using namespace lamina;
    // Below -88.72 exp(-x) is infinity in floats, silu and mish become 0 and not 1e-37, in PyTorch too.
    // Float64 loses 1 + tanh below -9, a difference of 1e-16.
    constexpr double tiny = 1e-36;
    static constexpr edge_function all[] = {
        {"relu", [](tensor x) { return x | relu{}; }},
        {"relu6", [](tensor x) { return x | relu6{}; }},
        {"leaky_relu", [](tensor x) { return x | leaky_relu{}; }},
        {"elu", [](tensor x) { return x | elu{}; }},
        {"sigmoid", [](tensor x) { return x | sigmoid{}; }},
        {"hard_sigmoid", [](tensor x) { return x | hard_sigmoid{}; }, 1e-6, 1e-7},
        {"tanh", [](tensor x) { return x | lamina::tanh{}; }},
        {"silu", [](tensor x) { return x | silu{}; }, 1e-6, tiny},
        {"hard_swish", [](tensor x) { return x | hard_swish{}; }, 1e-6, 1e-7},
        {"mish", [](tensor x) { return x | mish{}; }, 1e-6, tiny},
        {"gelu_erf", [](tensor x) { return x | gelu_erf{}; }, 1e-6, 1.2e-7},
        {"gelu_tanh", [](tensor x) { return x | gelu_tanh{}; }, 1e-5, 1e-15},
        {"softplus", [](tensor x) { return x | softplus{}; }},
        {"clamp", [](tensor x) { return x | lamina::clamp{-1.5f, 2.5f}; }},
        {"exp", [](tensor x) { return x | lamina::exp{}; }},
        {"log", [](tensor x) { return x | lamina::log{}; }},
        {"sqrt", [](tensor x) { return x | lamina::sqrt{}; }},
        {"abs", [](tensor x) { return x | lamina::abs{}; }},
        {"neg", [](tensor x) { return -x; }},
        {"add", [](tensor x) { return x + 1.5f; }},
        {"rsub", [](tensor x) { return 1.5f - x; }},
        {"mul", [](tensor x) { return x * -2.25f; }},
        {"rdiv", [](tensor x) { return 2 / x; }},
        {"square", [](tensor x) { return pow(x, 2); }},
        {"cube", [](tensor x) { return pow(x, 3); }},
        {"inverse", [](tensor x) { return pow(x, -1); }},
        {"power", [](tensor x) { return pow(x, 1.5f); }},
        {"rpow", [](tensor x) { return pow(2, x); }},
        {"min", [](tensor x) { return min(x, 0.5f); }},
        {"max", [](tensor x) { return max(x, 0.5f); }},
    };
    return all;
}

inline constexpr const char* edges_file = "tests/torch/edges.safetensors";

/// What PyTorch recorded of a function, "x": the inputs. Ask has_source_file(edges_file) before.
inline std::vector<float> recorded_edges(const std::string& name) {
    static const lamina::weights opened = lamina::weights::open(source_file(edges_file));
    const lamina::weight_view* view = opened.find(name);
    REQUIRE_MESSAGE(view, name);
    return as_floats(*view);
}

/// A float as plans with such storage give it.
inline float to_storage_and_back(float value, lamina::dtype storage) {
    if (storage == lamina::dtype::f32 || std::isnan(value)) return value;
    const bool half = storage == lamina::dtype::f16;
    int exponent = 0;
    std::frexp(value, &exponent);
    const double unit = std::ldexp(1.0, std::max(exponent - (half ? 11 : 8), half ? -24 : -133));
    const double rounded = std::isinf(value) ? value : std::nearbyint(value / unit) * unit;
    const double limit = half ? 65504.0 : std::ldexp(255.0, 120);
    return std::fabs(rounded) > limit ? std::copysign(inf_value, value)
                                      : static_cast<float>(rounded);
}

/// Empty where `found` is the expected number, the same infinity, or a NaN for a NaN; else a sentence.
inline std::string edge_mistake(
    double found, double expected, double relative, double absolute = 0) {
    constexpr double least_normal = 1.1754944e-38;
    if (std::isnan(expected) ? std::isnan(found) : found == expected) return {};
    const double off = std::fabs(found - expected);
    if (std::isfinite(expected) && std::isfinite(found)
        && off <= std::fmax(least_normal, std::fmax(absolute, relative * std::fabs(expected))))
        return {};
    char text[120];
    std::snprintf(text, sizeof text, "%.9g, expected %.9g", found, expected);
    return text;
}

using named_values = std::vector<std::pair<std::string, std::vector<float>>>;

/// A network's floats on the default device, by output.
inline named_values run_on_device(
    const lamina::network& net, const lamina::target& target, const named_values& inputs) {
    random_source random("edges");
    const random_weights weights(net, random);
    const quick_kernels quick(target);
    const lamina::engine engine(lamina::plan_at_run_time(net, target), weights.opened());
    lamina::context run = engine.make_context();
    for (const auto& [name, numbers] : inputs) run.set_input(name, numbers);
    run.run();
    named_values out;
    for (const lamina::output_binding& binding : net.outputs) {
        const std::string name(binding.at.view());
        if (net.nodes[static_cast<std::size_t>(binding.node)].type == lamina::dtype::i32) {
            const auto found = run.get<int>(name);
            out.emplace_back(name, std::vector<float>(found.begin(), found.end()));
        } else {
            const auto found = run.get(name);
            out.emplace_back(name, std::vector<float>(found.begin(), found.end()));
        }
    }
    return out;
}

/// The same by the reference.
inline named_values run_on_reference(const lamina::network& net, const named_values& inputs) {
    random_source random("edges");
    const random_weights weights(net, random);
    lamina::reference_inputs given;
    for (const lamina::node& n : net.nodes) {
        if (n.kind != lamina::op::input) continue;
        lamina::reference_tensor& x = given[std::string(n.at.view())]
            = lamina::reference_tensor(n.dims);
        for (const auto& [name, numbers] : inputs)
            if (name == n.at.view()) x.values = numbers;
    }
    const lamina::reference oracle(net, weights.lookup());
    const auto values = oracle.run(given);
    named_values out;
    for (const lamina::output_binding& binding : net.outputs) {
        const std::string name(binding.at.view());
        const lamina::reference_tensor& found = oracle.output(values, name);
        if (found.type == lamina::dtype::i32)
            out.emplace_back(name, std::vector<float>(found.indices.begin(), found.indices.end()));
        else
            out.emplace_back(name, found.values);
    }
    return out;
}

inline lamina::network sound_network(void (*define)(lamina::network&)) {
    lamina::network net;
    define(net);
    for (const lamina::problem& found : net.problems)
        FAIL_CHECK(std::string(full_sentence(found).view()));
    REQUIRE(net.problems.empty());
    return net;
}

/// A network whose right results somebody else computed.
struct edge_case {
    const char* name;
    void (*define)(lamina::network&);
    named_values inputs, outputs;
};

/// What PyTorch gives for layers that look at many values. The numbers are those of float64.
inline std::vector<edge_case> edge_cases() {
    using namespace lamina;
    constexpr float n = nan_value, i = inf_value, f = least_float;
    std::vector<edge_case> all;
    all.push_back({"log_softmax, softmax and logsumexp subtract the greatest value before all else",
        [](network& net) {
            const tensor x = net.input("x", {8, 3});
            net.output("log", x | log_softmax{});
            net.output("share", x | softmax{});
            net.output("sum", x | reduce_logsumexp{-1});
            const tensor columns = net.input("columns", {3, 8});
            net.output("log_columns", columns | log_softmax{0});
        },
        {{"x",
             {1e4f, 1e4f, 9999, 1e3f, 1e3f, 999, 1e8f, 1e8f, 1e8f, -1e8f, -1e8f, -1e8f, i, 0, 1, -i,
                 0, 1, -i, -i, -i, n, 0, 1}},
            {"columns",
                {1e4f, 1e3f, 1e8f, -1e8f, i, -i, -i, n, 1e4f, 1e3f, 1e8f, -1e8f, 0, 0, -i, 0, 9999,
                    999, 1e8f, -1e8f, 1, 1, -i, 1}}},
        {{"log",
             {-0.8619948f, -0.8619948f, -1.8619948f, -0.8619948f, -0.8619948f, -1.8619948f,
                 -1.0986123f, -1.0986123f, -1.0986123f, -1.0986123f, -1.0986123f, -1.0986123f, n, n,
                 n, -i, -1.3132617f, -0.3132617f, n, n, n, n, n, n}},
            {"share",
                {0.4223188f, 0.4223188f, 0.1553624f, 0.4223188f, 0.4223188f, 0.1553624f, 0.3333333f,
                    0.3333333f, 0.3333333f, 0.3333333f, 0.3333333f, 0.3333333f, n, n, n, 0,
                    0.2689414f, 0.7310586f, n, n, n, n, n, n}},
            {"sum", {10000.862f, 1000.862f, 1e8f, -1e8f, i, 1.3132617f, -i, n}},
            {"log_columns",
                {-0.8619948f, -0.8619948f, -1.0986123f, -1.0986123f, n, -i, n, n, -0.8619948f,
                    -0.8619948f, -1.0986123f, -1.0986123f, n, -1.3132617f, n, n, -1.8619948f,
                    -1.8619948f, -1.0986123f, -1.0986123f, n, -0.3132617f, n, n}}}});
    all.push_back({"min and max of two tensors and of a number let a NaN through",
        [](network& net) {
            const tensor a = net.input("a", {5}), b = net.input("b", {5});
            net.output("most", max(a, b));
            net.output("least", min(a, b));
            net.output("above", max(a, 1.5f));
            net.output("below", min(1.5f, a));
            net.output("clamped", a | lamina::clamp{0.5f, 1.5f});
        },
        {{"a", {n, 1, n, 2, -i}}, {"b", {1, n, n, 3, i}}},
        {{"most", {n, n, n, 3, i}}, {"least", {n, n, n, 2, -i}}, {"above", {n, 1.5f, n, 2, 1.5f}},
            {"below", {n, 1, n, 1.5f, -i}}, {"clamped", {n, 1, n, 1.5f, 0.5f}}}});
    all.push_back({"pools, reductions and argmax give the NaN of their window",
        [](network& net) {
            const tensor x = net.input("x", {1, 1, 4, 4});
            net.output("max_pool", x | max_pool{{.kernel = 2}});
            net.output("avg_pool", x | avg_pool{{.kernel = 2}});
            net.output("adaptive_max", x | adaptive_max_pool{2});
            net.output("global_max", x | global_max_pool{});
            net.output("rows_max", x | reduce_max{{3}, false});
            net.output("rows_min", x | reduce_min{{3}, false});
            net.output("rows_sum", x | reduce_sum{{3}, false});
            net.output("argmax", x | argmax{3});
        },
        {{"x", {1, n, 3, 4, 5, 6, 7, 8, -i, -i, -1, 2, -i, n, i, n}}},
        {{"max_pool", {n, 8, n, n}}, {"avg_pool", {n, 5.5f, n, n}}, {"adaptive_max", {n, 8, n, n}},
            {"global_max", {n}}, {"rows_max", {n, 8, 2, n}}, {"rows_min", {n, 5, -i, n}},
            {"rows_sum", {n, 26, -i, n}}, {"argmax", {1, 3, 3, 1}}}});
    all.push_back({"attention gives 0 for a query that sees no key, NaN for one that meets a NaN",
        [](network& net) {
            const tensor q = net.input("q", {2, 2});
            net.output("masked", attention(q, q, q, {.mask = net.input("mask", {2, 2})}));
            net.output("none", attention(q, q, q, {.mask = net.input("all", {2})}));
            net.output(
                "causal", attention(q, q, q, {.causal = true, .mask = net.input("first", {2, 2})}));
            const tensor r = net.input("r", {2, 2});
            net.output("nan", attention(r, q, q, {.mask = net.input("sound", {1, 2})}));
        },
        {{"q", {1, 2, 3, 4}}, {"mask", {-i, -i, 0, 0}}, {"all", {-i, -i}}, {"first", {-i, 0, 0, 0}},
            {"r", {1, 2, n, 4}}, {"sound", {0, -i}}},
        {{"masked", {0, 0, 2.9999009f, 3.9999009f}}, {"none", {0, 0, 0, 0}},
            {"causal", {0, 0, 2.9999009f, 3.9999009f}}, {"nan", {1, 2, n, n}}}});
    all.push_back(
        {"attention gives the average for a query whose keys the least finite number masks",
            [](network& net) {
                const tensor q = net.input("q", {2, 2}), keys = net.input("keys", {1, 1, 2});
                net.output("least", attention(q, q, q, {.mask = net.input("mask", {2, 2})}));
                net.output("made",
                    attention(q, q, q, {.mask = (1.0f - keys) * least_float | reshape{{1, 2}}}));
                const tensor scores = matmul(q, q, {.transpose_b = true});
                net.output("by_hand", add(scores, net.input("other", {2, 2})) | softmax{});
                net.output("alone", net.input("scores", {2, 2}) | softmax{});
            },
            {{"q", {1, 2, 3, 4}}, {"keys", {0, 0}}, {"mask", {f, f, 0, f}},
                {"other", {f, f, 0, -1e9f}}, {"scores", {f, f, -i, f}}},
            {{"least", {2, 3, 1, 2}}, {"made", {2, 3, 2, 3}}, {"by_hand", {0.5f, 0.5f, 1, 0}},
                {"alone", {0.5f, 0.5f, 0, 1}}}});
    return all;
}

}  // namespace lamina_test
