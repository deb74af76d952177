// SPDX-License-Identifier: Apache-2.0
// The same program once more without the network: make_plan wrote two files during the build, one
// for each class of devices, with plan, kernel texts and packed weights; they are linked in.
#include "show.hpp"

int main(int argc, char** argv) {
    const auto load = [](const lamina::device& device) {
        const bool is_cpu = device.facts().type == lamina::device_type::cpu;
        return lamina::engine::load(
            lamina::embedded(is_cpu ? "resnet20_cpu" : "resnet20_gpu"), device);
    };
    const auto cat
        = [] { return examples::decode_picture(lamina::embedded("cat").bytes, "embedded cat"); };
    return resnet20_program::main_with(
        {.engine = load, .default_picture = cat, .default_name = "embedded cat"}, argc, argv);
}
