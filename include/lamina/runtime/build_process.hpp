// SPDX-License-Identifier: Apache-2.0
// Processes that build programs beside this one, where a driver compiles one program at a time in a process:
// this program's executable, started again, which does what build_service.hpp says before its main(). Whatever
// they fail at, this process does itself. Asked by build_programs.hpp;
// docs/design/0014-programs-by-processes.md explains the choice.
#pragma once
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/runtime/build_service.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/environment.hpp>
#include <lamina/runtime/message_stream.hpp>
#include <lamina/runtime/parallel.hpp>
#include <lamina/runtime/sm_90a.hpp>
#include <lamina/runtime/threads.hpp>

#if defined(__linux__)
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#endif

namespace lamina::detail {

#if defined(__linux__)

/// How long a process may take, in each case far longer than any driver was seen to need.
struct build_limits {
    std::chrono::milliseconds start{30'000}, program{120'000}, end{2'000};
};

class build_process {
public:
    /// Starts it, for a device and the options of programs; what it did not manage shows in build().
    build_process(const device& dev, std::string_view options,
        const char* executable = "/proc/self/exe", const build_limits& limits = {})
        : limits_(limits) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
        stream_ = message_stream(descriptor(ends[0]));
        const descriptor its(ends[1]);
        id_ = start(executable, its.number);
        if (id_ <= 0) {
            stream_.close();
            return;
        }
        const std::string first = cache_material(dev) + '\n' + std::string(options);
        is_asked_ = stream_.send(
            message_kind::begin, std::as_bytes(std::span(first)), until(limits_.start));
    }
    build_process(const build_process&) = delete;
    build_process& operator=(const build_process&) = delete;
    ~build_process() {
        end();
        wait();
    }

    pid_t id() const { return id_; }  ///< 0 or less if it was not started

    /// A program's binary; empty if the process cannot be had, and then it is asked for nothing more.
    std::vector<std::byte> build(const std::string& source, compiler_target target) {
        if (!is_ready()) return {};
        const message_kind kind
            = target == compiler_target::sm_90a ? message_kind::build_sm_90a : message_kind::build;
        if (stream_.send(kind, std::as_bytes(std::span(source)), until(limits_.program)))
            if (auto answer = stream_.receive(until(limits_.program))) {
                if (answer->kind == message_kind::built) return std::move(answer->bytes);
                if (answer->kind == message_kind::refused) return {};  // this text
            }
        end();
        return {};
    }

    /// Asks for nothing more, and does not wait for its end.
    void end() {
        stream_.close();
        is_asked_ = false;
    }

private:
    build_limits limits_;
    message_stream stream_{descriptor()};
    pid_t id_ = 0;
    bool is_asked_ = false, has_answered_ = false;

    static message_stream::clock::time_point until(std::chrono::milliseconds limit) {
        return message_stream::clock::now() + limit;
    }

    bool is_ready() {
        if (!is_asked_ || has_answered_) return is_asked_;
        const auto answer = stream_.receive(until(limits_.start));
        has_answered_ = true;
        if (!answer || answer->kind != message_kind::ready) end();
        return is_asked_;
    }

    /// Its standard input is the stream, the others are nothing; a fresh signal mask.
    static pid_t start(const char* executable, int stream) {
        std::string variable = std::string(build_for_variable) + "=" + std::to_string(::getpid());
        std::string name = "lamina-build";
        std::vector<char*> variables;
        for (const std::string& each : environment_before_opencl())
            if (!each.starts_with(build_for_variable))
                variables.push_back(const_cast<char*>(each.c_str()));
        variables.push_back(variable.data());
        variables.push_back(nullptr);
        char* const arguments[] = {name.data(), nullptr};

        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        if (::posix_spawn_file_actions_init(&files) != 0) return -1;
        if (::posix_spawnattr_init(&attributes) != 0) {
            ::posix_spawn_file_actions_destroy(&files);
            return -1;
        }
        sigset_t all, nothing;
        ::sigfillset(&all);
        ::sigemptyset(&nothing);
        pid_t made = -1;
        if (::posix_spawn_file_actions_adddup2(&files, stream, STDIN_FILENO) == 0
            && ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
                == 0
            && ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
                == 0
            && ::posix_spawnattr_setsigdefault(&attributes, &all) == 0
            && ::posix_spawnattr_setsigmask(&attributes, &nothing) == 0
            && ::posix_spawnattr_setflags(
                   &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
                == 0
            && ::posix_spawn(&made, executable, &files, &attributes, arguments, variables.data())
                != 0)
            made = -1;
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&files);
        return made;
    }

