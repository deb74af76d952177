// SPDX-License-Identifier: Apache-2.0
// The program around ResNet-20: a picture in, names out, for people or as JSON. classify.cpp,
// embedded.cpp and plan_embedded.cpp differ only in where engine and picture come from.
#pragma once
#include "../support/picture.hpp"
#include "../support/program.hpp"

#include <lamina/plan/print.hpp>

#include <nlohmann/json.hpp>

#include <functional>

namespace resnet20_program {

inline constexpr std::array<const char*, 10> labels{"airplane", "automobile", "bird", "cat",
    "deer", "dog", "frog", "horse", "ship", "truck"};

/// The normalisation that the weights were trained with, for bytes.
inline std::vector<float> to_input(const examples::picture& any_size) {
    return examples::to_input(examples::square(any_size, 32),
        {.4914f * 255, .4822f * 255, .4465f * 255}, {.2470f * 255, .2435f * 255, .2616f * 255});
}

struct answer {
    std::vector<float> probabilities;  ///< of `labels`
    double first_ms = 0;               ///< from the start of main() to the first result
    double run_ms = 0;                 ///< one more run, the median of some
};

/// "cat            98.8 %  ####################"
inline std::string bar_row(const std::string& label, double part) {
    char text[128];
    std::snprintf(text, sizeof text, "  %-10s  %5.1f %%  ", label.c_str(), 100 * part);
    return text + std::string(static_cast<std::size_t>(std::lround(30 * part)), '#');
}

inline void print_for_people(
    const std::string& picture, const answer& a, const lamina::engine& engine) {
    std::printf("%s\n", picture.c_str());
    for (int i : lamina::top_k(a.probabilities, 5)) {
        const auto at = static_cast<std::size_t>(i);
        std::string row = bar_row(labels[at], a.probabilities[at]);
        row.resize(row.find_last_not_of(' ') + 1);
        std::printf("%s\n", row.c_str());
    }
    const lamina::plan_records& plan = engine.plan();
    std::printf("%zu steps, %.0f KB of weights, %.0f KB of memory; first result after %.0f ms, then "
                "%.2f ms on %s\n",
        plan.steps.size(), static_cast<double>(plan.weight_bytes) / 1e3,
        static_cast<double>(plan.arena_bytes) / 1e3, a.first_ms, a.run_ms,
        engine.device_of().name().c_str());
}

inline void print_json(const answer& a, const lamina::engine& engine) {
    using json = nlohmann::ordered_json;
    json top = json::array();
    for (int i : lamina::top_k(a.probabilities, 5)) {
        const auto at = static_cast<std::size_t>(i);
        top.push_back({{"label", labels[at]}, {"probability", a.probabilities[at]}});
    }
    const lamina::plan_records& plan = engine.plan();
    const json all{{"top5", top},
        {"plan", {{"steps", plan.steps.size()}, {"arena_bytes", plan.arena_bytes},
                     {"weight_bytes", plan.weight_bytes}}}};
    std::printf("%s\n", all.dump(2).c_str());
}

/// Where the program's parts come from.
struct sources {
    const char* about;
    std::function<lamina::engine(const lamina::device&)> engine;
    std::function<examples::picture()> default_picture;  ///< empty: --image must be given
    const char* default_name = "";
};

inline int main_with(const sources& from, int argc, char** argv) {
    const auto start = examples::clock::now();
    CLI::App app(from.about);
    std::string image, device;
    bool json = false, plan = false;
    auto* option = app.add_option("--image", image, "picture: PNG, JPEG or BMP");
    if (!from.default_picture) option->required();
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    app.add_flag("--plan", plan, "print the plan's steps as a table, too");
    return examples::run_program(app, argc, argv, [&] {
        const bool is_default = image.empty() && from.default_picture;
        const auto picture = is_default ? from.default_picture() : examples::read_picture(image);
        const auto input = to_input(picture);
        const auto engine = from.engine(examples::chosen_device(device));
        answer a;
        a.probabilities = lamina::softmax_of(engine.run(input));
        a.first_ms = examples::ms_since(start);
        if (json) return print_json(a, engine);
        if (plan) std::printf("%s\n", lamina::plan_table(engine.plan()).c_str());
        a.run_ms = examples::median_ms([&] { engine.run(input); });
        print_for_people(is_default ? from.default_name : image, a, engine);
    });
}

}  // namespace resnet20_program
