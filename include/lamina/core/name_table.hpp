// SPDX-License-Identifier: Apache-2.0
// Finds a weight name by its hash, which keeps fits and the check for duplicate names linear.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lamina {

/// Open addressing with a power of two; grows automatically. A lookup compares one or two numbers,
/// which matters in constant evaluation (a loop over the 267 names of ResNet-50 took half a second).
class name_table {
public:
    /// The value of a hash, or -1.
    constexpr int find(std::uint64_t hash) const {
        return slots_.empty() ? -1 : slots_[place(hash)].value;
    }

    /// Adds a new hash; value is 0 or more.
    constexpr void insert(std::uint64_t hash, int value) {
        if (slots_.size() < 2 * (count_ + 1)) {
            std::vector<slot> old(slots_.empty() ? 64 : 4 * slots_.size());
            old.swap(slots_);
            for (const slot& s : old)
                if (s.value >= 0) slots_[place(s.hash)] = s;
        }
        slots_[place(hash)] = {hash, value};
        ++count_;
    }

private:
    struct slot {
        std::uint64_t hash = 0;
        int value = -1;
    };
    std::vector<slot> slots_;
    std::size_t count_ = 0;

    /// Where a hash is, or where it would go.
    constexpr std::size_t place(std::uint64_t hash) const {
        std::size_t at = static_cast<std::size_t>(hash) & (slots_.size() - 1);
        while (slots_[at].value >= 0 && slots_[at].hash != hash)
            at = (at + 1) & (slots_.size() - 1);
        return at;
    }
};

}  // namespace lamina
