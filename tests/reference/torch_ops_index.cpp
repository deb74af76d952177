// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: elements moved by indices, constants, running sums, order.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: moves by index, scans and sorts equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::index_cases());
}
