// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch and torchvision: pictures, places, boxes.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: pictures, sampled images and boxes equal torchvision's") {
    lamina_test::check_against_torch(lamina_test::vision_cases());
}
