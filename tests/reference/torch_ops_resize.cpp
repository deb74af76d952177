// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: resized images.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: resized images equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::resize_cases());
}
