// SPDX-License-Identifier: Apache-2.0
// The times of tactics on devices: measured by tune(), stored in a file or in the program, used by engines.
// Deals with devices and problems; timed_choice.hpp relates them to plans.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/core/linkage.hpp>
#include <lamina/embed/blob.hpp>
#include <lamina/plan/timings.hpp>
#include <lamina/runtime/device.hpp>

namespace lamina {

/// A device as a timing cache names it: times are valid only for its driver and number of units, on a CPU for
/// the threads of the engine; 0: as many as the device has units.
timed_device identity_of(const device& dev, unsigned threads = 0);

/// Measured times of any number of devices. With the same cache an engine uses the same tactics on every
/// start.
class timing_cache {
public:
    timing_cache() = default;

    /// A file that save() wrote.
    /// Errors  LAM-R01, LAM-R02 for a damaged file, LAM-R11 for a newer format.
    static timing_cache open(const std::string& path);

    /// The bytes of such a file; `label` names them in errors.
    static timing_cache open(
        std::span<const std::byte> bytes, const std::string& label = "timing cache");

    /// Such a file linked into the program: lamina::embedded("timings").
    static timing_cache open(const blob& file) { return open(file.bytes, std::string(file.name)); }

    /// As open(), or an empty cache if there is no file of that name yet.
    static timing_cache open_or_new(const std::string& path);

    /// Writes a temporary file and renames it, so that the file is always complete; symbolic links are kept.
    /// Errors  LAM-R03.
    void save(const std::string& path) const;

    /// What save() writes. The same content gives the same bytes.
    std::vector<std::byte> bytes() const;

    /// Adds the other's entries. Of a problem that both have, the entry with more tactics wins, then the
    /// one with more samples, then the newer one; the order of merging does not matter.
    timing_cache& merge(const timing_cache& other);

    /// The entry of a problem on a device, for engines of so many threads (0: one for each of its units);
    /// null if there is none.
    const timed_entry* find(
        const device& dev, const timed_problem& problem, unsigned threads = 0) const;

    /// Replaces an existing entry.
    void set(
        const device& dev, const timed_problem& problem, timed_entry entry, unsigned threads = 0);

    /// Everything, by device and problem.
    const timings& all() const { return all_; }

    /// Problems, of all devices together.
    std::size_t size() const;

    friend bool operator==(const timing_cache&, const timing_cache&) = default;

private:
    timings all_;

    explicit timing_cache(timings all) : all_(std::move(all)) {}
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/timing_cache.impl.hpp>
#endif
