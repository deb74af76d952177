// SPDX-License-Identifier: Apache-2.0
// Layers that are made of others, with plans for every target on the default device.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>

TEST_CASE("a device computes gates, powers, windows and einsum as the reference does") {
    lamina_test::check_on_devices(lamina_test::made_cases());
}
