// SPDX-License-Identifier: Apache-2.0
// Linear layers with weights of 4 and 8 bits in groups (network::quantize_weights) on every target, against the
// reference, which computes with the weights that the numbers stand for, and against formulas written here.
#include "support/random.hpp"
#include "support/weights_file.hpp"

#include <doctest/doctest.h>
#include <lamina/debug.hpp>
#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/reference/reference.hpp>
#include <lamina/run.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

/// Each kind of weights is tried on two, drawn, of the first two and two of the others (LAMINA_TEST_LONG: on the four).
constexpr target classes[] = {cpu, gpu};
constexpr target others[] = {cpu_avx2, cpu_neon, cpu.half(), cpu.bf16(), gpu.half(), gpu.tf32(),
    gpu.general_sizes(), gpu.bf16()};
constexpr weight_options kinds[]
    = {{.bits = 4, .group = 32}, {.bits = 4, .group = 16, .zero_points = true},
        {.bits = 8, .group = 64}, {.bits = 8, .group = 24, .zero_points = true}};

/// One row, a few and many; odd depths and columns, groups that end early, one that is longer than the depth; an odd
/// number of panels, which one row takes in pairs; pointwise work, residuals and a norm behind.
void layers(network& net) {
    const tensor one = net.input("one", {1, 301}) | linear{"a", 40} | relu{};
    net.output("one", one | linear{"b", {.out = 17, .bias = false}});
    const tensor wide = net.input("wide", {1, 83}) | linear{"wide", 533};
    net.output("wide", add(wide | linear{"wider", {.out = 533, .bias = false}}, wide) | relu{});
    net.output("edges", net.input("edges", {5, 75}) | linear{"edges", 64});
    const tensor few = net.input("few", {3, 7, 130}) | linear{"c", 66} | silu{};
    net.output("few", add(few, few | linear{"d", 66}) | layer_norm{"norm"});
    const tensor many = net.input("many", {61, 19}) | linear{"e", 48};
    net.output("many", many | linear{"f", 1} | linear{"g", 5} | softmax{});
    net.output("image",
        net.input("image", {2, 20, 6, 6})
            | global_avg_pool{}
            | linear{"h", 20}
            | batch_norm{"bn"}
            | hard_swish{});
}

/// Random weights; those of "edges" have groups that are all 0, all equal, very small, of one sign, and with one large
/// number. Outputs of equal groups, or of weights whose mean is not 0, err alike, which the bound of a layer behind
/// them does not expect: "edges" is the last one, and the others' mean is 0.
floats_by_name draw(const network& net, random_source& random) {
    floats_by_name out;
    for (const lamina::parameter& p : net.parameters) {
        const std::string at(p.at.view());
        const auto count = static_cast<std::size_t>(p.dims.count());
        auto& own = out[at] = random.numbers(count, at.ends_with("var") ? 0.25f : -0.5f, 0.5f);
        if (at != "edges.weight") continue;
        const auto width = static_cast<std::size_t>(p.dims.c);
        for (std::size_t row = 0; row < count; row += width) {
            const auto begin = own.begin() + static_cast<std::ptrdiff_t>(row);
            const auto end = begin + static_cast<std::ptrdiff_t>(std::min<std::size_t>(width, 32));
            switch (random.integer(0, 7)) {
            case 0:
                std::fill(begin, end, 0.0f);
                break;
            case 1:
                std::fill(begin, end, random.number());
                break;
            case 2:
                std::transform(begin, end, begin, [](float w) { return w * 1e-20f; });
                break;
            case 3:
                std::transform(begin, end, begin, [](float w) { return std::fabs(w); });
                break;
            case 4:
                std::transform(begin, end, begin, [](float w) { return -std::fabs(w); });
                break;
            case 5:
                *begin = 100;
                break;
            default:
                break;
            }
        }
    }
    return out;
}

weights_lookup lookup_of(const floats_by_name& all) {
    return
        [&all](std::string_view name) -> std::span<const float> { return all.find(name)->second; };
}

std::string label(const target& on, const weight_options& how) {
    return std::string(on.label()) + " " + std::string(to_text(on.numbers.storage)) + ", "
        + std::to_string(how.bits) + " bits in groups of " + std::to_string(how.group)
        + (how.zero_points ? " with zero points" : "");
}

