// SPDX-License-Identifier: Apache-2.0
// Makes keys and signs with them. Included by signature.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <lamina/plan/plan_file.hpp>
#include <lamina/runtime/digest.hpp>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/signature.hpp>

namespace lamina {

LAMINA_INLINE signing_key signing_key::make() {
    signing_key out;
    detail::start_sodium();
#if LAMINA_HAS_SODIUM
    ::randombytes_buf(out.seed_.data(), out.seed_.size());
#endif
    return out;
}

LAMINA_INLINE signing_key signing_key::open(const std::string& path) {
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

LAMINA_INLINE void signing_key::save(const std::string& path) const {
    const std::string text = detail::hex_text(seed_) + "\n";
    const std::span<const std::byte> parts[] = {std::as_bytes(std::span(text))};
    detail::write_file(path, parts, 0600);
}

LAMINA_INLINE plan_key signing_key::public_key() const {
    detail::start_sodium();
    plan_key out(std::string(64, '0'));
#if LAMINA_HAS_SODIUM
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret;
    ::crypto_sign_seed_keypair(out.bytes.data(), secret.data(), seed_.data());
    ::sodium_memzero(secret.data(), secret.size());
#endif
    return out;
}

LAMINA_INLINE plan_signature signing_key::sign(std::span<const std::byte> front,
    const plan_trailer& end, std::span<const detail::digest> pieces) const {
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

}  // namespace lamina
