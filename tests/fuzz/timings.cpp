// SPDX-License-Identifier: Apache-2.0
// Fuzzes timing_cache::open: any bytes are a cache that can be saved and merged, or a
// lamina::error. Starts from caches made here, changed below a hash that is right.
#include <lamina/plan/plan_file.hpp>
#include <lamina/runtime/timing_cache.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

/// Bytes without a trailer, or with one whose hash is right.
std::vector<std::byte> framed(std::vector<std::byte> flat) {
    lamina::timing_trailer end;
    end.bytes = flat.size();
    flat.resize((flat.size() + 7) / 8 * 8);
    end.hash = lamina::plan_hash(flat, end.bytes);
    const auto trailer = std::as_bytes(std::span(&end, 1));
    flat.insert(flat.end(), trailer.begin(), trailer.end());
    return flat;
}

void open(std::span<const std::byte> bytes) try {
    lamina::timing_cache cache = lamina::timing_cache::open(bytes);
    const auto saved = cache.bytes();
    if (!(lamina::timing_cache::open(saved) == cache)) std::abort();
    if (!(lamina::timing_cache(cache).merge(cache) == cache)) std::abort();
    if (lamina::timing_cache().merge(cache).size() != cache.size()) std::abort();
} catch (const lamina::error&) {}

}  // namespace

/// Most random bytes stop at the hash: often begin from a small cache and leave out the trailer,
/// which the target puts behind them.
extern "C" std::size_t LLVMFuzzerCustomMutator(
    std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
    auto next
        = [random = std::mt19937(seed)]() mutable { return static_cast<std::uint32_t>(random()); };
    if (size >= 16 && next() % 8) return LLVMFuzzerMutate(data, size, max_size);
    lamina::timings all;
    for (unsigned devices = next() % 3; devices > 0; --devices) {
        auto& problems = all[{std::string(next() % 9, 'd'), "driver", next() % 4}];
        for (unsigned count = next() % 3; count > 0; --count) {
            lamina::timed_entry entry{"family", next(), {}};
            for (unsigned tactics = next() % 3; tactics > 0; --tactics)
                entry.tactics.push_back({std::string(tactics, 't'), next() % 2,
                    static_cast<double>(next() % 1000), next() % 5});
            problems[{next() % 3, {next() % 2, 1, 1}, std::vector<std::int32_t>(next() % 3)}]
                = std::move(entry);
        }
    }
    std::vector<std::byte> bytes = lamina::write_timings(all);
    if (next() % 4) bytes.resize(bytes.size() - sizeof(lamina::timing_trailer));
    for (unsigned flips = next() % 4; flips > 0; --flips)
        bytes[next() % bytes.size()] ^= std::byte(1u << next() % 8);
    if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
    std::memcpy(data, bytes.data(), bytes.size());
    return bytes.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    open(bytes);
    open(framed({bytes.begin(), bytes.end()}));
    return 0;
}
