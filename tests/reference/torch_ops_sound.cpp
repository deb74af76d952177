// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: sound.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: sound equals PyTorch's") {
    lamina_test::check_against_torch(lamina_test::sound_cases());
}
