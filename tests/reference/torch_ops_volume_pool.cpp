// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: pools over volumes.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: pools over volumes equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::volume_pool_cases());
}
