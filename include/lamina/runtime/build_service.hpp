// SPDX-License-Identifier: Apache-2.0
// What a process does that was started to build programs (build_process.hpp): before main() it answers
// messages with programs' binaries, and ends. In any other process nothing of this happens.
#pragma once
#if defined(__linux__)
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include <lamina/runtime/device.hpp>
#include <lamina/runtime/environment.hpp>
#include <lamina/runtime/message_stream.hpp>
#include <lamina/runtime/program.hpp>

namespace lamina::detail {

/// Tells a process that it is to build programs, and for which one: that process's number.
inline constexpr const char* build_for_variable = "LAMINA_BUILD_FOR";

/// Ends this process when its parent has closed its end of the stream, or has itself ended, whatever a
/// driver is doing.
inline void end_with_parent(int stream) {
    pollfd one{stream, POLLRDHUP, 0};
    while (::poll(&one, 1, -1) < 0 && errno == EINTR) {}
    ::_exit(0);
}

/// Files that the parent has open and that this process got too, such as the sockets of a service.
inline void close_others() {
#ifdef SYS_close_range
    if (::syscall(SYS_close_range, 3u, ~0u, 0u) == 0) return;
#endif
    constexpr long most = 65536;
    const long limit = std::min(most, ::sysconf(_SC_OPEN_MAX));
    for (int file = 3; file < (limit > 0 ? limit : most); ++file) ::close(file);
}

/// The device whose binaries depend on these things.
inline const device* find_same(std::string_view material) {
    for (const device& d : device::all())
        if (cache_material(d) == material) return &d;
    return nullptr;
}

[[noreturn]] inline void serve_builds() {
    constexpr auto for_ever = message_stream::clock::time_point::max();
    ::unsetenv(build_for_variable);  // for programs that a driver starts
    close_others();
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    const message_stream parent{descriptor(STDIN_FILENO)};
    try {
        std::thread(end_with_parent, parent.number()).detach();
        const auto first = parent.receive(for_ever);
        if (!first || first->kind != message_kind::begin) ::_exit(1);
        const std::size_t cut = first->text().rfind('\n');
        const std::string options(first->text().substr(cut + 1));
        const device* const dev = find_same(first->text().substr(0, cut));
        parent.send(dev ? message_kind::ready : message_kind::refused, {}, for_ever);
        if (!dev) ::_exit(0);
        while (const auto asked = parent.receive(for_ever)) try {
                const program made = compile_program(*dev, asked->text(), options, "program",
                    asked->kind == message_kind::build_sm_90a ? compiler_target::sm_90a
                                                              : compiler_target::own);
                parent.send(message_kind::built, program_binary(made), for_ever);
            } catch (const error&) {
                parent.send(message_kind::refused, {}, for_ever);
            }
    } catch (...) {}  // its parent builds the programs itself
    ::_exit(0);
}

/// Whether this process was started by its parent to build programs.
inline bool is_build_service() {
    const char* const parent
        = std::getenv(build_for_variable);  // also with more rights than the user
    if (!parent || parent != std::to_string(::getppid())) return false;
    ucred other{};
    socklen_t size = sizeof other;
    return ::getsockopt(STDIN_FILENO, SOL_SOCKET, SO_PEERCRED, &other, &size) == 0
        && other.pid == ::getppid() && other.uid == ::getuid();
}

/// Before the program's own static objects are made.
struct build_service {
    build_service() {
        if (!is_build_service()) return;
        if (environment(build_for_variable).empty()) ::_exit(1);  // more rights than its parent
        serve_builds();
    }
};
[[gnu::init_priority(101)]] inline const build_service build_service_if_asked;

}  // namespace lamina::detail
#endif
