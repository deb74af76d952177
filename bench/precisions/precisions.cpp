// SPDX-License-Identifier: Apache-2.0
// One network in several precisions on the CPU, in turn in one process, so that a busy machine is as slow for
// each: the median and the least of the runs, the sum of the steps' least times, which other work hardly
// changes, and how far results are from fp32's.
//
// usage: bench_precisions_precisions [--batch N] [--seconds S] [--only TEXT] [--json FILE]
//   --only   networks whose names have the text
//   --json   appends the rows to a file, one line
#include "bench/kernels/made_weights.hpp"
#include "bench/models/networks.hpp"

#include <lamina/calibrate.hpp>
#include <lamina/graph/quantized.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/profile.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace lamina;
using nlohmann::json;

namespace {

struct choice {
    const char* name;
    lamina::target target;
};
/// Of the class of CPUs that suits this one.
std::vector<choice> choices() {
    const target own = target_for(device::best());
    return {{"fp32", own}, {"bf16", own.bf16()}, {"fp16", own.half()}, {"int8", own.int8()},
        {"int8 and bf16", own.bf16().int8()}};
}

double ms() {
    using namespace std::chrono;
    return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

double load_average() {
    double one = 0;
    std::ifstream("/proc/loadavg") >> one;
    return one;
}

/// The plan of a network in one precision, loaded, with what its runs took.
struct candidate {
    choice of;
    engine made;
    context run;
    std::vector<double> times;
    std::vector<float> output;
};

/// The sum of each step's least time of some profiles.
double least_steps_ms(context& run) {
    run_profile best = run.profile();
    for (int again = 0; again < 8; ++again) {
        const run_profile one = run.profile();
        for (std::size_t i = 0; i < one.steps.size(); ++i)
            best.steps[i].ms = std::min(best.steps[i].ms, one.steps[i].ms);
    }
    double sum = 0;
    for (const step_time& s : best.steps) sum += s.ms;
    return sum;
}

void set_inputs(context& run) {
    for (const plan_binding& b : run.plan().inputs) {
        const auto count = static_cast<std::size_t>(b.dims.count());
        if (b.type == dtype::i32)
            run.set_input(b.name, std::vector<int>(count, 1));
        else
            run.set_input(b.name, bench::numbers(count, -1, 1));
    }
}

json measure(const std::string& name, int batch, double seconds) {
    const network net = bench::networks.at(name).at(batch)();
    const std::vector<std::byte> file = bench::make_weights(net, 2);
    const weights plain = weights::from_bytes(file, "made");
    // Ranges of the very input that is timed: the times do not depend on them.
    const bool has_bytes = quantized(net).nodes.size() > net.nodes.size();
    const std::vector<std::byte> with_scales = has_bytes
        ? calibrate(net, plain, 1, [](context& run, std::size_t) { set_inputs(run); }).with(plain)
        : file;
    std::vector<candidate> all;
    for (const choice& each : choices()) {
        if (each.target.multiplies_bytes && !has_bytes) continue;
        engine made(plan_at_run_time(net, each.target), weights::from_bytes(with_scales, "made"));
        context run = made.make_context();
        set_inputs(run);
        run.run();
        const auto out = run.get(run.plan().outputs[0].name);
        all.push_back({each, std::move(made), std::move(run), {}, {out.begin(), out.end()}});
    }
    const double load = load_average(), begin = ms();
    while (all[0].times.size() < 5 || ms() - begin < seconds * 1e3)
        for (candidate& one : all) {
            const double before = ms();
            one.run.run();
            one.times.push_back(ms() - before);
        }
    double largest = 0;
    for (const float v : all[0].output) largest = std::max(largest, std::abs(double{v}));
    json row = {{"network", name}, {"batch", batch}, {"class", target_for(device::best()).label()},
        {"load_average", load}};
    for (candidate& one : all) {
        std::sort(one.times.begin(), one.times.end());
        double off = 0;
        for (std::size_t i = 0; i < one.output.size(); ++i)
            off = std::max(off, std::abs(double{one.output[i]} - double{all[0].output[i]}));
        const double steps = least_steps_ms(one.run);
        const double median = one.times[one.times.size() / 2];
        row[one.of.name] = {{"ms", median}, {"least_ms", one.times[0]}, {"steps_ms", steps},
            {"off", off / largest},
            {"packed_mb", static_cast<double>(one.run.plan().weight_bytes) / 1e6},
            {"arena_mb", static_cast<double>(one.run.plan().arena_bytes) / 1e6}};
        std::printf("%-20s %2d %-13s median %9.3f least %9.3f steps %9.3f ms  off %.1e\n",
            name.c_str(), batch, one.of.name, median, one.times[0], steps, off / largest);
        std::fflush(stdout);
    }
    return row;
}

}  // namespace

int main(int count, char** words) {
    int batch = 1;
    double seconds = 3;
    std::string only, path;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        const bool has_value = i + 1 < count;
        if (word == "--batch" && has_value)
            batch = std::atoi(words[++i]);
        else if (word == "--seconds" && has_value)
            seconds = std::atof(words[++i]);
        else if (word == "--only" && has_value)
            only = words[++i];
        else if (word == "--json" && has_value)
            path = words[++i];
        else {
            std::fprintf(stderr,
                "'%s' is no option with a value; see the first lines of the source\n", words[i]);
            return 2;
        }
    }
    if (batch != 1 && batch != 8 && batch != 32) {
        std::fprintf(stderr, "--batch is %d; networks have batch 1, 8 and 32\n", batch);
        return 2;
    }
    try {
        json rows = json::array();
        for (const auto& [name, definers] : bench::networks)
            if (name.find(only) != name.npos) rows.push_back(measure(name, batch, seconds));
        if (!path.empty())
            std::ofstream(path, std::ios::app)
                << json{{"device", device::best().describe()}, {"rows", rows}}.dump() << '\n';
        return rows.empty();
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 1;
    }
}
