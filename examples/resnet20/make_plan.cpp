// SPDX-License-Identifier: Apache-2.0
// Writes ResNet-20 as one .plan file that needs neither network nor weights: make_plan FILE.
// The build runs it for plan_embedded; run_plan runs such files.
#include "../support/program.hpp"
#include "resnet20.hpp"

#include <lamina/plan_for.hpp>

using net = zoo::resnet20<>;

int main(int argc, char** argv) {
    CLI::App app("Writes ResNet-20 with its weights as one .plan file.");
    std::string path, device_class = "cpu";
    bool binaries = false;
    app.add_option("FILE", path, "file to write")->required();
    app.add_option("--class", device_class, "devices that will run it: cpu or gpu")
        ->check(CLI::IsMember({"cpu", "gpu"}));
    app.add_flag("--binaries", binaries, "add this device's compiled kernels");
    return examples::run_program(app, argc, argv, [&] {
        const auto weights = lamina::weights::open(EXAMPLE_DIR "/resnet20_lamina.safetensors");
        std::span<const std::byte> plan = lamina::plan<net, lamina::cpu>;
        if (device_class == "gpu") plan = lamina::plan<net, lamina::gpu>;
        const lamina::engine engine(plan, weights);
        engine.save(path, {.with_binaries = binaries});
        std::printf("%zu steps for %s\n", engine.plan().steps.size(), device_class.c_str());
    });
}
