// SPDX-License-Identifier: Apache-2.0
// What this machine can do at this moment: multiply-adds in registers, and reading from L3 and from
// memory. compare.py asks between the other windows, so that a share of the peak is of the same run.
//
// usage: calibrate THREADS      commands as for every worker; "run" answers {gflops, dram_gbs, l3_gbs}
#include "conversation.hpp"

#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

using bench::json;

namespace {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif
using floats = float __attribute__((vector_size(vector_bytes)));
constexpr int lanes = vector_bytes / 4, chains = 12;  // 12 hide the latency of two units

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

volatile float sink;

/// Multiplications plus additions done. `a` comes from outside, or the compiler would do the work.
double multiply_add(int rounds, float a) {
    floats v[chains];
    for (int c = 0; c < chains; ++c) v[c] = floats{} + static_cast<float>(c);
    const floats scale = floats{} + a, shift = floats{} + (1 - a);
    for (int i = 0; i < rounds; ++i)
        for (int c = 0; c < chains; ++c) v[c] = v[c] * scale + shift;
    floats sum{};
    for (const floats& one : v) sum += one;
    sink = sum[0];
    return 2.0 * rounds * chains * lanes;
}

/// Bytes read.
double read_all(const std::vector<floats>& memory, int times) {
    floats sum[8]{};
    for (int t = 0; t < times; ++t)
        for (std::size_t i = 0; i + 8 <= memory.size(); i += 8)
            for (std::size_t k = 0; k < 8; ++k) sum[k] += memory[i + k];
    sink = (sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7])[0];
    return static_cast<double>(times) * static_cast<double>(memory.size()) * vector_bytes;
}

/// Amount of work a second, of all threads together: they start as one, and the best burst counts.
template <class Work> double rate(int threads, int bursts, Work work) {
    double best = 0, begun = 0;
    std::vector<double> done(static_cast<std::size_t>(threads));
    std::barrier start(threads, [&]() noexcept { begun = now(); });
    std::barrier end(threads, [&]() noexcept {
        double sum = 0;
        for (const double d : done) sum += d;
        best = std::max(best, sum / (now() - begun));
    });
    const auto part = [&](int thread) {
        for (int burst = 0; burst < bursts; ++burst) {
            start.arrive_and_wait();
            done[static_cast<std::size_t>(thread)] = work(thread);
            end.arrive_and_wait();
        }
    };
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(part, t);
    part(0);
    for (std::thread& t : others) t.join();
    return best;
}

/// A few times a core's L2, so that it lies in L3 (or memory_space space there is none).
std::size_t l3_set_bytes() {
    const long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
    return static_cast<std::size_t>(l2 > 0 ? l2 : 1 << 20) * 4;
}

}  // namespace

int main(int argc, char** argv) {
    const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
    const float a = 0.999f + 1e-9f * static_cast<float>(argc);
    const std::size_t dram = std::size_t{512} << 20, l3 = l3_set_bytes();
    const auto make = [&](std::size_t bytes) {
        const std::size_t each = bytes / static_cast<std::size_t>(threads) / vector_bytes;
        return std::vector<std::vector<floats>>(
            static_cast<std::size_t>(threads), std::vector<floats>(each, floats{} + a));
    };
    const auto large = make(dram), middle = make(l3);
    bench::say({{"ready", true}, {"vector_bits", vector_bytes * 8}, {"dram_set_mb", dram / 1e6},
        {"l3_set_mb", l3 / 1e6}});
    bench::converse([&](const std::string& name, const json&) -> json {
        if (name != "run") return {{"failed", "'" + name + "' is no command; run is"}};
        const auto at = [](int thread) { return static_cast<std::size_t>(thread); };
        return {{"gflops", rate(threads, 8, [&](int) { return multiply_add(100000, a); }) / 1e9},
            {"dram_gbs", rate(threads, 1, [&](int t) { return read_all(large[at(t)], 1); }) / 1e9},
            {"l3_gbs", rate(threads, 4, [&](int t) { return read_all(middle[at(t)], 3); }) / 1e9}};
    });
}
