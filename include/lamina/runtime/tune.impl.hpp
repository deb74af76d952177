// SPDX-License-Identifier: Apache-2.0
// Included by tune.hpp, or compiled into Lamina::compiled.
#pragma once
#include <lamina/runtime/tune.hpp>
#include <lamina/runtime/tuner.hpp>

namespace lamina {

LAMINA_INLINE tuning_report tune(
    const engine& of, timing_cache& cache, const tune_options& options) {
    return detail::tuner(of, cache, options).run();
}

}  // namespace lamina
