// SPDX-License-Identifier: Apache-2.0
// What an int8 plan costs in accuracy, layer by layer, and which layers to keep in higher precision. For programs
// that prepare a model: it calibrates and runs a plan for each layer.
#pragma once
#include <lamina/calibrate.hpp>
#include <lamina/calibration/known_ranges.hpp>
#include <lamina/graph/quantized.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace lamina {

/// How far a plan's outputs are from fp32's, over all samples.
struct int8_quality {
    double signal_to_noise
        = 0;  ///< decibels: 10 log10 of the outputs' squares over those of the differences
    double agreement
        = 0;  ///< of all samples, how many have the largest number of the first output where fp32 has it
    double ms = 0;  ///< median of a run
};

/// What becomes of the outputs if one layer is kept in higher precision and all others are in 8 bits.
struct kept_layer {
    std::string name;  ///< its weights name, as network::keep has it
    int node = 0;      ///< of the network
    int8_quality quality;
};

struct int8_report {
    int8_quality floats;  ///< fp32 itself: its time
    int8_quality bytes;   ///< all layers in 8 bits that can be
    /// With equalize or correct_bias: the same without either, and what they changed.
    int8_quality unchanged;
    std::size_t equalized = 0, corrected = 0;
    std::vector<kept_layer> layers;  ///< the one that costs most accuracy in 8 bits first
    std::vector<std::string> kept;   ///< of a search: the layers to keep; empty: none is needed
    int8_quality chosen;             ///< with these
    calibration ranges;              ///< with these: what to write beside the weights

    /// A table for people; with a search, also the lines that belong into the network's definition.
    std::string table() const;
    dtype type = dtype::f32;  ///< int8_report_options::type
};

struct int8_report_options {
    calibration_options ranges;
    dtype type = dtype::f32;  ///< of layers that are kept: f32 or bf16
    /// Of a search: the least agreement and signal-to-noise ratio that are enough. 0: none is searched for.
    double least_agreement = 0, least_signal_to_noise = 0;
    /// Called as the work goes on, with the number of plans that were compared, of at most so many.
    std::function<void(std::size_t done, std::size_t all)> progress;
};

namespace detail {

/// Compares int8 plans of a network with fp32 on the same samples.
class int8_trials {
public:
    int8_trials(const network& net, const weights& file, std::size_t count,
        const calibration_sample& sample, const int8_report_options& options, const device& on)
        : net_(net), file_(file), count_(count), sample_(sample), options_(options), on_(on),
          known_{net, {}} {}

    /// What all are compared with.
    int8_quality run_floats() {
        const engine made(plan_at_run_time(net_, cpu), file_, on_, {.strict = false});
        floats_ = run(made, wanted_);
        return floats_;
    }

    /// The ranges of the network in which these nodes are kept, as the network without them shows them.
    calibration calibrated(const network& changed) {
        return calibrate_again(changed, file_, count_, sample_, options_.ranges, on_, &known_);
    }

    /// The plan in which these nodes are kept.
    std::pair<int8_quality, calibration> with(const std::vector<int>& kept) {
        network changed = net_;
        for (const int id : kept) changed.nodes[static_cast<std::size_t>(id)].kept = options_.type;
        if (quantized(changed).nodes.size() == changed.nodes.size())
            return {floats_, {}};  // nothing is left that is computed from 8 bits
        calibration ranges = calibrated(changed);
        const int8_quality quality = of(changed, ranges);
        return {quality, std::move(ranges)};
    }

    /// A network's int8 plan with these ranges.
    int8_quality of(const network& changed, const calibration& ranges) const {
        const std::vector<std::byte> bytes = ranges.with(file_);
        const engine made(plan_at_run_time(changed, cpu.int8()),
            weights::from_bytes(bytes, file_.label()), on_, {.strict = false});
        std::vector<std::vector<float>> got;
        int8_quality out = run(made, got);
        compare(got, out);
        return out;
    }

private:
    const network& net_;
    const weights& file_;
    std::size_t count_;
    const calibration_sample& sample_;
    const int8_report_options& options_;
    const device& on_;
    known_ranges known_;
    int8_quality floats_;
    std::vector<std::vector<float>> wanted_;  ///< outputs of each sample, one after another

    int8_quality run(const engine& made, std::vector<std::vector<float>>& outputs) const {
        context c = made.make_context();
        std::vector<double> times;
        for (std::size_t number = 0; number < count_; ++number) {
            sample_(c, number);
            const auto begin = std::chrono::steady_clock::now();
            c.run();
            times.push_back(
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
                    .count());
            for (const plan_binding& b : c.plan().outputs)
                if (b.type == dtype::f32) {
                    const auto values = c.get(b.name);
                    outputs.emplace_back(values.begin(), values.end());
                }
        }
        std::nth_element(
            times.begin(), times.begin() + static_cast<std::ptrdiff_t>(count_ / 2), times.end());
        return {std::numeric_limits<double>::infinity(), 1, times[count_ / 2]};
    }
    void compare(const std::vector<std::vector<float>>& got, int8_quality& out) const {
        double signal = 0, noise = 0;
        std::size_t same = 0;
        const std::size_t each = got.size() / count_;
        for (std::size_t i = 0; i < got.size(); ++i) {
            for (std::size_t k = 0; k < got[i].size(); ++k) {
                const double x = static_cast<double>(wanted_[i][k]),
                             off = static_cast<double>(got[i][k]) - x;
                if (!std::isfinite(x)) continue;
                signal += x * x;
                noise += off * off;
            }
            if (i % each == 0)
                same += std::max_element(got[i].begin(), got[i].end()) - got[i].begin()
                    == std::max_element(wanted_[i].begin(), wanted_[i].end()) - wanted_[i].begin();
        }
        out.signal_to_noise = 10 * std::log10(signal / noise);
        out.agreement = static_cast<double>(same) / static_cast<double>(count_);
    }
};

}  // namespace detail

