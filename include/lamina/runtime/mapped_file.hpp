// SPDX-License-Identifier: Apache-2.0
// A file mapped into memory, read-only and shared with the page cache. Used by weights.hpp, which returns
// views of the bytes.
#pragma once
#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include <lamina/core/error.hpp>
#include <lamina/runtime/file.hpp>

namespace lamina {

/// Owns a mapping and the open file; move-only. The bytes stay valid while it lives and start at a
/// page boundary.
///
/// Accessing the bytes of a file that another program truncates meanwhile raises SIGBUS; read() returns an
/// error instead. Lamina itself uses only read().
class mapped_file {
public:
    mapped_file() = default;

    /// Errors  LAM-R01 if the path is not a readable plain file.
    explicit mapped_file(const std::string& path) : file_(path) {
        size_ = static_cast<std::size_t>(file_.size());
        if (size_ == 0) return;
        data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_.number(), 0);
        if (data_ != MAP_FAILED) return;
        const int reason = errno;
        data_ = nullptr;
        throw error(errc::file_missing, path,
            path + " cannot be mapped (" + detail::system_text(reason)
                + "); check the path and that you may read the file");
    }

    mapped_file(mapped_file&& other) noexcept
        : file_(std::move(other.file_)), data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    mapped_file& operator=(mapped_file other) noexcept {
        std::swap(file_, other.file_);
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

    /// Copies bytes from the file, not from the mapping.
    /// Errors  LAM-R02 if the file has become shorter.
    void read(std::span<std::byte> to, std::size_t at) const { file_.read(to, at); }

    explicit operator bool() const { return bool(file_); }

private:
    detail::opened_file file_;
    void* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace lamina
