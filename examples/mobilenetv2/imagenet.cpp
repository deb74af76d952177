// SPDX-License-Identifier: Apache-2.0
// Names what is on a photo, out of ImageNet's 1000 classes: MobileNetV2.
#include "../support/lines.hpp"
#include "../support/scores.hpp"
#include "mobilenetv2.hpp"
#include "preprocess.hpp"

#include <lamina/plan_for.hpp>

using net = zoo::mobilenetv2_of_bytes<>;
static_assert(lamina::plan<net, lamina::cpu>.steps <= 55);

int main(int argc, char** argv) {
    const auto start = examples::clock::now();
    CLI::App app("Names what is on a photo, out of ImageNet's 1000 classes.");
    std::string image, weights, labels, device;
    bool json = false, plan = false;
    app.add_option("--image", image, "picture: PNG, JPEG or BMP")->required();
    app.add_option("--weights", weights, "mobilenetv2_imagenet.safetensors")->required();
    app.add_option("--labels", labels, "a text file with 1001 lines")->required();
    app.add_option("--device", device, "type, index or part of the name; the best one if left out");
    app.add_flag("--json", json, "print JSON only");
    app.add_flag("--plan", plan, "print the plan's steps as a table, too");
    return examples::run_program(app, argc, argv, [&] {
        const auto picture = examples::read_picture(image);
        const auto names = examples::read_lines(labels);
        const auto chosen = examples::chosen_device(device);
        const lamina::engine engine(
            lamina::plan_for<net>(chosen), lamina::weights::open(weights), chosen);
        examples::classify(
            engine, mobilenetv2_program::to_input(picture), names, image, start, json, plan);
    });
}
