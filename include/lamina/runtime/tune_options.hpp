// SPDX-License-Identifier: Apache-2.0
// The tuner's time budget and progress callback.
#pragma once
#include <functional>

#include <lamina/runtime/tuning_report.hpp>

namespace lamina {

/// Called with the result of a problem.
using tuning_progress = std::function<void(const tuning_result&)>;

struct tune_options {
    /// Wall time, compilation included. Measurements in progress at its end are finished: at most one
    /// program (where other processes build them: some dozen, a few seconds), and some launches of each tactic of one
    /// problem. Any time above zero measures something,
    /// so repeated calls with the same cache terminate; zero only reports what remains.
    double seconds = 30;
    /// Called after each measured problem; a place to save the cache.
    tuning_progress progress = {};
};

}  // namespace lamina
