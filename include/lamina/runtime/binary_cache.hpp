// SPDX-License-Identifier: Apache-2.0
// Device binaries on disk, one checked file per program. Knows bytes and files, nothing of OpenCL.
// program.hpp asks here before it compiles and stores here afterwards; every fault is only a miss.
#pragma once
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace lamina {

/// Raised whenever kernels or this file's layout change in a way that the key cannot see.
inline constexpr std::uint64_t cache_format = 1;

/// A 64-bit hash: eight bytes at a time, multiply and fold; the length is part of it. Against
/// accident, not against attack: the folder belongs to the user who runs the program.
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

/// What a binary depends on: 128 bits of hash over all of it, and the lengths of its three parts.
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

/// The folder: $LAMINA_CACHE_DIR, else $XDG_CACHE_HOME/lamina, else ~/.cache/lamina. Empty when
/// LAMINA_CACHE_DIR is "off" or none of the three is set.
inline std::string cache_folder() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value ? value : "");
    };
    if (const std::string own = variable("LAMINA_CACHE_DIR"); !own.empty())
        return own == "off" ? std::string() : own;
    if (const std::string user = variable("XDG_CACHE_HOME"); !user.empty()) return user + "/lamina";
    if (const std::string home = variable("HOME"); !home.empty()) return home + "/.cache/lamina";
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

/// A file descriptor that closes itself.
struct descriptor {
    int number;
    explicit descriptor(int opened) : number(opened) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() { close_now(); }
    bool close_now() {
        const int closing = std::exchange(number, -1);
        return closing < 0 || ::close(closing) == 0;
    }
};

inline bool read_all(int file, void* to, std::size_t bytes) {
    auto* at = static_cast<char*>(to);
    while (bytes > 0) {
        const ssize_t got = ::read(file, at, bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        bytes -= static_cast<std::size_t>(got);
    }
    return true;
}

inline bool write_all(int file, const void* from, std::size_t bytes) {
    const auto* at = static_cast<const char*>(from);
    while (bytes > 0) {
        const ssize_t put = ::write(file, at, bytes);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        at += put;
        bytes -= static_cast<std::size_t>(put);
    }
    return true;
}

/// mkdir -p, readable by the user alone. False with errno set where that is not possible.
inline bool make_folders(const std::string& path) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string folder = path.substr(0, end);
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
            // In a place where none may be made an existing folder is refused too, and is fine.
            const int reason = errno;
            struct stat facts;
            if (::stat(folder.c_str(), &facts) != 0) {
                errno = reason;
                return false;
            }
        }
        if (end == std::string::npos) return true;
    }
}

}  // namespace detail

/// The stored binary, or nothing: absent, truncated, damaged and foreign files are all a miss.
inline std::optional<std::vector<std::byte>> read_cache(
    const std::string& folder, const cache_key& key) {
    if (folder.empty()) return {};
    const std::string path = folder + "/" + key.file_name();
    const detail::descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat facts;
    if (file.number < 0 || ::fstat(file.number, &facts) != 0 || !S_ISREG(facts.st_mode)) return {};

    detail::cache_header found, wanted;
    if (!detail::read_all(file.number, &found, sizeof found)) return {};
    wanted.key = key;
    wanted.binary_bytes = static_cast<std::uint64_t>(facts.st_size) - sizeof found;
    wanted.binary_hash = found.binary_hash;
    if (found != wanted) return {};

    std::vector<std::byte> binary(found.binary_bytes);
    if (!detail::read_all(file.number, binary.data(), binary.size())) return {};
    if (hash_bytes(binary, cache_format) != found.binary_hash) return {};
    return binary;
}

/// Writes beside and renames, so that a reader sees the old file or the new one. Returns the empty
/// text, or why nothing was written ("Permission denied"): a full disk must not stop a program.
inline std::string write_cache(
    const std::string& folder, const cache_key& key, std::span<const std::byte> binary) {
    if (folder.empty()) return "no cache folder";
    const auto reason = [] { return std::generic_category().message(errno); };
    if (!detail::make_folders(folder)) return reason();

    static std::atomic<unsigned> writes = 0;  // threads of one process must not share a file name
    const std::string path = folder + "/" + key.file_name();
    const std::string beside
        = path + "." + std::to_string(::getpid()) + "." + std::to_string(writes++) + ".tmp";
    detail::descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.number < 0) return reason();

    detail::cache_header header;
    header.key = key;
    header.binary_bytes = binary.size();
    header.binary_hash = hash_bytes(binary, cache_format);
    if (detail::write_all(file.number, &header, sizeof header)
        && detail::write_all(file.number, binary.data(), binary.size()) && file.close_now()
        && ::rename(beside.c_str(), path.c_str()) == 0)
        return {};
    std::string why = reason();
    ::unlink(beside.c_str());
    return why;
}

}  // namespace lamina
