// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/environment.hpp: variables of a user decide nothing in a program with more rights.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include <lamina/runtime/environment.hpp>

#include "support/temporary.hpp"

using namespace lamina;
using namespace lamina_test;

namespace {

/// What this program prints that is run with one test case by a user without rights.
std::string printed_by(const std::string& program, const char* test_case) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[0]);
        if (::setgid(65534) == 0 && ::setuid(65534) == 0)
            ::execl(program.c_str(), program.c_str(), "--no-skip", test_case, nullptr);
        ::_exit(1);
    }
    ::close(ends[1]);
    std::string text;
    char some[512];
    for (ssize_t got; (got = ::read(ends[0], some, sizeof some)) > 0;)
        text.append(some, static_cast<std::size_t>(got));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return text;
}

}  // namespace

TEST_CASE("environment_of_this_program" * doctest::skip()) {
    std::printf("user %u, value '%s'\n", static_cast<unsigned>(::geteuid()),
        environment("LAMINA_SHOW").c_str());
}

TEST_CASE("environment: a variable that is set, and one that is not") {
    const temporary_variable set("LAMINA_SHOW", "plan");
    CHECK(environment("LAMINA_SHOW") == "plan");
    CHECK(environment("LAMINA_NO_SUCH_VARIABLE").empty());
}

TEST_CASE("environment: a program with more rights than its user asks for no variable") {
    if (::geteuid() != 0) {
        MESSAGE("not tried: only root can make a program that has more rights than its user");
        return;
    }
    const temporary_folder folder;
    ::chmod(folder.path.c_str(), 0755);
    const std::string program = folder / "program";
    std::filesystem::copy_file("/proc/self/exe", program);
    const temporary_variable set("LAMINA_SHOW", "plan");
    constexpr const char* test_case = "--test-case=environment_of_this_program";
    ::chmod(program.c_str(), 0755);
    CHECK(printed_by(program, test_case).find("user 65534, value 'plan'") != std::string::npos);
    ::chmod(program.c_str(), 04755);
    const std::string found = printed_by(program, test_case);
    if (found.find("user 0,") == std::string::npos)
        MESSAGE("not tried: the folder of temporary files is mounted without set-user-ID");
    else
        CHECK_MESSAGE(found.find("user 0, value ''") != std::string::npos, found);
}
