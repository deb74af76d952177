// SPDX-License-Identifier: Apache-2.0
// Checks that one of the keys that a program trusts signed a plan. Used by plan_source.hpp.
#pragma once
#include <cstddef>
#include <cstring>
#include <span>
#include <string>

#include <lamina/core/error.hpp>
#include <lamina/plan/plan_file.hpp>
#include <lamina/runtime/digest.hpp>
#include <lamina/runtime/signature.hpp>

namespace lamina::detail {

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

}  // namespace lamina::detail
