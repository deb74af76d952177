// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: batch, layer, rms, group and instance normalisation.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: batch, layer, rms, group and instance normalisation equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::normalisation_cases());
}
