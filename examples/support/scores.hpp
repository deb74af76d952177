// SPDX-License-Identifier: Apache-2.0
// A classifier's answer for people (a bar for each of the first five) and as JSON.
#pragma once
#include "program.hpp"

#include <lamina/plan/print.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>

namespace examples {

struct answer {
    std::vector<float> probabilities;
    double first_ms = 0;  ///< from the start of main() to the first result
    double run_ms = 0;    ///< one more run, the median of some
};

/// "  cat            98.8 %  ####################"
inline std::string bar_row(std::string label, double part) {
    constexpr std::size_t wide = 24;
    if (label.size() > wide) label = label.substr(0, wide - 3) + "...";
    char text[80];
    std::snprintf(text, sizeof text, "  %-*s %5.1f %%  ", int{wide}, label.c_str(), 100 * part);
    std::string row = text + std::string(static_cast<std::size_t>(std::lround(30 * part)), '#');
    row.resize(row.find_last_not_of(' ') + 1);
    return row;
}

/// The picture's name, the first five with a bar each, a line about plan and time.
inline void print_for_people(const std::string& picture, std::span<const std::string> labels,
    const answer& a, const lamina::engine& engine) {
    std::printf("%s\n", picture.c_str());
    for (int i : lamina::top_k(a.probabilities, 5)) {
        const auto at = static_cast<std::size_t>(i);
        std::printf("%s\n", bar_row(labels[at], a.probabilities[at]).c_str());
    }
    const lamina::plan_records& plan = engine.plan();
    std::printf(
        "%zu steps, %.0f KB of weights, %.0f KB of memory; first result after %.0f ms, then "
        "%.2f ms on %s\n",
        plan.steps.size(), static_cast<double>(plan.weight_bytes) / 1e3,
        static_cast<double>(plan.arena_bytes) / 1e3, a.first_ms, a.run_ms,
        engine.device_of().name().c_str());
}

/// {"top5": [{"label", "probability"}...], "plan": {"steps", "arena_bytes", "weight_bytes"}}
inline void print_json(
    std::span<const std::string> labels, const answer& a, const lamina::engine& engine) {
    using json = nlohmann::ordered_json;
    json top = json::array();
    for (int i : lamina::top_k(a.probabilities, 5)) {
        const auto at = static_cast<std::size_t>(i);
        top.push_back({{"label", labels[at]}, {"probability", a.probabilities[at]}});
    }
    const lamina::plan_records& plan = engine.plan();
    const json all{{"top5", top},
        {"plan",
            {{"steps", plan.steps.size()}, {"arena_bytes", plan.arena_bytes},
                {"weight_bytes", plan.weight_bytes}}}};
    std::printf("%s\n", all.dump(2).c_str());
}

/// Runs the network on one picture and prints what it says; the end of a classifier's main().
template <class Input>
void classify(const lamina::engine& engine, const Input& input, std::span<const std::string> labels,
    const std::string& picture, clock::time_point start, bool json, bool plan) {
    answer a;
    a.probabilities = lamina::softmax_of(engine.run(input));
    a.first_ms = ms_since(start);
    if (labels.size() != a.probabilities.size())
        throw lamina::error(lamina::errc::option, "labels",
            std::to_string(labels.size()) + " labels are given, the network has "
                + std::to_string(a.probabilities.size()) + " classes; give one line for each");
    if (json) return print_json(labels, a, engine);
    if (plan) std::printf("%s\n", lamina::plan_table(engine.plan()).c_str());
    a.run_ms = median_ms([&] { engine.run(input); });
    print_for_people(picture, labels, a, engine);
}

}  // namespace examples
