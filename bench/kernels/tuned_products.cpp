// SPDX-License-Identifier: Apache-2.0
// Which tactic tune() finds the fastest for a product or convolution of the gpu class on this device, the
// library's (clblast_gemm) among them: every tactic's time, and whole runs by the plan's own tactic
// and by the tuned engine's.
//
// usage: bench_kernels_tuned_products [--json FILE] [--seconds S] [SHAPE]...
//   SHAPE     product_ROWSxDEPTHxCOLUMNS, product_BATCHESxROWSxDEPTHxCOLUMNS, linear_ROWSxINxOUT,
//             conv_BATCHxCHANNELSxSIDExOUTxKERNELxSTRIDE; default: some of each
//   --seconds of tuning for each shape (20)
#include "bench/kernels/made_weights.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace lamina;

namespace {

constexpr std::string_view some_of_each[] = {"product_1024x1024x1024", "product_1021x1021x1021",
    "product_2047x2047x2047", "product_16x250x250x250", "linear_512x1024x1000",
    "conv_1x64x56x64x3x1", "conv_1x256x56x64x1x1", "conv_8x67x57x131x3x1"};

/// The numbers of a shape's name.
std::vector<int> sizes_of(std::string_view shape) {
    std::vector<int> out;
    for (std::size_t at = shape.find('_') + 1; at < shape.size(); ++at) {
        const std::size_t end = std::min(shape.find('x', at), shape.size());
        out.push_back(std::atoi(std::string(shape.substr(at, end - at)).c_str()));
        at = end;
    }
    return out;
}

bool define(network& net, std::string_view shape) {
    const std::vector<int> n = sizes_of(shape);
    for (const int size : n)
        if (size < 1) return false;
    // relu so that the layer reads and writes memory of the plan's, as it does inside a network
    if (shape.starts_with("product_") && n.size() == 3) {
        const auto a = net.input("a", {n[0], n[1]}) | relu{}, b = net.input("b", {n[1], n[2]});
        net.output("y", matmul(a, b | relu{}) | lamina::softmax{});
    } else if (shape.starts_with("product_") && n.size() == 4) {
        const auto a = net.input("a", {n[0], n[1], n[2]}) | relu{};
        const auto b = net.input("b", {n[0], n[2], n[3]});
        net.output("y", matmul(a, b | relu{}) | lamina::softmax{});
    } else if (shape.starts_with("linear_") && n.size() == 3) {
        const auto x = net.input("x", {n[0], n[1]}) | relu{};
        net.output("y", x | linear{"fc", {.out = n[2]}} | relu{});
    } else if (shape.starts_with("conv_") && n.size() == 6) {
        const auto x = net.input("x", {n[0], n[1], n[2], n[2]}) | relu{};
        net.output("y",
            x
                | conv2d{"conv",
                    {.out = n[3], .kernel = n[4], .stride = n[5], .pad = n[4] / 2, .bias = true}}
                | relu{});
    } else {
        return false;
    }
    return true;
}

/// Milliseconds of a run in a queue that is never empty, the least of some rounds.
double run_ms(context& run) {
    const auto now = [] { return std::chrono::steady_clock::now(); };
    double least = 1e30;
    run.run();
    for (int round = 0; round < 5; ++round) {
        const auto begin = now();
        int runs = 0;
        do {
            for (int i = 0; i < 5; ++i) run.enqueue();
            clFinish(run.queue());
            runs += 5;
        } while (std::chrono::duration<double>(now() - begin).count() < 0.05);
        least = std::min(
            least, std::chrono::duration<double, std::milli>(now() - begin).count() / runs);
    }
    return least;
}

context ready(const engine& e) {
    context run = e.make_context();
    for (const plan_binding& b : e.plan().inputs)
        run.set_input(b.name, bench::numbers(static_cast<std::size_t>(b.dims.count()), -1, 1));
    return run;
}

/// One shape, as lines for people and as JSON. False if the tuned engine computes something else.
bool measure(std::string_view shape, double seconds, std::string& rows) {
    network net;
    if (!define(net, shape)) {
        std::fprintf(stderr, "'%s' is no shape; see the first lines of this program's source\n",
            std::string(shape).c_str());
        return false;
    }
    const std::vector<std::byte> file = bench::make_weights(net);
    const device dev = device::best();
    const run_time_plan plan = plan_at_run_time(net, gpu);
    const engine own(plan, weights::from_bytes(file, "numbers"), dev);
    std::size_t main = 0;
    for (std::size_t i = 0; i < own.plan().steps.size(); ++i)
        if (own.plan().steps[i].flops > own.plan().steps[main].flops) main = i;
    const plan_step& step = own.plan().steps[main];

    timing_cache cache;
    const tuning_report report = tune(own, cache, {.seconds = seconds});
    const engine tuned = own.tuned(cache);
    std::map<double, std::string> times;
    for (const auto& [where, problems] : cache.all())
        for (const auto& [problem, entry] : problems)
            if (std::equal(step.extents.begin(), step.extents.end(), problem.extents.begin())
                && entry.family == own.plan().kernels[step.kernel].family)
                for (const timed_tactic& t : entry.tactics)
                    times.emplace(t.nanoseconds / 1e3, t.name);

    context own_run = ready(own), tuned_run = ready(tuned);
    const double own_ms = run_ms(own_run), tuned_ms = run_ms(tuned_run);
    const auto a = own_run.get("y"), b = tuned_run.get("y");
    double largest = 0, apart = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::fabs(static_cast<double>(a[i])));
        apart = std::max(apart, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    }
    const bool same = apart <= 1e-4 * largest;

