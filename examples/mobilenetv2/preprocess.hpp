// SPDX-License-Identifier: Apache-2.0
// How MobileNetV2 wants its pictures: the square in the middle, 224x224, -1 to 1.
#pragma once
#include "../support/picture.hpp"

namespace mobilenetv2_program {

inline std::vector<float> to_input(const examples::picture& any_size) {
    return examples::to_input(
        examples::square(any_size, 224), {127.5f, 127.5f, 127.5f}, {127.5f, 127.5f, 127.5f});
}

}  // namespace mobilenetv2_program
