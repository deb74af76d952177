// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: functions of one and two values.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: functions of one and two values equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::function_cases());
}
