// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: linear layers, matrix products and attention.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: linear layers, matrix products and attention equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::product_cases());
}
