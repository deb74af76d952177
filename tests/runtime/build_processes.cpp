// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/build_process.hpp and build_service.hpp: programs come out of other processes as out of this
// one, and whatever such a process does or fails to do, the programs are there. The cases marked skip() run in
// processes of their own.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <lamina/lamina.hpp>
#include <lamina/runtime/build_process.hpp>
#include <lamina/runtime/program_recipe.hpp>

#include "../support/faults.hpp"
#include "../support/temporary.hpp"
#include "../support/weights_bytes.hpp"

using namespace lamina;
using namespace lamina::detail;
using namespace lamina_test;
using namespace std::chrono_literals;

namespace {

/// A static object of this program: a process that builds programs ends before it is made.
struct marker {
    marker() {
        if (const char* path = std::getenv("LAMINA_TEST_MARKER"); path && is_build_service())
            std::ofstream(path) << "made\n";
    }
} marker_of_this_program;

/// Four programs and no weights.
struct four_programs {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 4, 12, 12});
        x = x | max_pool{{.kernel = 3, .stride = 2}};
        x = x | avg_pool{{.kernel = 2}};
        x = x | softmax{.axis = 1};
        net.output("y", x | global_avg_pool{});
    }
};

std::vector<float> ramp() {
    std::vector<float> out(4 * 12 * 12);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(i * 7 % 31) / 31;
    return out;
}

engine engine_with(int processes) {
    return {plan<four_programs, gpu>, no_weights(), device::best(),
        {.merge = false, .build_processes = processes}};
}

constexpr const char* twice_text = R"(
kernel void twice(global const float* x, global float* y) {
    size_t i = get_global_id(0);
    y[i] = 2 * x[i];
}
)";

program_recipe recipe() { return {"kernel twice", twice_text, compiler_target::own, {}}; }

bool has_twice(const program& built) {
    return built.get() && fault_of([&] { (void)built.kernel("twice"); }).code == errc{};
}

/// Whether the program is had in spite of that process, which gives none.
bool falls_back(build_process& from) {
    CHECK(from.build(twice_text, compiler_target::own).empty());
    return has_twice(compile_program(recipe(), device::best(), &from).built);
}

constexpr build_limits short_limits{300ms, 300ms, 100ms};

/// A program that writes these bytes to its parent and then waits.
std::string says(const temporary_folder& folder, std::span<const std::byte> bytes) {
    write_file(folder / "bytes", bytes);
    write_file(
        folder / "program", "#!/bin/sh\ncat '" + folder / "bytes" + "' >&0\nexec sleep 20\n");
    ::chmod((folder / "program").c_str(), 0755);
    return folder / "program";
}

/// Messages as they pass through a socket.
std::vector<std::byte> passed(std::initializer_list<std::pair<message_kind, std::string>> all) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const descriptor out(ends[1]);
    {
        const message_stream in{descriptor(ends[0])};
        for (const auto& [kind, bytes] : all)
            REQUIRE(
                in.send(kind, std::as_bytes(std::span(bytes)), message_stream::clock::now() + 5s));
    }
    std::vector<std::byte> got(1000);
    got.resize(static_cast<std::size_t>(::recv(out.number, got.data(), got.size(), 0)));
    return got;
}

std::string output_of(const std::string& command) {
    FILE* const pipe = ::popen(command.c_str(), "r");
    std::string said;
    char some[256];
    while (const std::size_t got = std::fread(some, 1, sizeof some, pipe)) said.append(some, got);
    ::pclose(pipe);
    return said;
}

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

}  // namespace

