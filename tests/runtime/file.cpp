// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/file.hpp: plain files alone, whole or not at all, nothing left behind.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/mapped_file.hpp>
#include <lamina/runtime/packed_weights.hpp>
#include <lamina/runtime/plan_source.hpp>
#include <lamina/runtime/programs.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"
#include "../support/temporary.hpp"

using namespace lamina;
using namespace lamina_test;

namespace {

void write(const std::string& path, std::string_view text) {
    const std::span<const std::byte> parts[] = {std::as_bytes(std::span(text))};
    detail::write_file(path, parts);
}

std::string text_of(const std::string& path) {
    const auto bytes = lamina_test::read_file(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(
        std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

mode_t mode_of(const std::string& path) {
    struct stat facts{};
    ::stat(path.c_str(), &facts);
    return facts.st_mode & 0777;
}

void make_socket(const std::string& path) {
    const int made = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    REQUIRE(::bind(made, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    ::close(made);
}

/// True if the call ends within ten seconds; a test that hangs must not hang the others.
bool ends(const std::function<void()>& call) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(10);
        call();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("files: only plain ones are opened, and nothing is waited for") {
    const temporary_folder folder;
    const std::string pipe = folder / "pipe", socket = folder / "socket";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    make_socket(socket);
    const std::pair<std::string, const char*> odd[]
        = {{pipe, "is a named pipe"}, {socket, "is a socket"},
            {folder.path.string(), "is a folder"}, {"/dev/zero", "is a device"}};
    for (const auto& [path, what] : odd) {
        CAPTURE(path);
        const std::function<void()> calls[] = {[&] { weights::open(path); },
            [&] { timing_cache::open(path); }, [&] { engine::load(path); },
            [&] { mapped_file file(path); }, [&] { signing_key::open(path); }};
        for (const auto& call : calls) {
            REQUIRE(ends([&] { fault_of(call); }));
            const caught fault = fault_of(call);
            CHECK(fault.code == errc::file_missing);
            CHECK(fault.says(path + " " + what + ", a plain file is needed"));
        }
    }
}

TEST_CASE("files: what is no plain file is not replaced") {
    const temporary_folder folder;
    const std::string pipe = folder / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    // Root could replace the machine's own device, were this to fail.
    std::string device = "/dev/full";
    if (::geteuid() == 0 && ::mknod((folder / "full").c_str(), S_IFCHR | 0600, makedev(1, 7)) == 0)
        device = folder / "full";
    std::vector<std::pair<std::string, const char*>> odd{{pipe, "is a named pipe"},
        {folder.path.string(), "is a folder"}, {folder.path.string() + "/", "is a folder"}};
    if (::geteuid() != 0 || device != "/dev/full") odd.emplace_back(device, "is a device");
    for (const auto& [path, what] : odd) {
        CAPTURE(path);
        struct stat before{}, after{};
        REQUIRE(::stat(path.c_str(), &before) == 0);
        const caught fault = fault_of([&] { timing_cache().save(path); });
        CHECK(fault.code == errc::file_not_written);
        CHECK(fault.says(path + " " + what + ", a plain file is expected"));
        REQUIRE(::stat(path.c_str(), &after) == 0);
        CHECK(before.st_mode == after.st_mode);
        CHECK(before.st_ino == after.st_ino);
    }
}

TEST_CASE("files: a symbolic link stays, and what it leads to is replaced") {
    const temporary_folder folder;
    std::filesystem::create_directory(folder.path / "deep");
    write(folder / "deep/real", "old");
    std::filesystem::create_symlink("deep/real", folder.path / "link");
    write(folder / "link", "new");
    CHECK(text_of(folder / "deep/real") == "new");
    CHECK(std::filesystem::is_symlink(folder.path / "link"));
    CHECK(files_in(folder.path / "deep") == 1);
    std::filesystem::create_symlink("nothing", folder.path / "lost");
    CHECK(fault_of([&] {
        write(folder / "lost", "x");
    }).says("a symbolic link that leads to nothing"));
    CHECK(files_in(folder.path) == 3);
}

TEST_CASE("files: permissions of a file that is replaced stay, a new one's are the umask's") {
    const temporary_folder folder;
    const mode_t old = ::umask(027);
    write(folder / "new", "x");
    CHECK(mode_of(folder / "new") == 0640);
    ::chmod((folder / "new").c_str(), 0606);
    write(folder / "new", "y");
    CHECK(mode_of(folder / "new") == 0606);
    ::umask(old);
}

TEST_CASE("files: temporaries have names that nobody can guess, and those of dead writers go") {
    CHECK(detail::temporary_name() != detail::temporary_name());
    CHECK(detail::is_temporary_name(detail::temporary_name()));
    CHECK(!detail::is_temporary_name(".lamina-short.tmp"));
    const temporary_folder folder;
    const auto make = [&](int age) {
        const std::string path = folder / detail::temporary_name();
        lamina_test::write_file(path, "half");
        const utimbuf times{::time(nullptr) - age, ::time(nullptr) - age};
        REQUIRE(::utime(path.c_str(), &times) == 0);
        return path;
    };
    const std::string dead = make(1000), fresh = make(5), alive = make(1000);
    std::filesystem::create_symlink("elsewhere", folder / detail::temporary_name());
    REQUIRE(::mkfifo((folder / detail::temporary_name()).c_str(), 0600) == 0);
    const int writer = ::open(alive.c_str(), O_WRONLY);
    REQUIRE(::flock(writer, LOCK_EX) == 0);
    REQUIRE(ends([&] { write(folder / "file", "x"); }));
    CHECK(!std::filesystem::exists(dead));
    CHECK(std::filesystem::exists(fresh));
    CHECK(std::filesystem::exists(alive));
    CHECK(files_in(folder.path) == 5);
    ::close(writer);
    write(folder / "file", "x");
    CHECK(!std::filesystem::exists(alive));
}

TEST_CASE("files: writers of one name at the same time leave one whole file") {
    const temporary_folder folder;
    std::vector<std::thread> all;
    for (char c : {'a', 'b', 'c', 'd'})
        all.emplace_back([&, c] {
            for (int i = 0; i < 20; ++i) write(folder / "file", std::string(100'000, c));
        });
    for (std::thread& each : all) each.join();
    const std::string text = text_of(folder / "file");
    CHECK(text == std::string(100'000, text.at(0)));
    CHECK(files_in(folder.path) == 1);
}

TEST_CASE("files: one that becomes shorter while it is read is an error, not a signal") {
    const temporary_folder folder;
    const std::string path = folder / "file";
    lamina_test::write_file(path, std::string(100'000, 'x'));
    const detail::opened_file open(path);
    const mapped_file mapped(path);
    ::truncate(path.c_str(), 5000);
    std::vector<std::byte> room(100'000);
    for (const caught& fault :
        {fault_of([&] { open.read(room, 0); }), fault_of([&] { mapped.read(room, 0); })}) {
        CHECK(fault.code == errc::file_damaged);
        CHECK(fault.says("had 100000 bytes and now ends at byte 5000"));
    }
}

TEST_CASE("files: weights and plans that shrink before they are packed are an error") {
    const temporary_folder folder;
    hand_plan p;
    make_two_steps(p);
    hand_weights file;
    file.add("bias", {1000}, std::vector<float>(1000, 2.0f));
    const std::string path = folder / "net.safetensors", plan = folder / "net.plan";
    lamina_test::write_file(path, file.bytes());
    const weights opened = weights::open(path);
    const engine made(p.bytes(), opened);
    CHECK(made.run(std::vector<float>(1000, 1.0f))[8] == 5);
    made.save(plan);
    ::truncate(path.c_str(), 1000);
    const caught fault = fault_of([&] { engine again(p.bytes(), opened); });
    CHECK(fault.code == errc::file_damaged);
    CHECK(fault.says("something changed it while it was read"));

    const detail::plan_source source(plan);
    const auto size = std::filesystem::file_size(plan);
    ::truncate(plan.c_str(), static_cast<off_t>(size - 1000));
    std::vector<std::byte> packed(source.segment_bytes());
    CHECK(fault_of([&] {
        detail::copy_segment(source, plan_view::open(source.plan())->segment, packed);
    }).says("now ends at byte"));
}

TEST_CASE("files: sizes are limited before memory is taken") {
    const temporary_folder folder;
    const std::string path = folder / "huge";
    lamina_test::write_file(path, "x");
    REQUIRE(::truncate(path.c_str(), off_t{1} << 40) == 0);  // a file with a hole
    CHECK(fault_of([&] { timing_cache::open(path); }).says("1099511627776 bytes, at most"));
    CHECK(fault_of([&] { engine::load(path); }).code == errc::plan_damaged);
    // A trailer that tells of a plan of 512 GB before it.
    plan_trailer end;
    end.plan_bytes = end.segment_offset = std::uint64_t{1} << 39;
    const auto bytes = std::as_bytes(std::span(&end, 1));
    const int file = ::open(path.c_str(), O_WRONLY);
    REQUIRE(::ftruncate(file, static_cast<off_t>(end.plan_bytes)) == 0);
    REQUIRE(::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(end.plan_bytes)) == 40);
    ::close(file);
    CHECK(fault_of([&] { engine::load(path); }).says("bytes of plan, at most"));
}
