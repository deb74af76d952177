// SPDX-License-Identifier: Apache-2.0
// Opens and writes every file of the runtime: weights, plans, timing caches, device binaries. Only plain
// files are opened, sizes are limited before memory is allocated, and a file is written completely or not
// at all, even after a crash. Independent of the contents.
#pragma once
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>

namespace lamina::detail {

/// A file descriptor that closes itself.
struct descriptor {
    int number = -1;
    descriptor() = default;
    explicit descriptor(int opened) : number(opened) {}
    descriptor(descriptor&& other) noexcept : number(std::exchange(other.number, -1)) {}
    descriptor& operator=(descriptor other) noexcept {
        std::swap(number, other.number);
        return *this;
    }
    ~descriptor() { close_now(); }
    bool close_now() {
        const int closing = std::exchange(number, -1);
        return closing < 0 || ::close(closing) == 0;
    }
};

inline std::string system_text(int reason) { return std::generic_category().message(reason); }

/// The kind of a file that is not a plain one, in words.
inline std::string_view kind_of(const struct stat& facts) {
    return S_ISDIR(facts.st_mode) ? "a folder"
        : S_ISFIFO(facts.st_mode) ? "a named pipe"
        : S_ISSOCK(facts.st_mode) ? "a socket"
        : S_ISLNK(facts.st_mode)  ? "a symbolic link"
                                  : "a device";
}

/// A plain file, open for reading.
class opened_file {
public:
    opened_file() = default;

    /// Follows symbolic links.
    /// Errors  LAM-R01 when the path is not a plain file that can be read.
    explicit opened_file(const std::string& path) : path_(path) {
        // Checked first: opening a device may have effects, opening a pipe may block.
        struct stat facts;
        if (::stat(path.c_str(), &facts) != 0) refuse("cannot be opened");
        if (S_ISREG(facts.st_mode)) {
            file_ = descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
            if (file_.number < 0) refuse("cannot be opened");
            if (::fstat(file_.number, &facts) != 0) refuse("cannot be looked at");
        }
        if (!S_ISREG(facts.st_mode))
            throw error(errc::file_missing, path,
                path + " is " + std::string(kind_of(facts))
                    + ", a plain file is needed; check the path");
        size_ = static_cast<std::uint64_t>(facts.st_size);
    }

    explicit operator bool() const { return file_.number >= 0; }
    int number() const { return file_.number; }
    std::uint64_t size() const { return size_; }  ///< when it was opened
    const std::string& path() const { return path_; }

    /// Fills `to` from byte `at` on. Threads may call it at the same time.
    /// Errors  LAM-R02 if the file has become shorter, LAM-R01 if the system cannot read it.
    void read(std::span<std::byte> to, std::uint64_t at) const {
        while (!to.empty()) {
            const ssize_t got = ::pread(file_.number, to.data(), to.size(), static_cast<off_t>(at));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) refuse("cannot be read");
            if (got == 0)
                throw error(errc::file_damaged, path_,
                    path_ + " had " + std::to_string(size_) + " bytes and now ends at byte "
                        + std::to_string(at)
                        + "; something changed it while it was read, write files beside and rename "
                          "them");
            to = to.subspan(static_cast<std::size_t>(got));
            at += static_cast<std::uint64_t>(got);
        }
    }

    std::vector<std::byte> read(std::uint64_t at, std::size_t bytes) const {
        std::vector<std::byte> out(bytes);
        read(out, at);
        return out;
    }

private:
    std::string path_;
    descriptor file_;
    std::uint64_t size_ = 0;

    [[noreturn]] void refuse(const char* what) const {
        throw error(errc::file_missing, path_,
            path_ + " " + what + " (" + system_text(errno)
                + "); check the path and that you may read the file");
    }
};

/// All bytes of a file of at most `most` bytes.
/// Errors  LAM-R01; LAM-R02 for a larger one, before memory is allocated.
inline std::vector<std::byte> read_file(const std::string& path, std::uint64_t most) {
    const opened_file file(path);
    if (file.size() > most)
        throw error(errc::file_damaged, path,
            path + " has " + std::to_string(file.size()) + " bytes, at most " + std::to_string(most)
                + " are expected; check the path");
    return file.read(0, static_cast<std::size_t>(file.size()));
}

