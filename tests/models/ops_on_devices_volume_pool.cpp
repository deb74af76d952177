// SPDX-License-Identifier: Apache-2.0
// The cases of volumes in pools recorded from PyTorch, with plans for every target on the default device.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>

TEST_CASE("a device computes the cases of pools over volumes as the reference does") {
    lamina_test::check_on_devices(lamina_test::volume_pool_cases());
}
