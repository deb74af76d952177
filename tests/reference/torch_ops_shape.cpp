// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: concat, slices, reshapes, permutations and borders.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: concat, slices, reshapes, permutations and borders equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::shape_cases());
}
