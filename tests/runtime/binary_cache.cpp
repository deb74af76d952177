// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/binary_cache.hpp: no fault of a cache file or folder is more than a miss.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <lamina/runtime/binary_cache.hpp>
#include <lamina/runtime/file.hpp>

#include "support/temporary.hpp"

using namespace lamina;
using namespace lamina_test;

namespace {

const cache_key key = make_cache_key("kernel void f() {}", "-DA=1", "some device");

std::vector<std::byte> some_binary(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = std::byte(i * 7);
    return bytes;
}

std::size_t files_in(const std::filesystem::path& folder) {
    const auto begin = std::filesystem::directory_iterator(folder);
    return static_cast<std::size_t>(std::distance(begin, std::filesystem::directory_iterator()));
}

/// Acts as a user without rights, where the test is run by root.
struct without_rights {
    without_rights() {
        if (::geteuid() == 0 && ::seteuid(65534) != 0) ::abort();
    }
    ~without_rights() {
        if (::getuid() == 0 && ::seteuid(0) != 0) ::abort();
    }
};

/// What was put on the disk and named, in order, while it is listened to.
std::vector<std::string> steps;
bool is_listening = false;

}  // namespace

extern "C" int fsync(int file) {
    struct stat facts{};
    if (is_listening && ::fstat(file, &facts) == 0)
        steps.emplace_back(S_ISDIR(facts.st_mode) ? "folder kept" : "file kept");
    return static_cast<int>(::syscall(SYS_fsync, file));
}
extern "C" int renameat(int a, const char* from, int b, const char* to) {
    if (is_listening) steps.emplace_back("renamed");
    return static_cast<int>(::syscall(SYS_renameat2, a, from, b, to, 0));
}

TEST_CASE("cache: an entry is on the disk before it has its name, and then the name is") {
    const temporary_folder folder;
    is_listening = true;
    CHECK(write_cache(folder.path, key, some_binary(1000)) == "");
    is_listening = false;
    CHECK(steps == std::vector<std::string>{"file kept", "renamed", "folder kept"});
}

TEST_CASE("cache: folders that are made for it are the user's alone, whatever the umask") {
    const temporary_folder folder;
    const mode_t old = ::umask(0);
    CHECK(write_cache(folder / "a/b", key, some_binary(10)) == "");
    ::umask(old);
    for (const char* made : {"a", "a/b"}) {
        struct stat facts{};
        REQUIRE(::stat((folder / made).c_str(), &facts) == 0);
        CHECK((facts.st_mode & 0777) == 0700);
    }
}

TEST_CASE("cache: what was written is read back, in a folder made for it") {
    const temporary_folder folder;
    const std::string deep = folder / "a/b/c";
    CHECK(!read_cache(deep, key));
    CHECK(write_cache(deep, key, some_binary(1000)) == "");
    CHECK(read_cache(deep, key) == some_binary(1000));
    CHECK(write_cache(deep, key, some_binary(10)) == "");
    CHECK(read_cache(deep, key) == some_binary(10));
    CHECK(files_in(deep) == 1);
    CHECK(write_cache(folder / "end/", key, {}) == "");
    CHECK(read_cache(folder / "end/", key)->empty());
}

TEST_CASE("cache: source, options and device each make another key, and so does their border") {
    const cache_key keys[] = {key, make_cache_key("kernel void f() { }", "-DA=1", "some device"),
        make_cache_key("kernel void f() {}", "-DA=2", "some device"),
        make_cache_key("kernel void f() {}", "-DA=1", "some device 2"),
        make_cache_key("kernel void f() {}-", "DA=1", "some device"), make_cache_key("", "", "")};
    for (const auto& a : keys)
        for (const auto& b : keys) {
            CHECK((a == b) == (&a == &b));
            CHECK((a.file_name() == b.file_name()) == (&a == &b));
        }
    CHECK(key.file_name().size() == 36);
}

TEST_CASE("cache: a truncated, changed, longer or foreign file is a miss and is replaced") {
    const temporary_folder folder;
    const std::string path = folder / key.file_name();
    REQUIRE(write_cache(folder.path, key, some_binary(300)) == "");
    const auto good = read_file(path);

    for (std::size_t size = 0; size < good.size(); size += 7) {
        write_file(path, std::span(good).first(size));
        CHECK(!read_cache(folder.path, key));
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto bad = good;
        bad[at] ^= std::byte{16};
        write_file(path, bad);
        CAPTURE(at);
        CHECK(!read_cache(folder.path, key));
    }
    auto longer = good;
    longer.push_back(std::byte{0});
    write_file(path, longer);
    CHECK(!read_cache(folder.path, key));

    const cache_key other = make_cache_key("other", "", "");
    REQUIRE(write_cache(folder.path, other, some_binary(300)) == "");
    std::filesystem::rename(folder / other.file_name(), path);
    CHECK(!read_cache(folder.path, key));

    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    CHECK(!read_cache(folder.path, key));
    std::filesystem::remove(path);

    CHECK(write_cache(folder.path, key, some_binary(300)) == "");
    CHECK(read_file(path) == good);
}

