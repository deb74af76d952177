// SPDX-License-Identifier: Apache-2.0
// Linear layers whose weights have 4 or 8 bits in groups, of one row: bytes of packed weights a second, against what the
// same threads read of plain memory, in turn in one process.
#include "tests/support/weights_file.hpp"

#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

using namespace lamina;

namespace {

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}
double median(std::vector<double> all) {
    std::nth_element(
        all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
    return all[all.size() / 2];
}

/// Seconds in which threads read all of it, a part each.
double read_time(const std::vector<std::uint64_t>& memory, unsigned threads) {
    std::vector<std::uint64_t> sums(threads);
    const std::size_t part = memory.size() / threads / 16 * 16;
    const auto read = [&](unsigned which) {
        const std::uint64_t* from = memory.data() + which * part;
        std::uint64_t sum[16] = {};
        for (std::size_t i = 0; i < part; i += 16)
            for (std::size_t k = 0; k < 16; ++k) sum[k] ^= from[i + k];
        for (const std::uint64_t one : sum) sums[which] ^= one;
    };
    const double start = seconds();
    std::vector<std::thread> others;
    for (unsigned t = 1; t < threads; ++t) others.emplace_back(read, t);
    read(0);
    for (std::thread& each : others) each.join();
    const double taken = seconds() - start;
    for (const std::uint64_t sum : sums)
        if (sum == 2) std::puts("");  // so that nothing is left out
    return taken;
}

}  // namespace

int main(int count, char** words) {
    if (count > 4) return std::puts("usage: weight_groups [INPUTS [OUTPUTS [ROWS]]]"), 2;
    const int inputs = count > 1 ? std::atoi(words[1]) : 4096;
    const int outputs = count > 2 ? std::atoi(words[2]) : 44032;
    const int rows = count > 3 ? std::atoi(words[3]) : 1;
    const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    const std::vector<std::uint64_t> memory(std::size_t{1} << 25, 1);  // 256 MB
    constexpr weight_options kinds[] = {{.bits = 8, .group = 128}, {.bits = 4, .group = 128},
        {.bits = 4, .group = 128, .zero_points = true}, {.bits = 4, .group = 32}};
    for (const weight_options& how : kinds) {
        network net;
        net.output(
            "y", net.input("x", {rows, inputs}) | linear{"fc", {.out = outputs, .bias = false}});
        net.quantize_weights(how);
        lamina_test::floats_by_name file;
        std::vector<float>& weight = file["fc.weight"];
        weight.resize(static_cast<std::size_t>(inputs) * static_cast<std::size_t>(outputs));
        for (std::size_t i = 0; i < weight.size(); ++i)
            weight[i] = static_cast<float>((i * 2654435761u >> 20) % 1024) / 1024 - 0.5f;
        const std::vector<std::byte> bytes = lamina_test::weights_file(net, file);
        const engine made(plan_at_run_time(net, cpu), weights::from_bytes(bytes, "made"));
        context c = made.make_context();
        c.set_input("x", std::vector<float>(static_cast<std::size_t>(rows * inputs), 0.01f));
        std::vector<double> runs, reads;
        for (int turn = 0; turn < 41; ++turn) {
            reads.push_back(read_time(memory, threads));
            const double start = seconds();
            c.run();
            runs.push_back(seconds() - start);
        }
        const double packed = static_cast<double>(made.plan().weight_bytes);
        const double rate = packed / median(runs) / 1e9;
        const double plain = static_cast<double>(memory.size()) * 8 / median(reads) / 1e9;
        std::printf(
            "{\"inputs\": %d, \"outputs\": %d, \"rows\": %d, \"threads\": %u, \"bits\": %d, "
            "\"group\": %d, \"zero_points\": %d, \"packed_mb\": %.1f, \"ms\": %.3f, "
            "\"gb_s\": %.2f, \"memory_gb_s\": %.2f, \"share\": %.3f}\n",
            inputs, outputs, rows, threads, int{how.bits}, int{how.group}, how.zero_points,
            packed / 1e6, median(runs) * 1e3, rate, plain, rate / plain);
    }
    return 0;
}
