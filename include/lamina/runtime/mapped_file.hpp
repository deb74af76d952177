// SPDX-License-Identifier: Apache-2.0
// A file's bytes in memory without reading them: mapped, shared with the page cache, read-only.
// Below weights.hpp and plans loaded from disk.
#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <lamina/core/error.hpp>

namespace lamina {

/// Owns a mapping; move-only. The bytes stay valid while it lives and start at a page boundary.
class mapped_file {
public:
    mapped_file() = default;

    /// Errors  LAM-R01 when the path is not a file that can be read.
    explicit mapped_file(const std::string& path) {
        // Non-blocking, or a named pipe would be waited for.
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (file < 0) refuse(path, "cannot be opened");
        struct stat facts;
        const bool known = ::fstat(file, &facts) == 0;
        if (known && S_ISREG(facts.st_mode) && facts.st_size > 0) {
            size_ = static_cast<std::size_t>(facts.st_size);
            data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
        }
        const int reason = errno;
        ::close(file);  // the mapping keeps the file
        errno = reason;
        if (!known || data_ == MAP_FAILED) {
            data_ = nullptr;
            refuse(path, "cannot be mapped");
        }
        if (!S_ISREG(facts.st_mode))
            throw error(errc::file_missing, path,
                path + " is a folder or a device, a plain file is needed; check the path");
    }

    mapped_file(mapped_file&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    mapped_file& operator=(mapped_file other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~mapped_file() {
        if (data_) ::munmap(data_, size_);
    }

    std::span<const std::byte> bytes() const {
        return {static_cast<const std::byte*>(data_), size_};
    }

private:
    void* data_ = nullptr;
    std::size_t size_ = 0;

    [[noreturn]] static void refuse(const std::string& path, const char* what) {
        const int reason = errno;
        throw error(errc::file_missing, path,
            path + " " + what + " (" + std::generic_category().message(reason)
                + "); check the path and that you may read the file");
    }
};

}  // namespace lamina
