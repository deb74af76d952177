// SPDX-License-Identifier: Apache-2.0
// A tuner's measurements as plain values, and their file: [FlatBuffer of timing_cache.fbs, zeros to a multiple
// of 8][trailer]. The only entry point to such bytes; users have runtime/timing_cache.hpp.
#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <lamina/core/linkage.hpp>

namespace lamina {

/// Increased when an older version could no longer read a new timing cache.
inline constexpr std::uint32_t timing_format = 1;

/// The last bytes of a timing cache's file.
struct timing_trailer {
    char magic[8] = {'L', 'A', 'M', 'T', 'I', 'M', 'E', '1'};
    std::uint64_t bytes = 0;  ///< of the FlatBuffer, without the zeros behind it
    std::uint64_t hash = 0;   ///< plan_hash() of all before the trailer, seeded by `bytes`
};
static_assert(sizeof(timing_trailer) == 24);

/// The name, driver and number of units of a device, on a CPU the threads of an engine: its times are valid for all
/// devices that match.
struct timed_device {
    std::string name, driver;
    std::uint32_t compute_units = 0;
    friend auto operator<=>(const timed_device&, const timed_device&) = default;
};

/// What a launch's time depends on, apart from the tactic and the device.
struct timed_problem {
    std::uint64_t kernel = 0;  ///< hash of family, defines, prelude and text
    std::array<std::uint32_t, 3> extents{};
    std::vector<std::int32_t> numbers;
    friend auto operator<=>(const timed_problem&, const timed_problem&) = default;
};

struct timed_tactic {
    std::string name;
    std::uint64_t tactic = 0;  ///< hash of what its name stands for
    double nanoseconds = 0;    ///< of one launch; 0: the device refuses the tactic
    std::uint32_t samples = 0;
    friend auto operator<=>(const timed_tactic&, const timed_tactic&) = default;
};

/// Every tactic of a problem that was measured.
struct timed_entry {
    std::string family;
    std::uint64_t time = 0;  ///< seconds since 1970
    std::vector<timed_tactic> tactics;

    const timed_tactic* find(std::string_view name, std::uint64_t tactic) const {
        for (const timed_tactic& t : tactics)
            if (t.name == name && t.tactic == tactic) return &t;
        return nullptr;
    }
    /// Which of two entries of one problem wins: the one with more tactics, then with more samples,
    /// then the newer one. Their times are never mixed, because the load may have differed.
    bool outranks(const timed_entry& other) const { return rank() > other.rank(); }

    friend bool operator==(const timed_entry&, const timed_entry&) = default;

private:
    std::tuple<std::size_t, std::uint64_t, std::uint64_t, const std::vector<timed_tactic>&,
        const std::string&>
    rank() const {
        std::uint64_t samples = 0;
        for (const timed_tactic& t : tactics) samples += t.samples;
        return {tactics.size(), samples, time, tactics, family};
    }
};

using timed_problems = std::map<timed_problem, timed_entry>;
using timings = std::map<timed_device, timed_problems>;

/// Adds an entry, or replaces one that ranks lower.
inline void add_entry(timed_problems& to, const timed_problem& problem, timed_entry entry) {
    const auto at = to.find(problem);
    if (at == to.end())
        to.emplace(problem, std::move(entry));
    else if (entry.outranks(at->second))
        at->second = std::move(entry);
}

struct timing_limits {
    static constexpr std::size_t bytes = std::size_t{1} << 30;
    static constexpr std::size_t devices = 256, problems = 65536, tactics = 256;
    static constexpr std::size_t numbers = 64, text = 4096;
};

/// Errors  LAM-R02 for bytes that are not a timing cache, or were changed; LAM-R11 for a newer format.
timings read_timings(std::span<const std::byte> file, const std::string& label);

/// The same content gives the same bytes.
std::vector<std::byte> write_timings(const timings& all);

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/plan/timings.impl.hpp>
#endif
