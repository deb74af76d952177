// SPDX-License-Identifier: Apache-2.0
// Digests of a saved plan for its signature, by libsodium if the build has it (LAMINA_HAS_SODIUM).
#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/plan_file.hpp>

#ifndef LAMINA_HAS_SODIUM
#define LAMINA_HAS_SODIUM 0
#endif
#if LAMINA_HAS_SODIUM
#include <sodium.h>
#endif

namespace lamina::detail {

using digest = std::array<unsigned char, 32>;

#if LAMINA_HAS_SODIUM
inline void start_sodium() {
    if (::sodium_init() < 0)
        throw error(errc::option, "libsodium",
            "libsodium does not start (no random numbers?); check the system's /dev/urandom");
}

inline digest digest_of(std::span<const std::byte> bytes) {
    digest out;
    ::crypto_generichash(out.data(), out.size(),
        reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
    return out;
}
#else
[[noreturn]] inline void start_sodium() {
    throw error(errc::option, "plan signature",
        "this program was built without libsodium, so plans can be neither signed nor checked; "
        "install libsodium-dev and build it again");
}
inline digest digest_of(std::span<const std::byte>) { start_sodium(); }
#endif

/// What is signed: the digest of plan and trailer, and that of the segment.
inline std::vector<unsigned char> signed_text(std::span<const std::byte> front,
    const plan_trailer& end, const unsigned char* segment_digest) {
    constexpr std::string_view purpose = "lamina saved plan, signature 1";
    std::vector<std::byte> all(front.begin(), front.end());
    const auto trailer = std::as_bytes(std::span(&end, 1));
    all.insert(all.end(), trailer.begin(), trailer.end());
    const digest of_front = digest_of(all);
    std::vector<unsigned char> out(purpose.begin(), purpose.end());
    out.insert(out.end(), of_front.begin(), of_front.end());
    out.insert(out.end(), segment_digest, segment_digest + sizeof(digest));
    return out;
}

/// Of the digests of a segment's pieces.
inline digest segment_digest(std::span<const digest> pieces) {
    return digest_of(std::as_bytes(pieces));
}

}  // namespace lamina::detail
