// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: deformable convolutions.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: deformable convolutions equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::deform_cases());
}