/// Compares the int8 plan of a network with fp32, then with each layer kept in higher precision, and searches for
/// the fewest layers that have to be kept: those that cost most are added until the outputs are good enough, then
/// each one is left out again if they still are. Ranges are those that the network has in fp32: the samples run for them
/// once, and again where a kept layer changes which values share a scale. With equalize or correct_bias each trial is
/// calibrated on its own, on the same samples.
///
/// Errors   LAM-R22 as calibrate's, and a network without outputs in f32.
/// Cost     a plan and `count` runs for each layer, and for the search at most twice as many.
inline int8_report report_int8(const network& net, const weights& file, std::size_t count,
    const calibration_sample& sample, const int8_report_options& options = {},
    const device& on = device::best()) {
    bool has_floats = false;
    for (const output_binding& o : net.outputs)
        has_floats = has_floats || net.nodes[static_cast<std::size_t>(o.node)].type == dtype::f32;
    if (!has_floats)
        throw error(errc::option, "network",
            "report_int8: the network has no output in f32 to compare; bind one with network::output");
    int8_report report;
    report.type = options.type;
    std::vector<int> layers;
    const detail::byte_values values(net);
    for (int id = 0; id < static_cast<int>(net.nodes.size()); ++id)
        if (values.multiplies(id)) layers.push_back(id);
    const bool searches = options.least_agreement > 0 || options.least_signal_to_noise > 0;
    const std::size_t all = layers.size() * (searches ? 3 : 1) + 1;
    std::size_t done = 0;
    const auto tell = [&] {
        if (options.progress) options.progress(++done, all);
    };
    detail::int8_trials trials(net, file, count, sample, options, on);
    report.ranges = trials.calibrated(net);
    report.floats = trials.run_floats();
    report.bytes = report.chosen = trials.of(net, report.ranges);
    report.equalized = report.ranges.equalized;
    report.corrected = report.ranges.corrected;
    if (options.ranges.equalize || options.ranges.correct_bias) {
        calibration_options plain = options.ranges;
        plain.equalize = plain.correct_bias = false;
        report.unchanged = trials.of(net, calibrate(net, file, count, sample, plain, on));
    }
    tell();
    for (const int id : layers) {
        const node& n = net.nodes[static_cast<std::size_t>(id)];
        report.layers.push_back({std::string(n.at.view()), id, trials.with({id}).first});
        tell();
    }
    std::stable_sort(
        report.layers.begin(), report.layers.end(), [](const kept_layer& a, const kept_layer& b) {
            return a.quality.signal_to_noise > b.quality.signal_to_noise;
        });
    if (!searches) return report;
    const auto is_enough = [&](const int8_quality& q) {
        return q.agreement >= options.least_agreement
            && q.signal_to_noise >= options.least_signal_to_noise;
    };
    std::vector<int> kept;
    const auto name_of
        = [&](int id) { return std::string(net.nodes[static_cast<std::size_t>(id)].at.view()); };
    const auto take = [&](std::pair<int8_quality, calibration>&& trial) {
        report.chosen = trial.first;
        report.ranges = std::move(trial.second);
    };
    for (const kept_layer& next : report.layers) {
        if (is_enough(report.chosen)) break;
        kept.push_back(next.node);
        take(trials.with(kept));
        tell();
    }
    // The last one was needed.
    for (std::size_t i = kept.size() > 1 ? kept.size() - 1 : 0; i-- > 0;) {
        std::vector<int> fewer = kept;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        auto trial = trials.with(fewer);
        tell();
        if (!is_enough(trial.first)) continue;
        kept = std::move(fewer);
        take(std::move(trial));
    }
    for (const int id : kept) report.kept.push_back(name_of(id));
    return report;
}

inline std::string int8_report::table() const {
    std::string out;
    char line[400];
    const auto row = [&](const char* what, const int8_quality& q) {
        std::snprintf(line, sizeof line, "%-40s %8.1f dB %7.1f %% %9.3f ms\n", what,
            q.signal_to_noise, 100 * q.agreement, q.ms);
        out += line;
    };
    std::snprintf(
        line, sizeof line, "%-40s %11s %9s %12s\n", "", "signal/noise", "agreement", "a run");
    out += line;
    std::snprintf(line, sizeof line, "%-40s %11s %9s %9.3f ms\n", "fp32", "", "", floats.ms);
    out += line;
    if (equalized || corrected) {
        row("int8, weights as in the file", unchanged);
        row(("int8, " + std::to_string(equalized) + " pairs equalized, " + std::to_string(corrected)
                + " biases corrected")
                .c_str(),
            bytes);
    } else {
        row("int8", bytes);
    }
    const std::string type_text(to_text(type));
    for (const kept_layer& layer : layers)
        row((layer.name + " in " + type_text).c_str(), layer.quality);
    if (kept.empty()) return out;
    row(("these " + std::to_string(kept.size()) + " in " + type_text).c_str(), chosen);
    for (const std::string& name : kept)
        out += "    net.keep(\"" + name + "\", dtype::" + type_text + ");\n";
    return out;
}

}  // namespace lamina
