// SPDX-License-Identifier: Apache-2.0
// Timing of tactics on a machine with other load: candidates are timed in turn and compared within each
// round. Used by tune.hpp; independent of kernels.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lamina::detail {

struct timing_result {
    double time = 0;
    std::uint32_t samples = 0;
};

/// Times candidates 0 to `count` - 1 in rounds, forwards and backwards in turn; `time(i)` gives
/// one sample, `stop()` is called between rounds. Number 0 is the current choice and is timed to the end;
/// candidates that are much slower are dropped early. The result of number 0 is its least time. A
/// candidate's is the slower of its least time and its median ratio to number 0 within a round: one lucky
/// sample does not make it fast, and other load does not make all of them slow.
template <class Time, class Stop>
std::vector<timing_result> time_in_rounds(std::size_t count, Time time, Stop stop) {
    constexpr std::size_t least_rounds = 3, most_rounds = 15;
    constexpr double behind[] = {3, 2, 1.15};  // after the first round, the second, and the others
    std::vector<std::vector<double>> samples(count);
    std::vector<timing_result> result(count);
    std::vector<bool> out(count);
    const auto least
        = [&](std::size_t i) { return *std::min_element(samples[i].begin(), samples[i].end()); };
    const auto judged = [&](std::size_t i) {
        if (i == 0) return least(0);
        std::vector<double> ratios;
        for (std::size_t r = 0; r < samples[i].size(); ++r)
            ratios.push_back(samples[i][r] / std::max(samples[0][r], 1e-9));
        const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
        std::nth_element(ratios.begin(), middle, ratios.end());
        return std::max(least(i), *middle * least(0));
    };
    for (std::size_t round = 0; round < most_rounds; ++round) {
        if (round >= least_rounds && stop()) break;
        for (std::size_t turn = 0; turn < count; ++turn) {
            const std::size_t i = round % 2 ? count - 1 - turn : turn;
            if (!out[i]) samples[i].push_back(time(i));
        }
        std::size_t left = 0;
        double best = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (out[i]) continue;
            result[i] = {judged(i), static_cast<std::uint32_t>(samples[i].size())};
            best = i ? std::min(best, result[i].time) : result[i].time;
        }
        for (std::size_t i = 0; i < count; ++i) {
            const double limit = behind[std::min<std::size_t>(round, 2)] * best;
            out[i] = out[i] || (i > 0 && result[i].time > limit);
            left += !out[i];
        }
        if (left < 2) break;
    }
    return result;
}

}  // namespace lamina::detail