TEST_CASE("cache: what another user could have written is not believed") {
    const temporary_folder folder;
    const std::string path = folder / key.file_name();
    REQUIRE(write_cache(folder.path, key, some_binary(300)) == "");
    struct stat facts{};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    CHECK(read_cache(folder.path, key));
    for (const mode_t mode : {0620, 0602, 0666}) {
        ::chmod(path.c_str(), mode);
        CHECK(!read_cache(folder.path, key));
    }
    ::chmod(path.c_str(), 0644);
    CHECK(read_cache(folder.path, key));
    for (const mode_t mode : {0720, 0702, 01777}) {
        ::chmod(folder.path.c_str(), mode);
        CHECK(!read_cache(folder.path, key));
        CHECK(write_cache(folder.path, key, some_binary(300))
            == folder.path.string() + " can be written by others; chmod go-w it");
    }
    ::chmod(folder.path.c_str(), 0700);
    CHECK(read_cache(folder.path, key));
    // A link to a good entry, and entries and folders of another user.
    std::filesystem::rename(path, folder / "aside");
    std::filesystem::create_symlink("aside", path);
    CHECK(!read_cache(folder.path, key));
    std::filesystem::rename(folder / "aside", path);
    if (::geteuid() != 0) return;  // only root may give files away
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    CHECK(!read_cache(folder.path, key));
    REQUIRE(::chown(path.c_str(), 0, 0) == 0);
    CHECK(read_cache(folder.path, key));
    REQUIRE(::chown(folder.path.c_str(), 65534, 65534) == 0);
    CHECK(!read_cache(folder.path, key));
    CHECK(write_cache(folder.path, key, some_binary(300)).find("belongs to another user")
        != std::string::npos);
}

TEST_CASE("cache: a named pipe in the place of an entry is a miss and is replaced") {
    const temporary_folder folder;
    const std::string path = folder / key.file_name();
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    ::alarm(20);  // a test that hangs must not hang the others
    CHECK(!read_cache(folder.path, key));
    CHECK(write_cache(folder.path, key, some_binary(300)) == "");
    CHECK(read_cache(folder.path, key) == some_binary(300));
    ::alarm(0);
}

TEST_CASE("cache: a folder that cannot be written says why, and leaves nothing behind") {
    const temporary_folder folder;
    write_file(folder / "file", "x");
    CHECK(write_cache(folder / "file/below", key, some_binary(10)) == "Not a directory");
    CHECK(write_cache("", key, some_binary(10)) == "no cache folder");
    std::filesystem::create_directory(folder.path / "locked");
    std::filesystem::permissions(folder.path, std::filesystem::perms(0755));
    std::filesystem::permissions(folder.path / "locked", std::filesystem::perms(0555));
    {
        const without_rights nobody;
        CHECK(write_cache(folder / "locked", key, some_binary(10)) == "Permission denied");
        CHECK(write_cache(folder / "locked/below", key, some_binary(10)) == "Permission denied");
    }
    CHECK(files_in(folder.path / "locked") == 0);
}

TEST_CASE("cache: a file that cannot grow any more says why, and leaves nothing behind") {
    const temporary_folder folder;
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
    const rlimit small{4096, old.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string reason = write_cache(folder.path, key, some_binary(100'000));
    ::setrlimit(RLIMIT_FSIZE, &old);
    CHECK(reason == "File too large");
    CHECK(files_in(folder.path) == 0);
}

TEST_CASE("cache: a full disk says why, and leaves nothing behind") {
    const temporary_folder folder;
    if (::mount("none", folder.path.c_str(), "tmpfs", 0, "size=64k,mode=700") != 0) {
        MESSAGE("no right to mount a small disk here; the claim was not tried");
        return;
    }
    const std::string reason = write_cache(folder.path, key, some_binary(1'000'000));
    const std::size_t files = files_in(folder.path);
    ::umount(folder.path.c_str());
    CHECK(reason == "No space left on device");
    CHECK(files == 0);
}

TEST_CASE("cache: the folder is LAMINA_CACHE_DIR, else below XDG_CACHE_HOME, else below HOME") {
    const temporary_variable home("HOME", "/home/someone");
    const temporary_variable user("XDG_CACHE_HOME", "/caches");
    const temporary_variable own("LAMINA_CACHE_DIR", "/mine");
    CHECK(cache_folder() == "/mine");
    {
        const temporary_variable off("LAMINA_CACHE_DIR", "off");
        CHECK(cache_folder() == "");
    }
    const temporary_variable unset("LAMINA_CACHE_DIR", nullptr);
    CHECK(cache_folder() == "/caches/lamina");
    const temporary_variable no_user("XDG_CACHE_HOME", nullptr);
    CHECK(cache_folder() == "/home/someone/.cache/lamina");
    const temporary_variable no_home("HOME", nullptr);
    CHECK(cache_folder() == "");
}

TEST_CASE("cache: the hash depends on every byte, the length and the seed") {
    const auto bytes = some_binary(100);
    const auto hash = hash_bytes(bytes, 1);
    CHECK(hash != hash_bytes(bytes, 2));
    CHECK(hash_bytes({}, 1) != hash_bytes(std::vector<std::byte>(1), 1));
    CHECK(hash_bytes(std::vector<std::byte>(7), 1) != hash_bytes(std::vector<std::byte>(8), 1));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto changed = bytes;
        changed[i] ^= std::byte{1};
        CHECK(hash_bytes(changed, 1) != hash);
    }
}
