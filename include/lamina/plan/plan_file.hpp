// SPDX-License-Identifier: Apache-2.0
// A saved plan's frame: [FlatBuffer, zeros to a multiple of 64][packed weights][trailer].
// Cut apart here before plan/read.hpp looks at the first part; the trailer stands at the end.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <lamina/core/error.hpp>

namespace lamina {

/// The last bytes of a saved plan.
struct plan_trailer {
    char magic[8] = {'L', 'A', 'M', 'P', 'L', 'A', 'N', '1'};
    std::uint64_t plan_bytes = 0;      ///< of the FlatBuffer, without the zeros behind it
    std::uint64_t segment_offset = 0;  ///< plan_bytes rounded up to a multiple of 64
    std::uint64_t segment_bytes = 0;
    std::uint64_t plan_hash = 0;       ///< of all before the segment, seeded by plan_bytes
};
static_assert(sizeof(plan_trailer) == 40);

/// What the segment is hashed and copied in.
inline constexpr std::size_t segment_piece = std::size_t{1} << 24;

/// A 64-bit hash, eight bytes at a time, low byte first, the last word filled with zeros: rotate,
/// xor, multiply, fold. Against accident, not against attack. Chained over pieces by `seed`.
inline std::uint64_t plan_hash(std::span<const std::byte> bytes, std::uint64_t seed) {
    std::uint64_t hash = seed ^ (bytes.size() * 0x9e3779b97f4a7c15u);
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
        std::uint64_t word = 0;
        if (bytes.size() - at >= 8) [[likely]]
            std::memcpy(&word, bytes.data() + at, 8);
        else
            std::memcpy(&word, bytes.data() + at, bytes.size() - at);
        hash = (std::rotl(hash, 23) ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    return hash;
}

/// The parts of a saved plan; the spans point into the bytes given.
struct plan_parts {
    std::span<const std::byte> plan, segment;
};

/// Errors  LAM-R10 when the trailer is missing, says something impossible, or the first part was
///         changed. The segment is not read: it is hashed while it is copied to the device.
inline plan_parts split_plan(std::span<const std::byte> file, const std::string& label) {
    const auto damaged = [&](const std::string& what) {
        throw error(errc::plan_damaged, label,
            label + " " + what + "; it is cut short or damaged, copy or save it again");
    };
    plan_trailer end;
    const plan_trailer wanted;
    if (file.size() < sizeof end)
        damaged("has " + std::to_string(file.size()) + " bytes, a saved plan has more than "
            + std::to_string(sizeof end));
    std::memcpy(&end, file.data() + file.size() - sizeof end, sizeof end);
    if (std::memcmp(end.magic, wanted.magic, sizeof end.magic) != 0)
        damaged("does not end with the trailer of a saved plan");
    const std::uint64_t room = file.size() - sizeof end;
    if (end.plan_bytes > room || end.segment_offset != (end.plan_bytes + 63) / 64 * 64
        || end.segment_offset > room || end.segment_bytes != room - end.segment_offset)
        damaged("has " + std::to_string(file.size()) + " bytes, its trailer tells of "
            + std::to_string(end.plan_bytes) + " of plan and " + std::to_string(end.segment_bytes)
            + " of weights");
    const auto offset = static_cast<std::size_t>(end.segment_offset);
    if (plan_hash(file.first(offset), end.plan_bytes) != end.plan_hash)
        damaged("has changed bytes among the first " + std::to_string(offset));
    return {file.first(static_cast<std::size_t>(end.plan_bytes)),
        file.subspan(offset, static_cast<std::size_t>(end.segment_bytes))};
}

}  // namespace lamina
