// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: recurrent layers and cells.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: recurrent layers and cells equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::recurrent_cases());
}
