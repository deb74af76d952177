// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: convolutions and transposed convolutions.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: convolutions and transposed convolutions equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::convolution_cases());
}
