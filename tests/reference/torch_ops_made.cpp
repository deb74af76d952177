// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: layers that are made of others.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: gates, powers, windows and einsum equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::made_cases());
}
