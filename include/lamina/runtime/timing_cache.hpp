// SPDX-License-Identifier: Apache-2.0
// The times of tactics on devices: measured by tune(), kept in a file or in the program, asked by
// engines. Deals with devices and problems; timed_choice.hpp relates them to plans.
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

/// A device as a timing cache names it: times hold for its driver and number of units alone.
timed_device identity_of(const device& dev);

/// Measured times, of any number of devices. The same cache makes an engine take the same tactics
/// on every start.
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

    /// As open(), or an empty cache where there is no file of that name yet.
    static timing_cache open_or_new(const std::string& path);

    /// Writes beside and renames, so that no half file is ever there; a symbolic link stays.
    /// Errors  LAM-R03.
    void save(const std::string& path) const;

    /// What save() writes. The same content gives the same bytes.
    std::vector<std::byte> bytes() const;

    /// Takes what the other has and this has not. Of a problem that both have, the entry with more
    /// tactics stays, then the one with more samples, then the newer one; the order of merging
    /// makes no difference.
    timing_cache& merge(const timing_cache& other);

    /// What was measured of a problem on a device; null if nothing was.
    const timed_entry* find(const device& dev, const timed_problem& problem) const;

    /// Replaces what is there.
    void set(const device& dev, const timed_problem& problem, timed_entry entry);

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
