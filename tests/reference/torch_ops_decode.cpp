// SPDX-License-Identifier: Apache-2.0
// The reference against torchvision: boxes of a detector's maps.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: the zoo's decoders equal torchvision's") {
    lamina_test::check_against_torch(lamina_test::decode_cases());
}
