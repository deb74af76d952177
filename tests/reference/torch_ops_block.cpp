// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: residual, inverted residual, inception and transformer blocks.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE(
    "reference: residual, inverted residual, inception and transformer blocks equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::block_cases());
}
