// SPDX-License-Identifier: Apache-2.0
// The table of cases and the recorded file belong together.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("goldens: every case is recorded, every recorded tensor belongs to a case") {
    lamina_test::check_goldens_are_complete();
    CHECK(lamina_test::torch_cases().size() >= 120);
}
