// SPDX-License-Identifier: Apache-2.0
// The same program as one file: weights and a picture are linked in by lamina_embed(), so that it
// runs from any folder with no other file. Only the line that opens the weights is another one.
#include "resnet20.hpp"
#include "show.hpp"

#include <lamina/plan_for.hpp>

using net = zoo::resnet20<>;

int main(int argc, char** argv) {
    const auto load = [](const lamina::device& device) {
        const auto weights = lamina::embedded("resnet20");
        return lamina::engine(lamina::plan_for<net>(device), weights, device);
    };
    const auto cat
        = [] { return examples::decode_picture(lamina::embedded("cat").bytes, "embedded cat"); };
    return resnet20_program::main_with(
        {.engine = load, .default_picture = cat, .default_name = "embedded cat"}, argc, argv);
}
