// SPDX-License-Identifier: Apache-2.0
// Names what is on a picture: ResNet-20 with weights read from the file beside this source.
#include "resnet20.hpp"
#include "resnet20_lamina.weights.hpp"
#include "show.hpp"

#include <lamina/plan_for.hpp>
#include <lamina/planner/fits.hpp>

using net = zoo::resnet20<>;
static_assert(lamina::fits<net, resnet20_lamina_weights>);
static_assert(lamina::plan<net, lamina::cpu>.steps <= 23);
static_assert(lamina::plan<net, lamina::gpu>.steps <= 23);

int main(int argc, char** argv) {
    const auto load = [](const lamina::device& device) {
        const auto weights = lamina::weights::open(EXAMPLE_DIR "/resnet20_lamina.safetensors");
        return lamina::engine(lamina::plan_for<net>(device), weights, device);
    };
    return resnet20_program::main_with({.engine = load}, argc, argv);
}
