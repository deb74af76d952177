// SPDX-License-Identifier: Apache-2.0
// Elements moved by indices, constants, running sums and order, with plans for every target on the default
// device.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>

TEST_CASE("a device moves elements by index, scans and sorts as the reference does") {
    lamina_test::check_on_devices(lamina_test::index_cases());
}
