// SPDX-License-Identifier: Apache-2.0
// Measures the tactics of an engine's steps on its device, within a time budget, and stores the results in a
// timing cache. Engines made with that cache run the fastest tactics; see engine::tuned().
//
// To be robust against noise, tactics of a step are timed in rounds (time_tactics.hpp), with caches as in a
// run (step_timer.hpp), and engines replace the plan's own choice only with one faster by tuning_margin.
#pragma once
#include <lamina/core/linkage.hpp>
#include <lamina/runtime/engine.hpp>
#include <lamina/runtime/tune_options.hpp>
#include <lamina/runtime/tuning_report.hpp>

namespace lamina {

/// Measures what the cache does not contain yet, the slowest steps first, and adds it; call it again with
/// the same cache to continue. The engine does not change: use engine.tuned(cache), or make the next engine
/// with {.timings = &cache}.
/// Errors  LAM-R15, LAM-R16 from the device. A tactic that does not build, or is too large to be
///         launched, is recorded as refused. One that fails twice for another reason is not recorded:
///         it is listed in the report's `failures`, and another call tries it again.
/// Cost    a second context (arena and queue), and the budget.
tuning_report tune(const engine& of, timing_cache& cache, const tune_options& options = {});

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/tune.impl.hpp>
#endif
