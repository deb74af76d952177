// SPDX-License-Identifier: Apache-2.0
// Kernels of the gpu class on a CPU compile in a third of the time without the driver's optimisation.
#pragma once
#include "random.hpp"
#include "temporary.hpp"

#include <lamina/planner/target.hpp>

#include <cstdlib>
#include <optional>

namespace lamina_test {

/// While it lives, PoCL compiles without optimisation what is planned for the gpu class: on a CPU that shows
/// whether indices and formulas are right, and real GPUs have compilers of their own. One engine in eight,
/// drawn in each run, is optimised all the same, and with LAMINA_TEST_LONG all are. Plans for the cpu
/// classes are always optimised. No other driver reads the variable.
class quick_kernels {
public:
    explicit quick_kernels(const lamina::target& target) {
        static random_source random("optimised kernels of the gpu class");
        if (!target.is_cpu() && random.integer(0, 7) > 0 && !tests_are_long()
            && !std::getenv("POCL_EXTRA_BUILD_FLAGS"))
            flags_.emplace("POCL_EXTRA_BUILD_FLAGS", "-cl-opt-disable");
    }

private:
    std::optional<temporary_variable> flags_;
};

}  // namespace lamina_test
