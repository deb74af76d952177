// SPDX-License-Identifier: Apache-2.0
// Pictures, images read at places, boxes cut out and chosen, with plans for every target on the default
// device.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>

TEST_CASE("a device does with pictures and boxes what the reference does") {
    lamina_test::check_on_devices(lamina_test::vision_cases());
}
