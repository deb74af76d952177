// SPDX-License-Identifier: Apache-2.0
// How long each step takes: a context that profiles one run, as a table.
// LAMINA_SHOW=times prints the same for any program.
#include "resnet20/resnet20.hpp"

#include <lamina/plan_for.hpp>

#include <cstdio>
#include <vector>

int main() {
    try {
        const auto device = lamina::device::best();
        const auto weights
            = lamina::weights::open(EXAMPLE_DIR "/resnet20/resnet20_lamina.safetensors");
        const lamina::engine engine(lamina::plan_for<zoo::resnet20<>>(device), weights, device);
        std::printf("%s\n%s\n", device.describe().c_str(), engine.report().table().c_str());

        auto context = engine.make_context();
        context.set_input("image", std::vector<float>(3 * 32 * 32));
        context.run();  // the first run may compile
        std::fputs(context.profile().table().c_str(), stdout);
    } catch (const lamina::error& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 2;
    }
}
