// SPDX-License-Identifier: Apache-2.0
// A saved plan's frame: [FlatBuffer, zeros to a multiple of 64][packed weights][trailer], followed by a
// signature if it was saved with a key. Taken apart here before plan/read.hpp reads it.
#pragma once
#include <algorithm>
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
    char magic[8] = {'L', 'A', 'M', 'P', 'L', 'A', 'N', '2'};
    std::uint64_t plan_bytes = 0;      ///< of the FlatBuffer, without the zeros behind it
    std::uint64_t segment_offset = 0;  ///< plan_bytes rounded up to a multiple of 64
    std::uint64_t segment_bytes = 0;
    std::uint64_t plan_hash = 0;  ///< of all before the segment, seeded by plan_bytes
};
static_assert(sizeof(plan_trailer) == 40);

/// A 64-bit hash of words of eight bytes, low byte first, the last one padded with zeros. It detects
/// accidents, not attacks. Chained over parts by `seed`. Blocks of four words go through four
/// hashes side by side (rotate, xor, multiply, fold), which do not wait for each other; those, and
/// the words after the last whole block, go through one.
inline std::uint64_t plan_hash(std::span<const std::byte> bytes, std::uint64_t seed) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15u;
    const auto step = [](std::uint64_t hash, std::uint64_t word) {
        hash = (std::rotl(hash, 23) ^ word) * 0xff51afd7ed558ccdu;
        return hash ^ (hash >> 32);
    };
    const auto word = [&](std::size_t at, std::size_t size) {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data() + at, size);
        return value;
    };
    std::uint64_t hash = seed ^ (bytes.size() * odd);
    std::size_t at = 0;
    if (bytes.size() >= 32) {
        std::uint64_t a = hash, b = hash + odd, c = hash + 2 * odd, d = hash + 3 * odd;
        for (; bytes.size() - at >= 32; at += 32) {
            a = step(a, word(at, 8));
            b = step(b, word(at + 8, 8));
            c = step(c, word(at + 16, 8));
            d = step(d, word(at + 24, 8));
        }
        for (std::uint64_t lane : {a, b, c, d}) hash = step(hash, lane);
    }
    for (; bytes.size() - at >= 8; at += 8) hash = step(hash, word(at, 8));
    if (at < bytes.size()) hash = step(hash, word(at, bytes.size() - at));
    return hash;
}

/// What the segment is hashed and copied in: its hash is plan_hash() of the hashes of its pieces,
/// each seeded by its number.
inline constexpr std::size_t segment_piece = std::size_t{1} << 20;

constexpr std::size_t segment_pieces(std::size_t bytes) {
    return (bytes + segment_piece - 1) / segment_piece;
}

inline std::span<const std::byte> segment_part(std::span<const std::byte> segment, std::size_t i) {
    const std::size_t at = i * segment_piece;
    return segment.subspan(at, std::min(segment_piece, segment.size() - at));
}

/// The last bytes of a plan that was saved with a key: the signature of all before it. Ed25519, of the
/// BLAKE2b digests of the first part with the trailer and of the segment (runtime/signature.hpp).
struct plan_signature {
    char magic[8] = {'L', 'A', 'M', 'S', 'I', 'G', 'N', '1'};
    unsigned char key[32] = {};             ///< the public one
    unsigned char segment_digest[32] = {};  ///< of the digests of its pieces
    unsigned char signature[64] = {};
};
static_assert(sizeof(plan_signature) == 136);

/// Where the parts of a saved plan lie.
struct plan_frame {
    std::uint64_t size = 0;  ///< without a signature
    plan_trailer end;
    bool is_signed = false;
    plan_signature signature;
};

/// From the last bytes of a file of `size` bytes: 176 of them, or all.
/// Errors  LAM-R10 when the trailer is missing or says something impossible.
inline plan_frame frame_of(
    std::span<const std::byte> last, std::uint64_t size, const std::string& label) {
    const auto damaged = [&](const std::string& what) {
        throw error(errc::plan_damaged, label,
            label + " " + what + "; it is cut short or damaged, copy or save it again");
    };
    plan_frame out;
    plan_trailer& end = out.end;
    const plan_trailer wanted;
    const plan_signature wanted_signature;
    out.size = size;
    if (last.size() >= sizeof out.signature) {
        const std::size_t at = last.size() - sizeof out.signature;
        std::memcpy(&out.signature, last.data() + at, sizeof out.signature);
        out.is_signed = std::memcmp(out.signature.magic, wanted_signature.magic, 8) == 0;
        if (out.is_signed) {
            last = last.first(at);
            out.size -= sizeof out.signature;
        }
    }
    if (last.size() < sizeof end)
        damaged("has " + std::to_string(size) + " bytes, a saved plan has more than "
            + std::to_string(sizeof end));
    std::memcpy(&end, last.data() + last.size() - sizeof end, sizeof end);
    if (std::memcmp(end.magic, wanted.magic, sizeof end.magic) != 0)
        damaged("does not end with the trailer of a saved plan");
    const std::uint64_t room = out.size - sizeof end;
    if (end.plan_bytes > room || end.segment_offset != (end.plan_bytes + 63) / 64 * 64
        || end.segment_offset > room || end.segment_bytes != room - end.segment_offset)
        damaged("has " + std::to_string(size) + " bytes, its trailer states "
            + std::to_string(end.plan_bytes) + " of plan and " + std::to_string(end.segment_bytes)
            + " of weights");
    return out;
}
inline constexpr std::size_t plan_frame_bytes = sizeof(plan_signature) + sizeof(plan_trailer);

/// Errors  LAM-R10 when the first part, up to the segment, was changed.
inline void check_front(
    std::span<const std::byte> front, const plan_trailer& end, const std::string& label) {
    if (plan_hash(front, end.plan_bytes) != end.plan_hash)
        throw error(errc::plan_damaged, label,
            label + " has changed bytes among the first " + std::to_string(front.size())
                + "; it is cut short or damaged, copy or save it again");
}

/// The parts of a saved plan; the spans point into the bytes given.
struct plan_parts {
    std::span<const std::byte> plan, segment;
};

/// Errors  LAM-R10 when the trailer is missing, says something impossible, or the first part was
///         changed. The segment is not read: it is hashed while it is copied to the device.
inline plan_parts split_plan(std::span<const std::byte> file, const std::string& label) {
    const plan_trailer end
        = frame_of(file.last(std::min(file.size(), plan_frame_bytes)), file.size(), label).end;
    const auto offset = static_cast<std::size_t>(end.segment_offset);
    check_front(file.first(offset), end, label);
    return {file.first(static_cast<std::size_t>(end.plan_bytes)),
        file.subspan(offset, static_cast<std::size_t>(end.segment_bytes))};
}

}  // namespace lamina