TEST_CASE("build processes: an engine's programs are the same ones, from any number of processes") {
    const temporary_folder folder;
    const temporary_variable no_cache("LAMINA_CACHE_DIR", "off");
    const temporary_variable mark("LAMINA_TEST_MARKER", folder / "marker");
    const engine one = engine_with(1);
    const result expected = one.run(ramp());
    CHECK(one.report().build_processes == 1);
    for (const int count : {2, 3, 9}) {
        const engine some = engine_with(count);
        CHECK(some.report().build_processes > 1);
        CHECK(some.report().build_processes <= static_cast<std::size_t>(count));
        CHECK(some.report().cache_misses == one.report().cache_misses);
        CHECK(some.run(ramp()).values == expected.values);
    }
    CHECK_FALSE(std::filesystem::exists(folder / "marker"));
    // None is left, not even as a zombie.
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("build processes: what they built is in the cache, and then none is started") {
    const temporary_folder folder;
    const temporary_variable cache("LAMINA_CACHE_DIR", folder.path.string());
    {
        const engine first = engine_with(3);
        CHECK(first.report().build_processes > 1);
        context run = first.make_context();
        for (int i = 0; i < 2; ++i) run.set_input("x", ramp()).run();
    }
    const engine second = engine_with(3);
    CHECK(second.report().cache_misses == 0);
    CHECK(second.report().build_processes == 1);
}

TEST_CASE("build processes: a binary, a text that does not build, and another binary") {
    const device dev = device::best();
    build_process other(dev, kernel_options(dev));
    const std::vector<std::byte> binary = other.build(twice_text, compiler_target::own);
    REQUIRE_FALSE(binary.empty());
    CHECK(has_twice(from_binary(dev, binary, kernel_options(dev))));
    CHECK(other.build("this is no kernel", compiler_target::own).empty());
    CHECK_FALSE(other.build(twice_text, compiler_target::own).empty());
    program_recipe wrong = recipe();
    wrong.source = "this is no kernel";
    const caught fault = fault_of([&] { compile_program(wrong, dev, &other); });
    CHECK(fault.code == errc::kernel_build);
    CHECK(fault.says("kernel twice: the kernel does not build"));
}

TEST_CASE("build processes: one that is killed, at once or after a program") {
    const device dev = device::best();
    for (const bool at_once : {true, false}) {
        build_process other(dev, kernel_options(dev));
        REQUIRE(other.id() > 0);
        if (!at_once) CHECK_FALSE(other.build(twice_text, compiler_target::own).empty());
        ::kill(other.id(), SIGKILL);
        CHECK(falls_back(other));
    }
}

TEST_CASE("build processes: executables that are none, end, say nothing, or answer wrongly") {
    const device dev = device::best();
    const std::string options(kernel_options(dev));
    const temporary_folder folder;
    {
        build_process none(dev, options, "/no/such/program", short_limits);
        CHECK(none.id() <= 0);
        CHECK(falls_back(none));
    }
    for (const char* program : {"/bin/true", "/bin/cat", "/usr/bin/yes"}) {
        CAPTURE(program);
        build_process other(dev, options, program, short_limits);
        CHECK(falls_back(other));
    }
    const std::string binary = "bytes that no driver takes";
    for (const auto& bytes : {passed({{message_kind::refused, ""}}),
             passed({{message_kind::ready, ""}, {message_kind::ready, ""}}),
             std::vector<std::byte>(100, std::byte{42})}) {
        build_process other(dev, options, says(folder, bytes).c_str(), short_limits);
        CHECK(falls_back(other));
    }
    build_process other(dev, options,
        says(folder, passed({{message_kind::ready, ""}, {message_kind::built, binary}})).c_str(),
        short_limits);
    CHECK(has_twice(compile_program(recipe(), dev, &other).built));
}

TEST_CASE("build processes: messages that end early or are too large are none") {
    const std::vector<std::byte> whole = passed({{message_kind::built, "abc"}});
    const auto received = [](std::vector<std::byte> bytes) {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        const message_stream in{descriptor(ends[0])};
        {
            const descriptor out(ends[1]);
            REQUIRE(::send(out.number, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                == static_cast<ssize_t>(bytes.size()));
        }
        return in.receive(message_stream::clock::now() + 5s);
    };
    const auto right = received(whole);
    REQUIRE(right);
    CHECK(right->text() == "abc");
    for (std::size_t size = 1; size < whole.size(); ++size)
        CHECK_FALSE(received({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}));
    for (const std::size_t at : {std::size_t{0}, std::size_t{8}, std::size_t{23}}) {
        std::vector<std::byte> changed
            = whole;  // no magic, no such kind, more bytes than a binary has
        changed[at] = std::byte{99};
        CHECK_FALSE(received(changed));
    }
}

TEST_CASE("builds in a process and ends" * doctest::skip()) {
    const device dev = device::best();
    build_process other(dev, kernel_options(dev));
    const bool built = !other.build(twice_text, compiler_target::own).empty();
    std::printf("build process %d, %d\n", static_cast<int>(other.id()), built);
    std::fflush(stdout);
    ::_exit(0);
}

TEST_CASE("build processes: they end when their parent does") {
    const std::string said = output_of(
        "'" + this_program() + "' --no-skip --test-case='builds in a process and ends'");
    int id = 0, built = 0;
    REQUIRE_MESSAGE(std::sscanf(said.substr(said.find("build process")).c_str(),
                        "build process %d, %d", &id, &built)
            == 2,
        said);
    CHECK(built == 1);
    const auto is_there = [&] {
        std::string state;
        std::ifstream stat("/proc/" + std::to_string(id) + "/stat");
        stat >> state >> state >> state;
        return ::kill(id, 0) == 0 && state != "Z";
    };
    for (int i = 0; i < 1000 && is_there(); ++i) std::this_thread::sleep_for(10ms);
    CHECK_FALSE(is_there());
}

TEST_CASE("build processes: the executable's own code, and other memory") {
    CHECK(is_in_executable(reinterpret_cast<const void*>(&serve_builds)));
    const auto on_heap = std::make_unique<int>();
    CHECK_FALSE(is_in_executable(on_heap.get()));
    CHECK_FALSE(is_in_executable(nullptr));
}

TEST_CASE("says whether it may build in processes" * doctest::skip()) {
    std::printf("may build in processes: %d\n", can_build_in_processes());
}

TEST_CASE("build processes: none of a program that is started with more rights") {
    if (::geteuid() != 0) {
        MESSAGE("not tried: only root can make a program that has more rights than its user");
        return;
    }
    const temporary_folder folder;
    ::chmod(folder.path.c_str(), 0755);
    const std::string program = folder / "program";
    std::filesystem::copy_file("/proc/self/exe", program);
    const auto said = [&](mode_t mode) {
        ::chmod(program.c_str(), mode);
        return output_of(
            "'" + program + "' --no-skip --test-case='says whether it may build in processes'");
    };
    CHECK(said(0755).find("in processes: 1") != std::string::npos);
    CHECK(said(04755).find("in processes: 0") != std::string::npos);
    CHECK(said(02755).find("in processes: 0") != std::string::npos);
}

TEST_CASE("build processes: the variable, and numbers that are none") {
    const temporary_variable no_cache("LAMINA_CACHE_DIR", "off");
    {
        const temporary_variable set("LAMINA_BUILD_PROCESSES", "2");
        CHECK(engine_with(0).report().build_processes == 2);
        CHECK(engine_with(1).report().build_processes == 1);
    }
    {
        const temporary_variable set("LAMINA_BUILD_PROCESSES", "some");
        const caught fault = fault_of([] { (void)engine_with(0); });
        CHECK(fault.code == errc::option);
        CHECK(fault.says("LAMINA_BUILD_PROCESSES is 'some', a number of processes is needed"));
    }
    const caught fault = fault_of([] { (void)engine_with(-1); });
    CHECK(fault.code == errc::option);
    CHECK(fault.says("the option build_processes is -1"));
    // Asked for nothing, a device whose driver compiles on several threads takes none.
    if (!device::best().facts().compiles_one_at_a_time)
        CHECK(engine_with(0).report().build_processes == 1);
}

TEST_CASE("build processes: a variable that is set by hand, or inherited, starts no service") {
    const std::string said = output_of("LAMINA_BUILD_FOR=$$ '" + this_program()
        + "' --no-skip --test-case='says whether it may build in processes' </dev/null");
    CHECK(said.find("in processes: 1") != std::string::npos);
}
