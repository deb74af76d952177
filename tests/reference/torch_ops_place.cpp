// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: attention by position, rotary angles, biases, bags.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: attention by position, rotary angles, biases and bags equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::place_cases());
}
