// SPDX-License-Identifier: Apache-2.0
// Random networks on a device: whatever the planner fuses, joins in place, reuses or copies, the
// outputs are the reference's.
#include "support/random_networks.hpp"
#include "support/on_targets.hpp"
#include "support/random.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

int number = 0;  ///< of the network that define() makes

void define(lamina::network& net) {
    lamina_test::random_source random("random network on devices " + std::to_string(number));
    lamina_test::make_random_network(net, random, 6 + 2 * number);
}

}  // namespace

TEST_CASE("a device computes random networks as the reference does") {
    // A norm of rows that are nearly equal has no bound, nor has what it feeds; most others have one.
    lamina_test::judged_elements judged;
    for (number = 0; number < 4; ++number) {
        INFO("seed ", lamina_test::test_seed(), ", network ", number);
        lamina_test::check_on_devices("random", define, {.judged = &judged});
    }
    CHECK_MESSAGE(2 * judged.unjudged < judged.compared, judged.unjudged, " of ", judged.compared,
        " elements have no bound");
}