    const std::string chosen(tuned.tactic(main)), first(own.tactic(main));
    std::printf("%-26s plan's own %s, tuned %s; a run %.3f ms -> %.3f ms%s%s\n",
        std::string(shape).c_str(), first.c_str(), chosen.c_str(), own_ms, tuned_ms,
        report.complete() ? "" : "; some tactics were not timed", same ? "" : "; WRONG RESULT");
    std::string all;
    for (const auto& [us, tactic] : times) {
        const double gflops = us > 0 ? static_cast<double>(step.flops) / us / 1e3 : 0;
        std::printf("    %-22s %10.1f us %9.0f GFLOP/s%s\n", tactic.c_str(), us, gflops,
            us > 0 ? "" : " (refused)");
        all += (all.empty() ? "\"" : ", \"") + tactic + "\": " + std::to_string(us);
    }
    std::fflush(stdout);
    rows += (rows.empty() ? "\n  " : ",\n  ") + ("{\"shape\": \"" + std::string(shape))
        + "\", \"device\": \"" + dev.name() + "\", \"own\": \"" + first + "\", \"tuned\": \""
        + chosen + "\", \"own_run_ms\": " + std::to_string(own_ms)
        + ", \"tuned_run_ms\": " + std::to_string(tuned_ms)
        + ", \"same\": " + (same ? "true" : "false") + ", \"us\": {" + all + "}}";
    return same;
}

}  // namespace

int main(int count, char** words) try {
    std::string json;
    double seconds = 20;
    std::vector<std::string_view> shapes;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word.starts_with("--")) {
            if ((word != "--json" && word != "--seconds") || i + 1 == count) {
                std::fprintf(
                    stderr, "usage: %s [--json FILE] [--seconds S] [SHAPE]...\n", words[0]);
                return 2;
            }
            ++i;
            if (word == "--json") json = words[i];
            if (word == "--seconds") seconds = std::atof(words[i]);
        } else {
            shapes.push_back(word);
        }
    }
    if (shapes.empty()) shapes.assign(std::begin(some_of_each), std::end(some_of_each));
    std::printf("%s\n", device::best().name().c_str());
    std::string rows;
    bool good = true;
    for (const std::string_view shape : shapes) {
        good = measure(shape, seconds, rows) && good;
        if (!json.empty()) std::ofstream(json) << "[" << rows << "\n]\n";
    }
    return good ? 0 : 1;
} catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
}
