// SPDX-License-Identifier: Apache-2.0
// The zoo's decoders with plans for every target on the default device.
#include "support/on_targets.hpp"

#include <doctest/doctest.h>

TEST_CASE("a device decodes a detector's maps as the reference does") {
    lamina_test::check_on_devices(lamina_test::decode_cases());
}