    /// It ends by itself when the stream is closed; if it does not, it is killed.
    void wait() const {
        if (id_ <= 0) return;
        const auto ended = [&](std::chrono::milliseconds limit) {
            const auto last = until(limit);
            for (auto pause = std::chrono::microseconds(200);;
                pause = std::min(2 * pause, std::chrono::microseconds(5000))) {
                const pid_t found = ::waitpid(id_, nullptr, WNOHANG);
                if (found == id_ || (found < 0 && errno != EINTR))
                    return true;  // or another waited for it
                if (message_stream::clock::now() > last) return false;
                std::this_thread::sleep_for(pause);
            }
        };
        if (ended(limits_.end)) return;
        ::kill(id_, SIGKILL);
        ended(limits_.end);
    }
};

/// Whether code is part of the executable that was started, not of a library: another start of that
/// executable runs what precedes its main().
inline bool is_in_executable(const void* code) {
    struct search {
        std::uintptr_t wanted;
        bool found;
    } s{reinterpret_cast<std::uintptr_t>(code), false};
    ::dl_iterate_phdr(
        [](dl_phdr_info* object, std::size_t, void* data) {
            search& s = *static_cast<search*>(data);
            for (int i = 0; i < object->dlpi_phnum; ++i) {
                const auto& part = object->dlpi_phdr[i];
                const std::uintptr_t begin = object->dlpi_addr + part.p_vaddr;
                s.found |= part.p_type == PT_LOAD && s.wanted >= begin
                    && s.wanted - begin < part.p_memsz;
            }
            return 1;  // the first object is the executable
        },
        &s);
    return s.found;
}

/// Whether this executable may be started again to build programs: where it would have the rights of this
/// process, no more.
inline bool can_build_in_processes() {
    static const bool can = [] {
        if (!is_in_executable(reinterpret_cast<const void*>(&serve_builds))) return false;
        if (::getauxval(AT_SECURE) || ::getuid() != ::geteuid() || ::getgid() != ::getegid())
            return false;
        struct stat facts;
        return ::stat("/proc/self/exe", &facts) == 0 && !(facts.st_mode & (S_ISUID | S_ISGID))
            && ::getxattr("/proc/self/exe", "security.capability", nullptr, 0) < 0;
    }();
    return can;
}

#else

/// Elsewhere there are none.
class build_process {
public:
    build_process(const device&, std::string_view) {}
    std::vector<std::byte> build(const std::string&, compiler_target) { return {}; }
    void end() {}
};
inline bool can_build_in_processes() { return false; }

#endif

/// The option build_processes, or LAMINA_BUILD_PROCESSES where that is 0.
/// Errors  LAM-R22 for a number below 0, or a variable that is no number.
inline int build_processes_of(int asked) {
    const std::string variable = asked ? std::string() : environment("LAMINA_BUILD_PROCESSES");
    const char* const end = variable.data() + variable.size();
    const auto [rest, code] = std::from_chars(variable.data(), end, asked);
    const bool is_number = variable.empty() || (code == std::errc() && rest == end);
    if (is_number && asked >= 0) return asked;
    const std::string who
        = variable.empty() ? "the option build_processes" : "LAMINA_BUILD_PROCESSES";
    throw error(errc::option, who,
        who + " is " + (is_number ? std::to_string(asked) : "'" + variable + "'")
            + ", a number of processes is needed; give 1 to build programs in this process alone, or "
              "0 for as many as suit the device");
}

/// Processes that compile for a device at the same time, each in a context of its own, which takes some hundred MB of
/// the device's memory.
inline unsigned processes_at_most(const device& dev) {
    constexpr std::uint64_t each = std::uint64_t{2} << 30;
    return static_cast<unsigned>(
        std::clamp<std::uint64_t>(dev.facts().global_memory_bytes / each, 1, merged_threads(6)));
}

/// How many processes build so many programs; 1: this one alone.
inline unsigned processes_for(const device& dev, int asked, std::size_t programs) {
    constexpr std::size_t few = 4;  // programs: starting a process takes as long as two
    if (!can_build_in_processes()) return 1;
    if (asked)
        return static_cast<unsigned>(
            std::min(static_cast<std::size_t>(asked), std::max(programs, std::size_t{1})));
    if (!dev.facts().compiles_one_at_a_time || programs < few) return 1;
    return static_cast<unsigned>(std::min<std::size_t>(processes_at_most(dev), programs / 2));
}

/// Other processes, each of which builds one program at a time. This one loads what they built and compiles nothing:
/// NVIDIA's driver would let each load wait for that.
class build_processes {
public:
    build_processes(const device& dev, std::string_view options, unsigned count)
        : dev_(dev), options_(options), count_(count) {}
    build_processes(const build_processes&) = delete;
    build_processes& operator=(const build_processes&) = delete;
    ~build_processes() {
        for (const auto& each : idle_) each->end();  // all together, then each is waited for
    }

    /// Calls work(i, process) for i = 0 to count - 1, as in_parallel does.
    template <class Work> void each(std::size_t count, Work work) {
        std::atomic<std::size_t> left = count;
        in_parallel(
            count,
            [&](std::size_t i) {
                lease by(*this);
                work(i, *by.process);
                by.is_last = --left < count_;  // each of the others has its own process
            },
            count_);
    }

private:
    const device& dev_;
    std::string_view options_;
    unsigned count_;
    std::mutex lending_;
    std::vector<std::unique_ptr<build_process>> idle_, ended_;

    struct lease {
        build_processes& from;
        std::unique_ptr<build_process> process;
        bool is_last = false;

        explicit lease(build_processes& all) : from(all) {
            {
                const std::lock_guard lock(from.lending_);
                if (!from.idle_.empty()) {
                    process = std::move(from.idle_.back());
                    from.idle_.pop_back();
                    return;
                }
            }
            process = std::make_unique<build_process>(from.dev_, from.options_);
        }
        ~lease() {
            const std::lock_guard lock(from.lending_);
            if (is_last) process->end();  // a driver takes a while to end, meanwhile others build
            (is_last ? from.ended_ : from.idle_).push_back(std::move(process));
        }
    };
};

}  // namespace lamina::detail
