// SPDX-License-Identifier: Apache-2.0
// Threads for making an engine: packing weights, hashing and copying a saved plan, building programs
// concurrently; and for copying large inputs to a GPU's pinned memory. run() creates no threads: the device has
// its own.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace lamina::detail {

inline std::size_t threads_at_most(unsigned most = 4) {
    static const unsigned own = std::thread::hardware_concurrency();  // which reads files
    return std::min(most, std::max(1u, own));
}

/// For work between memory and a file, a few MB of memory for each.
inline std::size_t copying_threads() { return threads_at_most(8); }

/// Calls work(0) to work(count - 1) on `threads` threads including this one. If calls throw, the exception
/// of the lowest number is rethrown, as if they had been made in order.
template <class Work>
void in_parallel(std::size_t count, Work work, std::size_t threads = threads_at_most()) {
    std::atomic<std::size_t> next = 0, failed = count;
    std::exception_ptr failure;
    std::mutex failing;
    const auto some = [&] {
        for (std::size_t i; (i = next++) < failed;) try {
                work(i);
            } catch (...) {
                const std::lock_guard lock(failing);
                if (i < failed) failure = std::current_exception();
                failed = std::min(i, failed.load());
            }
    };
    std::vector<std::thread> helpers;
    try {
        while (helpers.size() + 1 < std::min(threads, count)) helpers.emplace_back(some);
    } catch (...) {}  // no memory or no further thread: the existing ones do the work
    some();
    for (std::thread& helper : helpers) helper.join();
    if (failure) std::rethrow_exception(failure);
}

/// Copies bytes, 4 MiB and more of them by several threads.
inline void copy_bytes(void* to, const void* from, std::size_t bytes) {
    if (bytes < std::size_t{4} << 20) {
        std::memcpy(to, from, bytes);
        return;
    }
    constexpr std::size_t part = std::size_t{1} << 20;
    in_parallel((bytes + part - 1) / part, [&](std::size_t i) {
        std::memcpy(static_cast<std::byte*>(to) + i * part,
            static_cast<const std::byte*>(from) + i * part, std::min(part, bytes - i * part));
    });
}

/// A task on a thread of its own, which is notified when its result is no longer needed.
class side_work {
public:
    /// `work` takes a const std::atomic<bool>&, which becomes true when it may stop early.
    template <class Work> explicit side_work(Work work) {
        const auto guarded = [this, work] {
            try {
                work(unwanted_);
            } catch (...) {
                failure_ = std::current_exception();
            }
        };
        try {
            thread_ = std::thread(guarded);
        } catch (...) {  // no memory or no further thread
            guarded();
        }
    }
    side_work(const side_work&) = delete;
    side_work& operator=(const side_work&) = delete;
    ~side_work() { stop(); }

    /// Waits until it has stopped early, or ended.
    void stop() {
        unwanted_ = true;
        if (thread_.joinable()) thread_.join();
    }

    /// Waits for its end. Errors  those that the work threw.
    void done() {
        if (thread_.joinable()) thread_.join();
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }

private:
    std::atomic<bool> unwanted_ = false;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace lamina::detail
