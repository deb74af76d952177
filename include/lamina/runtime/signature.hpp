// SPDX-License-Identifier: Apache-2.0
// Signed plans: a signature proves that the holder of the secret key made the file and that it was not
// changed. Ed25519 and BLAKE2b by libsodium, if the build has it; plan_file.hpp documents the bytes.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/core/linkage.hpp>

namespace lamina {

struct plan_signature;
struct plan_trailer;

namespace detail {

constexpr int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// 32 bytes of 64 hexadecimal digits. Errors  LAM-R22, whose message reveals no digit of a possible secret.
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

/// The public half of a key, as written in a program: 64 hexadecimal digits.
struct plan_key {
    std::array<unsigned char, 32> bytes{};
    /// Errors  LAM-R22 for other characters; a compile error in a constant.
    constexpr plan_key(std::string_view hex)  // NOLINT(google-explicit-constructor)
        : bytes(detail::key_bytes(hex, "the plan key")) {}
    constexpr plan_key(const char* hex)  // NOLINT(google-explicit-constructor)
        : plan_key(std::string_view(hex)) {}
    std::string text() const { return detail::hex_text(bytes); }
    friend bool operator==(const plan_key&, const plan_key&) = default;
};

namespace detail {
using digest = std::array<unsigned char, 32>;
}  // namespace detail

/// Both halves of a key. Keep it where plans are made, never in a program that loads them.
class signing_key {
public:
    /// A new one. Errors  LAM-R22 in a build without libsodium.
    static signing_key make();

    /// From the file that save() wrote.
    /// Errors  LAM-R01, LAM-R22, also for a file that others can read.
    static signing_key open(const std::string& path);

    /// Writes 64 hexadecimal digits for open(), for this user alone. Errors  LAM-R03.
    void save(const std::string& path) const;

    /// The key with which a program checks plans that were signed with this one.
    plan_key public_key() const;

    /// The bytes that follow a saved plan. `pieces` are the digests of its segment's pieces.
    plan_signature sign(std::span<const std::byte> front, const plan_trailer& end,
        std::span<const detail::digest> pieces) const;

private:
    std::array<unsigned char, 32> seed_{};
    signing_key() = default;
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/signature.impl.hpp>
#endif
