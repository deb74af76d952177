// SPDX-License-Identifier: Apache-2.0
// Device binaries on disk, one checked file per program. Deals with bytes and files, not with OpenCL.
// program.hpp looks here before it compiles and stores here afterwards; every failure is just a miss.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/runtime/environment.hpp>
#include <lamina/runtime/file.hpp>

namespace lamina {

/// Increased whenever kernels or this file's layout change in a way that the key does not reflect.
inline constexpr std::uint64_t cache_format = 1;

/// A 64-bit hash: eight bytes at a time, multiply and fold; the length is included. It detects accidents,
/// not attacks: files that another user could have written are never used.
inline std::uint64_t hash_bytes(std::span<const std::byte> bytes, std::uint64_t seed) {
    std::uint64_t hash = seed ^ (bytes.size() * 0x9e3779b97f4a7c15u);
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
        hash = (std::rotl(hash, 23) ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    return hash;
}

/// Everything that a binary depends on, as a 128-bit hash and the lengths of its three parts.
struct cache_key {
    std::uint64_t high = 0, low = 0;
    std::uint64_t source_bytes = 0, options_bytes = 0, device_bytes = 0;

    friend bool operator==(const cache_key&, const cache_key&) = default;

    std::string file_name() const {
        char text[40];
        std::snprintf(text, sizeof text, "%016llx%016llx.bin",
            static_cast<unsigned long long>(high), static_cast<unsigned long long>(low));
        return text;
    }
};

/// `device` is every fact about the device and its driver that a binary depends on, in one text.
inline cache_key make_cache_key(
    std::string_view source, std::string_view options, std::string_view device) {
    cache_key key{0x6c616d696e61u, 0x706c616e73u, source.size(), options.size(), device.size()};
    for (std::string_view part : {source, options, device}) {
        key.high = hash_bytes(std::as_bytes(std::span(part)), key.high);
        key.low = hash_bytes(std::as_bytes(std::span(part)), key.low);
    }
    return key;
}

/// The folder: $LAMINA_CACHE_DIR, else $XDG_CACHE_HOME/lamina, else ~/.cache/lamina. Empty if
/// LAMINA_CACHE_DIR is "off", if none of the three is set, or in a program with more privileges than the
/// user who started it.
inline std::string cache_folder() {
    if (const std::string own = environment("LAMINA_CACHE_DIR"); !own.empty())
        return own == "off" ? std::string() : own;
    if (const std::string user = environment("XDG_CACHE_HOME"); !user.empty())
        return user + "/lamina";
    if (const std::string home = environment("HOME"); !home.empty()) return home + "/.cache/lamina";
    return {};
}

namespace detail {

/// The first bytes of a cache file; the binary follows. All of it is compared before any is used.
struct cache_header {
    char magic[8] = {'L', 'A', 'M', 'C', 'A', 'C', 'H', 'E'};
    std::uint64_t format = cache_format;
    cache_key key;
    std::uint64_t binary_bytes = 0;
    std::uint64_t binary_hash = 0;

    friend bool operator==(const cache_header&, const cache_header&) = default;
};

inline bool read_all(int file, std::span<std::byte> to) {
    while (!to.empty()) {
        const ssize_t got = ::read(file, to.data(), to.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to = to.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

/// Opens the folder if only this user and root can change its contents: the entries are native code.
/// Otherwise returns a descriptor below 0 and the reason in `reason`.
inline descriptor open_private(const std::string& path, std::string& reason) {
    descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat facts;
    if (folder.number < 0 || ::fstat(folder.number, &facts) != 0) {
        reason = system_text(errno);
        return {};
    }
    if (is_private(facts)) return folder;
    reason = path
        + (facts.st_uid == ::geteuid() || facts.st_uid == 0
                ? " can be written by others; chmod go-w it"
                : " belongs to another user; set LAMINA_CACHE_DIR to a folder of your own");
    return {};
}

}  // namespace detail

/// The largest binary that is read: memory is taken for it before its hash is known.
inline constexpr std::uint64_t cached_binary_limit = std::uint64_t{256} << 20;

/// The stored binary, or nothing. Absent, truncated, damaged and foreign files are a miss; so are paths
/// that are not plain files, and files that another user owns or can write to.
inline std::optional<std::vector<std::byte>> read_cache(
    const std::string& folder, const cache_key& key) {
    if (folder.empty()) return {};
    std::string reason;
    const detail::descriptor in = detail::open_private(folder, reason);
    if (in.number < 0) return {};
    const detail::descriptor file(::openat(in.number, key.file_name().c_str(),
        O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    struct stat facts;
    if (file.number < 0 || ::fstat(file.number, &facts) != 0 || !S_ISREG(facts.st_mode)
        || !detail::is_private(facts))
        return {};

    detail::cache_header found, wanted;
    if (!detail::read_all(file.number, std::as_writable_bytes(std::span(&found, 1)))) return {};
    wanted.key = key;
    wanted.binary_bytes = static_cast<std::uint64_t>(facts.st_size) - sizeof found;
    wanted.binary_hash = found.binary_hash;
    if (found != wanted || found.binary_bytes > cached_binary_limit) return {};

    std::vector<std::byte> binary(found.binary_bytes);
    if (!detail::read_all(file.number, binary)) return {};
    if (hash_bytes(binary, cache_format) != found.binary_hash) return {};
    return binary;
}

/// Writes a temporary file and renames it, so that a reader sees the old file or the new one. Returns an
/// empty text, or why nothing was written ("Permission denied"): a full disk must not stop a program.
inline std::string write_cache(
    const std::string& folder, const cache_key& key, std::span<const std::byte> binary) {
    if (folder.empty()) return "no cache folder";
    if (!detail::make_folders(folder)) return detail::system_text(errno);
    std::string reason;
    const detail::descriptor in = detail::open_private(folder, reason);
    if (in.number < 0) return reason;
    if (binary.size() > cached_binary_limit) return "larger than the limit";

    detail::cache_header header;
    header.key = key;
    header.binary_bytes = binary.size();
    header.binary_hash = hash_bytes(binary, cache_format);
    const std::span<const std::byte> parts[] = {std::as_bytes(std::span(&header, 1)), binary};
    if (detail::replace_in(in.number, key.file_name(), parts, 0600, true)) return {};
    return detail::system_text(errno);
}

}  // namespace lamina
