// SPDX-License-Identifier: Apache-2.0
// Files of timing caches, and look-ups. Included by timing_cache.hpp, or compiled into Lamina::compiled.
#pragma once
#include <unistd.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/runtime/file.hpp>
#include <lamina/runtime/timing_cache.hpp>

namespace lamina {

LAMINA_INLINE timed_device identity_of(const device& dev, unsigned threads) {
    const device_facts& f = dev.facts();
    const bool counts = threads && f.type == device_type::cpu;
    return {f.name, f.platform_version + ", " + f.driver, counts ? threads : f.compute_units};
}

LAMINA_INLINE timing_cache timing_cache::open(const std::string& path) {
    return timing_cache(read_timings(detail::read_file(path, timing_limits::bytes), path));
}

LAMINA_INLINE timing_cache timing_cache::open(
    std::span<const std::byte> bytes, const std::string& label) {
    return timing_cache(read_timings(bytes, label));
}

LAMINA_INLINE timing_cache timing_cache::open_or_new(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0 ? open(path) : timing_cache();
}

LAMINA_INLINE void timing_cache::save(const std::string& path) const {
    const std::vector<std::byte> all = bytes();
    const std::span<const std::byte> parts[] = {all};
    detail::write_file(path, parts);
}

LAMINA_INLINE std::vector<std::byte> timing_cache::bytes() const { return write_timings(all_); }

LAMINA_INLINE timing_cache& timing_cache::merge(const timing_cache& other) {
    for (const auto& [dev, problems] : other.all_)
        for (const auto& [problem, entry] : problems) add_entry(all_[dev], problem, entry);
    return *this;
}

LAMINA_INLINE const timed_entry* timing_cache::find(
    const device& dev, const timed_problem& problem, unsigned threads) const {
    const auto problems = all_.find(identity_of(dev, threads));
    if (problems == all_.end()) return nullptr;
    const auto entry = problems->second.find(problem);
    return entry == problems->second.end() ? nullptr : &entry->second;
}

LAMINA_INLINE void timing_cache::set(
    const device& dev, const timed_problem& problem, timed_entry entry, unsigned threads) {
    all_[identity_of(dev, threads)][problem] = std::move(entry);
}

LAMINA_INLINE std::size_t timing_cache::size() const {
    std::size_t sum = 0;
    for (const auto& [dev, problems] : all_) sum += problems.size();
    return sum;
}

}  // namespace lamina
