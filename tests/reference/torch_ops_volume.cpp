// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: volumes.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: volumes equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::volume_cases());
}
