// SPDX-License-Identifier: Apache-2.0
// Messages between two processes of this program, over a socket that only they have: what a process that
// builds programs is asked for, and its answers. Both ends are the same executable.
#pragma once
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/runtime/binary_cache.hpp>
#include <lamina/runtime/file.hpp>

namespace lamina::detail {

enum class message_kind : std::uint64_t {
    begin,         ///< asks for a device: everything that its binaries depend on, '\n', the options
    build,         ///< asks for a program: its text
    build_sm_90a,  ///< the same, for that target
    ready,         ///< the device is there
    built,         ///< the program's binary
    refused,       ///< there is no such device, or the text does not build
};

struct message {
    message_kind kind{};
    std::vector<std::byte> bytes;

    std::string_view text() const {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
};

class message_stream {
public:
    using clock = std::chrono::steady_clock;

    explicit message_stream(descriptor end) : end_(std::move(end)) {}

    int number() const { return end_.number; }
    void close() {
        if (number() >= 0)
            ::shutdown(number(), SHUT_RDWR);  // also where a fork of this process has it
        end_.close_now();
    }

    /// False if the other end is gone or does not take it until then.
    bool send(message_kind kind, std::span<const std::byte> bytes, clock::time_point until) const {
        const head first{.kind = kind, .bytes = bytes.size()};
        return pass_all(std::as_bytes(std::span(&first, 1)), until, POLLOUT,
                   [&](std::span<const std::byte> rest) {
                       return ::send(
                           number(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
                   })
            && pass_all(bytes, until, POLLOUT, [&](std::span<const std::byte> rest) {
                   return ::send(number(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
               });
    }

    /// Nothing if the other end is gone, sends none until then, or something that is no message.
    std::optional<message> receive(clock::time_point until) const {
        const auto take = [&](std::span<std::byte> rest) {
            return ::recv(number(), rest.data(), rest.size(), MSG_DONTWAIT);
        };
        head first{.magic = 0};
        if (!pass_all(std::as_writable_bytes(std::span(&first, 1)), until, POLLIN, take)) return {};
        if (first.magic != head().magic || first.kind > message_kind::refused
            || first.bytes > cached_binary_limit)
            return {};
        message out{first.kind, std::vector<std::byte>(first.bytes)};
        if (!pass_all(std::span(out.bytes), until, POLLIN, take)) return {};
        return out;
    }

private:
    struct head {
        std::uint64_t magic = 0x312d646c6975624cu;  // "Lbuild-1"
        message_kind kind{};
        std::uint64_t bytes = 0;
    };
    descriptor end_;

    /// Sends or receives all of `bytes` by calls of `pass`.
    template <class Byte, class Pass>
    bool pass_all(std::span<Byte> bytes, clock::time_point until, short event, Pass pass) const {
        while (!bytes.empty()) {
            const ssize_t passed = pass(bytes);
            if (passed > 0) {
                bytes = bytes.subspan(static_cast<std::size_t>(passed));
                continue;
            }
            if (passed == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
                return false;
            const auto left
                = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
            if (left.count() <= 0) return false;
            pollfd one{number(), event, 0};
            ::poll(&one, 1, static_cast<int>(std::min<long long>(left.count(), 1000)));
        }
        return true;
    }
};

}  // namespace lamina::detail
