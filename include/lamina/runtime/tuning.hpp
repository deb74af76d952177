// SPDX-License-Identifier: Apache-2.0
// Rules that choose a step's tactic by device: rows of data, of which the most specific wins; without one,
// the plan's own choice. Used by build_programs.hpp when an engine is made.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <lamina/runtime/device.hpp>

namespace lamina {

/// What a row's `device` text is compared with, from least to most specific.
enum class tuning_scope : unsigned char {
    type,          ///< "cpu", "gpu"
    vendor,        ///< part of the vendor's name
    architecture,  ///< part of the device's name: "znver3", "H100"
    name,          ///< all of the device's name
};

/// One measured choice. `extents` are a step's; zeros match every size.
struct tuning_row {
    tuning_scope scope = tuning_scope::type;
    std::string device;
    std::string family;
    std::array<std::uint32_t, 3> extents{};
    std::string tactic;
};

namespace detail {

inline bool tuning_matches(const tuning_row& row, const device_facts& facts) {
    switch (row.scope) {
    case tuning_scope::type:
        return row.device == to_text(facts.type);
    case tuning_scope::vendor:
        return facts.vendor.find(row.device) != std::string::npos;
    case tuning_scope::architecture:
        return facts.name.find(row.device) != std::string::npos;
    default:
        return row.device == facts.name;
    }
}

}  // namespace detail

/// The tactic's name for a step of `family` with these extents; nothing if no row matches. A row for the
/// exact extents beats one for all, then the more specific device wins, then the later row.
inline std::optional<std::string_view> find_tactic(std::span<const tuning_row> rows,
    const device_facts& facts, std::string_view family, std::span<const std::uint32_t> extents) {
    const tuning_row* best = nullptr;
    int best_rank = -1;
    for (const tuning_row& row : rows) {
        const bool any = row.extents == std::array<std::uint32_t, 3>{};
        if (row.family != family
            || !(any
                || std::equal(
                    extents.begin(), extents.end(), row.extents.begin(), row.extents.end()))
            || !detail::tuning_matches(row, facts))
            continue;
        const int rank = (any ? 0 : 4) + static_cast<int>(row.scope);
        if (rank < best_rank) continue;
        best = &row;
        best_rank = rank;
    }
    return best ? std::optional<std::string_view>(best->tactic) : std::nullopt;
}

}  // namespace lamina
