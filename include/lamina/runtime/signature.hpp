// SPDX-License-Identifier: Apache-2.0
// Signed plans: who has the secret key made the file, and nobody changed it. Ed25519 and BLAKE2b by
// libsodium, where the build has it (LAMINA_HAS_SODIUM); plan_file.hpp has the bytes.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/plan_file.hpp>
#include <lamina/runtime/file.hpp>

#ifndef LAMINA_HAS_SODIUM
#define LAMINA_HAS_SODIUM 0
#endif
#if LAMINA_HAS_SODIUM
#include <sodium.h>
#endif

namespace lamina {

namespace detail {

constexpr int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// 32 bytes of 64 hexadecimal digits. Errors  LAM-R22, which names no digit of what may be secret.
constexpr std::array<unsigned char, 32> key_bytes(std::string_view hex, const char* what) {
    std::array<unsigned char, 32> out{};
    bool good = hex.size() == 64;
    for (std::size_t i = 0; good && i < 32; ++i) {
        const int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        good = high >= 0 && low >= 0;
        if (good) out[i] = static_cast<unsigned char>(high * 16 + low);
    }
    if (!good)
        throw error(errc::option, what,
            std::string(what) + " has " + std::to_string(hex.size())
                + " characters or others than 0-9 and a-f, 64 hexadecimal digits are expected; "
                  "copy it again");
    return out;
}

inline std::string hex_text(std::span<const unsigned char> bytes) {
    std::string out;
    for (unsigned char each : bytes)
        for (int digit : {each >> 4, each & 15}) out += "0123456789abcdef"[digit];
    return out;
}

}  // namespace detail

/// The public half of a key, as it stands in a program: 64 hexadecimal digits.
struct plan_key {
    std::array<unsigned char, 32> bytes{};
    /// Errors  LAM-R22 for other characters; in a constant a compiler's error.
    constexpr plan_key(std::string_view hex)  // NOLINT(google-explicit-constructor)
        : bytes(detail::key_bytes(hex, "the plan key")) {}
    constexpr plan_key(const char* hex)  // NOLINT(google-explicit-constructor)
        : plan_key(std::string_view(hex)) {}
    std::string text() const { return detail::hex_text(bytes); }
    friend bool operator==(const plan_key&, const plan_key&) = default;
};

namespace detail {

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

}  // namespace detail

/// Both halves of a key. Keep it where plans are made, never in the program that loads them.
class signing_key {
public:
    /// A new one. Errors  LAM-R22 in a build without libsodium.
    static signing_key make() {
        signing_key out;
        detail::start_sodium();
#if LAMINA_HAS_SODIUM
        ::randombytes_buf(out.seed_.data(), out.seed_.size());
#endif
        return out;
    }

    /// From the file that save() wrote.
    /// Errors  LAM-R01, LAM-R22, also for a file that others can read.
    static signing_key open(const std::string& path) {
        const detail::opened_file file(path);
        struct stat facts;
        if (::fstat(file.number(), &facts) != 0 || (facts.st_mode & 077) != 0)
            throw error(errc::option, path,
                path
                    + " can be read by others, a secret key belongs to one user; chmod 600 it, and "
                      "make a new key if somebody did read it");
        const auto bytes
            = file.read(0, std::min<std::size_t>(static_cast<std::size_t>(file.size()), 256));
        std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
        signing_key out;
        out.seed_ = detail::key_bytes(text, "the secret key");
        return out;
    }

    /// Writes 64 hexadecimal digits for open(), for this user alone. Errors  LAM-R03.
    void save(const std::string& path) const {
        const std::string text = detail::hex_text(seed_) + "\n";
        const std::span<const std::byte> parts[] = {std::as_bytes(std::span(text))};
        detail::write_file(path, parts, 0600);
    }

    /// What a program needs to check plans that were signed with it.
    plan_key public_key() const {
        detail::start_sodium();
        plan_key out(std::string(64, '0'));
#if LAMINA_HAS_SODIUM
        std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret;
        ::crypto_sign_seed_keypair(out.bytes.data(), secret.data(), seed_.data());
        ::sodium_memzero(secret.data(), secret.size());
#endif
        return out;
    }

    /// The bytes that follow a saved plan. `pieces` are the digests of its segment's pieces.
    plan_signature sign(std::span<const std::byte> front, const plan_trailer& end,
        std::span<const detail::digest> pieces) const {
        detail::start_sodium();
        plan_signature out;
        const detail::digest of_segment = detail::segment_digest(pieces);
        std::copy(of_segment.begin(), of_segment.end(), out.segment_digest);
#if LAMINA_HAS_SODIUM
        std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret;
        ::crypto_sign_seed_keypair(out.key, secret.data(), seed_.data());
        const auto text = detail::signed_text(front, end, out.segment_digest);
        ::crypto_sign_detached(out.signature, nullptr, text.data(), text.size(), secret.data());
        ::sodium_memzero(secret.data(), secret.size());
#else
        (void)front;
        (void)end;
#endif
        return out;
    }

private:
    std::array<unsigned char, 32> seed_{};
    signing_key() = default;
};

namespace detail {

/// Errors  LAM-R25 unless one of `keys` signed a plan with these parts; LAM-R22 without libsodium.
inline void check_signature(const plan_frame& frame, std::span<const std::byte> front,
    std::span<const plan_key> keys, const std::string& label) {
    start_sodium();
    const auto refuse = [&](const std::string& what) {
        throw error(errc::plan_trust, label, label + " " + what);
    };
    std::string names;
    for (const plan_key& key : keys) names += (names.empty() ? "" : ", ") + key.text();
    if (!frame.is_signed)
        refuse("is not signed, this program loads plans signed with " + names
            + " only; save it with that key ({.sign_with = &key})");
    const plan_key* key = nullptr;
    for (const plan_key& each : keys)
        if (std::memcmp(each.bytes.data(), frame.signature.key, sizeof each.bytes) == 0)
            key = &each;
    if (!key)
        refuse("is signed with the key " + hex_text(frame.signature.key) + ", this program trusts "
            + names + "; get the plan from the owner of that key");
#if LAMINA_HAS_SODIUM
    const auto text = signed_text(front, frame.end, frame.signature.segment_digest);
    if (::crypto_sign_verify_detached(
            frame.signature.signature, text.data(), text.size(), key->bytes.data())
        != 0)
        refuse("was changed after it was signed with the key " + key->text()
            + "; do not use it, get it again");
#else
    (void)front;
#endif
}

}  // namespace detail
}  // namespace lamina