/// True for a file or folder that only this user and root can change.
inline bool is_private(const struct stat& facts) {
    return (facts.st_uid == ::geteuid() || facts.st_uid == 0)
        && (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

inline bool write_all(int file, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(file, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put == 0) errno = EIO;  // a file system that writes nothing and reports no error
        if (put <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return true;
}

/// Flushes written data to the disk. A file system that does not support it is not an error.
inline bool sync_now(int file) {
    while (::fsync(file) != 0) {
        if (errno == EINTR) continue;
        return errno == EINVAL || errno == ENOTSUP || errno == EROFS;
    }
    return true;
}

// Temporary files are ".lamina-", 32 random hexadecimal digits, ".tmp", and locked while their
// writer lives.
inline constexpr std::string_view temporary_head = ".lamina-", temporary_tail = ".tmp";

inline bool is_temporary_name(std::string_view name) {
    return name.size() == temporary_head.size() + 32 + temporary_tail.size()
        && name.starts_with(temporary_head) && name.ends_with(temporary_tail);
}

/// Empty if the system provides no random numbers.
inline std::string temporary_name() {
    std::array<unsigned char, 16> random;
    for (std::size_t have = 0; have < random.size();) {
        const ssize_t got = ::getrandom(random.data() + have, random.size() - have, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return {};
        have += static_cast<std::size_t>(got);
    }
    std::string name(temporary_head);
    for (unsigned char each : random)
        for (int digit : {each >> 4, each & 15}) name += "0123456789abcdef"[digit];
    return name += temporary_tail;
}

/// Removes temporary files of killed writers: a lock shows whether a writer is still running. Files
/// younger than a minute are kept, because a file exists before its lock.
inline void remove_leftovers(int folder) {
    const int again = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0) return;
    const std::unique_ptr<DIR, int (*)(DIR*)> all(::fdopendir(again), ::closedir);
    if (!all) {
        ::close(again);
        return;
    }
    while (const dirent* entry = ::readdir(all.get())) {
        if (!is_temporary_name(entry->d_name)) continue;
        const descriptor file(::openat(
            folder, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        struct stat facts;
        if (file.number < 0 || ::fstat(file.number, &facts) != 0 || !S_ISREG(facts.st_mode)
            || facts.st_uid != ::geteuid() || std::time(nullptr) - facts.st_mtime < 60)
            continue;
        if (::flock(file.number, LOCK_EX | LOCK_NB) == 0) ::unlinkat(folder, entry->d_name, 0);
    }
}

using file_parts = std::span<const std::span<const std::byte>>;

/// Writes the parts into a new file of `folder` and renames it to `name`: a reader sees the old file
/// or the new one, complete, even after a crash. Returns false with errno set and no file left behind.
/// `exact`: the mode, regardless of the umask.
inline bool replace_in(
    int folder, const std::string& name, file_parts parts, mode_t mode, bool exact) {
    remove_leftovers(folder);
    const std::string beside = temporary_name();
    if (beside.empty()) return false;
    descriptor file(::openat(
        folder, beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (file.number < 0) return false;
    ::flock(file.number, LOCK_EX | LOCK_NB);
    bool good = !exact || ::fchmod(file.number, mode) == 0;
    for (const std::span<const std::byte> part : parts) good = good && write_all(file.number, part);
    good = good && sync_now(file.number)
        && ::renameat(folder, beside.c_str(), folder, name.c_str()) == 0;
    if (!good) {
        const int reason = errno;
        ::unlinkat(folder, beside.c_str(), 0);
        errno = reason;
        return false;
    }
    sync_now(folder);  // the name; the file is there either way
    return true;
}

/// Writes a file that the user requested, completely or not at all. A symbolic link is kept and its target
/// replaced; permissions of an existing file are kept as far as `mode` allows them.
/// Errors  LAM-R03, also for an existing path that is not a plain file.
inline void write_file(const std::string& path, file_parts parts, mode_t mode = 0666) {
    const auto refuse = [&](const std::string& why) {
        throw error(errc::file_not_written, path,
            path + " cannot be written (" + why
                + "); check the folder, its permissions and the free space");
    };
    const auto refuse_kind = [&](const std::string& what) {
        throw error(errc::file_not_written, path,
            path + " is " + what + ", a plain file is expected; give another path");
    };
    std::string target = path;
    bool is_new = true;
    struct stat facts;
    if (::lstat(path.c_str(), &facts) == 0) {
        if (S_ISLNK(facts.st_mode)) {
            const std::unique_ptr<char, decltype(&::free)> real(
                ::realpath(path.c_str(), nullptr), ::free);
            if (!real || ::stat(real.get(), &facts) != 0)
                refuse_kind("a symbolic link that leads to nothing");
            target = real.get();
        }
        if (!S_ISREG(facts.st_mode)) refuse_kind(std::string(kind_of(facts)));
        mode &= facts.st_mode & 0777;
        is_new = false;
    }
    const std::size_t slash = target.rfind('/');
    const std::string name = target.substr(slash + 1);  // npos + 1 is 0
    const std::string folder_path = slash == target.npos ? "."
        : slash == 0                                     ? "/"
                                                         : target.substr(0, slash);
    if (name.empty()) refuse_kind("a folder");
    descriptor folder(::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number < 0 && errno == EACCES)  // it may be written to and not be listed
        folder = descriptor(::open(folder_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (folder.number < 0 || !replace_in(folder.number, name, parts, mode, !is_new))
        refuse(system_text(errno));
}

/// mkdir -p with mode 0700. Returns false with errno set on failure.
inline bool make_folders(const std::string& path) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string folder = path.substr(0, end);
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
            // mkdir may also fail for an existing folder that it could not create; that is fine.
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

}  // namespace lamina::detail
