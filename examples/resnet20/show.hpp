// SPDX-License-Identifier: Apache-2.0
// The program around ResNet-20: a picture in, names out, for people or as JSON. classify.cpp,
// embedded.cpp and plan_embedded.cpp differ only in where engine and picture come from.
#pragma once
#include "../support/picture.hpp"
#include "../support/program.hpp"
#include "../support/scores.hpp"

#include <functional>

namespace resnet20_program {

inline const std::array<std::string, 10> labels{
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};

/// The normalisation that the weights were trained with, for bytes.
inline std::vector<float> to_input(const examples::picture& any_size) {
    return examples::to_input(examples::square(any_size, 32),
        {.4914f * 255, .4822f * 255, .4465f * 255}, {.2470f * 255, .2435f * 255, .2616f * 255});
}

/// Where the program's parts come from.
struct sources {
    std::function<lamina::engine(const lamina::device&)> engine;
    std::function<examples::picture()> default_picture = {};  ///< empty: --image must be given
    std::string default_name = {};
};

inline int main_with(const sources& from, int argc, char** argv) {
    const auto start = examples::clock::now();
    CLI::App app("Names what is on a picture: airplane, automobile, bird, cat, deer, dog, frog, "
                 "horse, ship or truck.");
    std::string image, device;
    bool json = false, plan = false;
    auto* option = app.add_option("--image", image, "picture: PNG, JPEG or BMP");
    if (!from.default_picture) option->required();
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    app.add_flag("--plan", plan, "print the plan's steps as a table, too");
    return examples::run_program(app, argc, argv, [&] {
        const bool is_default = option->empty();
        const auto picture = is_default ? from.default_picture() : examples::read_picture(image);
        const auto engine = from.engine(examples::chosen_device(device));
        examples::classify(engine, to_input(picture), labels,
            is_default ? from.default_name : image, start, json, plan);
    });
}

}  // namespace resnet20_program
