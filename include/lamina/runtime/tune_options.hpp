// SPDX-License-Identifier: Apache-2.0
// How much time the tuner has, and who hears of its progress.
#pragma once
#include <functional>

#include <lamina/runtime/tuning_report.hpp>

namespace lamina {

/// Told what was found for a problem.
using tuning_progress = std::function<void(const tuning_result&)>;

struct tune_options {
    /// Wall time, compilers included. What has begun when it is over is finished: at most one
    /// program, and some launches of each tactic of one problem. Any time above zero measures
    /// something, so calls with the same cache come to an end; zero only says what remains.
    double seconds = 30;
    /// Called behind each problem that was measured; a place to save the cache.
    tuning_progress progress = {};
};

}  // namespace lamina
