// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: pools.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: pools equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::pool_cases());
}
