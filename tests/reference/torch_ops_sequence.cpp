// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: sequences.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: sequences equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::sequence_cases());
}