/// What a row of weights becomes, as plan.fbs says it, in doubles but for the scale.
std::vector<float> rounded(std::vector<float> row, const weight_options& how) {
    const int half = 1 << (how.bits - 1);
    for (std::size_t first = 0; first < row.size();
        first += static_cast<std::size_t>(int{how.group})) {
        const auto end = std::min(row.size(), first + static_cast<std::size_t>(int{how.group}));
        double low = 0, high = 0;
        for (std::size_t i = first; i < end; ++i) {
            low = std::min(low, static_cast<double>(row[i]));
            high = std::max(high, static_cast<double>(row[i]));
        }
        const auto scale = static_cast<float>(
            how.zero_points ? (high - low) / (2 * half - 1) : std::max(high, -low) / (half - 1));
        const double zero
            = how.zero_points ? std::nearbyint(static_cast<float>(-low) * (1 / scale)) : half;
        for (std::size_t i = first; i < end; ++i) {
            double q = std::nearbyint(row[i] * (1 / scale)) + zero;
            q = std::clamp(q, how.zero_points ? 0.0 : 1.0, 2.0 * half - 1);
            CHECK(std::fabs((q - zero) * scale - row[i])
                <= 0.5001 * scale * (how.zero_points ? 2 : 1));
            row[i] = static_cast<float>(q - zero) * scale;
        }
    }
    return row;
}

}  // namespace

TEST_CASE("weights in groups: every step agrees with the reference on every target") {
    random_source random("groups");
    for (std::size_t kind = 0; kind < std::size(kinds); ++kind) {
        const weight_options& how = kinds[kind];
        network net;
        layers(net);
        net.quantize_weights(how);
        REQUIRE(net.problems.empty());
        const floats_by_name file = draw(net, random);
        const std::vector<std::byte> bytes = weights_file(net, file);
        const weights opened = weights::from_bytes(bytes, "drawn");
        const reference oracle(net, lookup_of(file));
        reference_inputs inputs;
        for (const node& n : net.nodes)
            if (is_input(n.kind)) {
                reference_tensor& x = inputs[std::string(n.at.view())] = reference_tensor(n.dims);
                x.values = random.numbers(x.size());
            }
        const target four[] = {classes[0], classes[1], others[kind], others[kind + 4]};
        for (const target& on : random.some_of(std::span<const target>(four), 2)) {
            INFO(label(on, how));
            const run_time_plan plan = plan_at_run_time(net, on);
            const engine made(plan, opened);
            int steps = 0;
            for (const plan_step& s : made.plan().steps)
                steps += made.plan().kernels[s.kernel].family
                    == (on.is_cpu() ? "linear_groups" : "matvec_groups");
            CHECK(steps == 11);
            context c = made.make_context();
            const step_comparison found = compare_steps(c, oracle, inputs);
            CHECK_MESSAGE(found.same, found.sentence());
            CHECK(found.unjudged == 0);
        }
    }
}

TEST_CASE(
    "weights in groups: rows of the unit matrix give the weights that the numbers stand for") {
    random_source random("groups unit");
    constexpr std::pair<int, int> sizes[] = {{70, 33}, {128, 16}, {17, 50}};
    for (const weight_options& how : kinds) {
        network net;
        for (const auto& [inputs, outputs] : sizes)
            net.output(name("y") / inputs,
                net.input(name("x") / inputs, {inputs, inputs})
                    | linear{name("fc") / inputs, {.out = outputs, .bias = false}});
        net.quantize_weights(how);
        REQUIRE(net.problems.empty());
        floats_by_name file;
        std::map<std::string, std::vector<float>> wanted, units;
        for (const auto& [inputs, outputs] : sizes) {
            const auto count = static_cast<std::size_t>(inputs * outputs);
            const std::string number = std::to_string(inputs);
            const auto& weight = file["fc." + number + ".weight"] = random.numbers(count, -3, 2);
            auto& unit = units[number];
            unit.resize(static_cast<std::size_t>(inputs * inputs));
            for (int i = 0; i < inputs; ++i) unit[static_cast<std::size_t>(i * inputs + i)] = 1;
            auto& all = wanted[number];
            all.resize(count);
            for (int o = 0; o < outputs; ++o) {
                const auto row = weight.begin() + o * inputs;
                const std::vector<float> known = rounded({row, row + inputs}, how);
                for (int i = 0; i < inputs; ++i)
                    all[static_cast<std::size_t>(i * outputs + o)]
                        = known[static_cast<std::size_t>(i)];
            }
        }
        const std::vector<std::byte> bytes = weights_file(net, file);
        for (const target& on : random.some_of(std::span<const target>(classes), 1)) {
            INFO(label(on, how));
            const engine made(plan_at_run_time(net, on), weights::from_bytes(bytes, "drawn"));
            context c = made.make_context();
            for (const auto& [number, unit] : units) c.set_input("x." + number, unit);
            c.run();
            for (const auto& [number, all] : wanted) {
                INFO(number, " inputs");
                const auto y = c.get("y." + number);
                CHECK(std::equal(all.begin(), all.end(), y.begin(), y.end()));
            }
        }
    }
}
