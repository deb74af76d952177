// SPDX-License-Identifier: Apache-2.0
// How MobileNetV2 wants its pictures: the square in the middle, 224x224. The network scales the bytes.
#pragma once
#include "../support/picture.hpp"

namespace mobilenetv2_program {

inline std::vector<std::uint8_t> to_input(const examples::picture& any_size) {
    return examples::square(any_size, 224).rgb;
}

}  // namespace mobilenetv2_program
