// SPDX-License-Identifier: Apache-2.0
// Files that the user asked for: whole or not at all. Below save_plan.hpp and timing_cache.hpp.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <system_error>

#include <lamina/core/error.hpp>
#include <lamina/runtime/binary_cache.hpp>

namespace lamina::detail {

/// Writes the parts beside `path` and renames, so that no half file is ever there.
/// Errors  LAM-R03.
inline void write_file(const std::string& path, std::span<const std::span<const std::byte>> parts) {
    const std::string beside = path + "." + std::to_string(::getpid()) + ".tmp";
    const auto refuse = [&] {
        const int reason = errno;
        throw error(errc::file_not_written, path,
            path + " cannot be written (" + std::generic_category().message(reason)
                + "); check the folder, its permissions and the free space");
    };
    descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (file.number < 0) refuse();
    bool good = true;
    for (std::span<const std::byte> part : parts)
        good = good && write_all(file.number, part.data(), part.size());
    if (good && file.close_now() && ::rename(beside.c_str(), path.c_str()) == 0) return;
    const int reason = errno;
    ::unlink(beside.c_str());
    errno = reason;
    refuse();
}

}  // namespace lamina::detail
