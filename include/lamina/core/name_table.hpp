// SPDX-License-Identifier: Apache-2.0
// Finds a weight name by its hash, which keeps fits and the check for duplicate names linear.
#pragma once
#include <lamina/core/dynamic_array.hpp>

#include <cstddef>
#include <cstdint>

namespace lamina {

/// Open addressing with a power of two; grows automatically. A lookup compares one or two numbers,
/// which matters in constant evaluation (a loop over the 267 names of ResNet-50 took half a second).
class name_table {
public:
    /// The value of a hash, or -1.
    constexpr int find(std::uint64_t hash) const {
        return values_.empty() ? -1 : values_[place(hash)];
    }

    /// Adds a new hash; value is 0 or more.
    constexpr void insert(std::uint64_t hash, int value) {
        if (values_.size() < 2 * (count_ + 1)) grow();
        const std::size_t at = place(hash);
        hashes_[at] = hash;
        values_[at] = value;
        ++count_;
    }

private:
    // By places: a hash with its value, which is -1 where the place is free.
    dynamic_array<std::uint64_t> hashes_;
    dynamic_array<int> values_;
    std::size_t count_ = 0;

    /// Where a hash is, or where it would go.
    constexpr std::size_t place(std::uint64_t hash) const {
        const std::uint64_t* const hashes = hashes_.data();
        const int* const values = values_.data();
        const std::size_t last = values_.size() - 1;
        std::size_t at = static_cast<std::size_t>(hash) & last;
        while (values[at] >= 0 && hashes[at] != hash) at = (at + 1) & last;
        return at;
    }
    constexpr void grow() {
        dynamic_array<std::uint64_t> hashes;
        dynamic_array<int> values;
        hashes.swap(hashes_);
        values.swap(values_);
        const std::size_t places = values.empty() ? 64 : 4 * values.size();
        hashes_.resize(places, 0);
        values_.resize(places, -1);
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values[i] < 0) continue;
            const std::size_t at = place(hashes[i]);
            hashes_[at] = hashes[i];
            values_[at] = values[i];
        }
    }
};

}  // namespace lamina
