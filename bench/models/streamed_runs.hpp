// SPDX-License-Identifier: Apache-2.0
// Pictures per second of a stream of requests, which an infer_queue spreads over contexts and devices, as
// bench/throughput.py asks for them.
#pragma once
#include "bench/models/conversation.hpp"
#include "bench/models/queued_runs.hpp"

#include <lamina/run.hpp>
#include <lamina/runtime/infer_queue.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bench {

class streamed_runs {
public:
    /// `command`: contexts of each device, threads of each context, devices; 0 or left out: the queue's own.
    streamed_runs(const lamina::engine& first, const json& command, input_values input)
        : input_(std::move(input)), queue_(engines(first, command), options(command)) {}

    /// Requests until so many seconds are over, and then those that are on their way.
    json measure(double seconds) {
        using clock = std::chrono::steady_clock;
        const auto start = clock::now();
        const auto spent
            = [&] { return std::chrono::duration<double>(clock::now() - start).count(); };
        std::deque<std::future<lamina::results>> flying;
        std::size_t done = 0;
        const auto take = [&] {
            flying.front().get();
            flying.pop_front();
            ++done;
        };
        while (spent() < seconds) {
            std::visit(
                [&](const auto& values) { flying.push_back(queue_.submit({{name_, values}})); },
                input_);
            while (!flying.empty()
                && flying.front().wait_for(std::chrono::seconds(0)) == std::future_status::ready)
                take();
        }
        while (!flying.empty()) take();
        const double per_second = static_cast<double>(done * batch_) / spent();
        return {{"per_second", per_second}, {"contexts", queue_.contexts()},
            {"by_device", queue_.counts()}};
    }

private:
    input_values input_;
    std::string name_;
    std::size_t batch_ = 1;
    lamina::infer_queue queue_;

    std::vector<lamina::engine> engines(const lamina::engine& first, const json& command) {
        name_ = first.inputs()[0].name;
        batch_ = static_cast<std::size_t>(first.inputs()[0].dims[0]);
        const lamina::device here = first.device_of();
        std::vector<lamina::device> all{here};
        for (const lamina::device& dev : lamina::device::all())
            if (dev.facts().type == here.facts().type && !(dev == here)) all.push_back(dev);
        const std::size_t count = command.value("devices", std::size_t{1});
        if (count > all.size())
            throw std::runtime_error("there are " + std::to_string(all.size())
                + " devices of this type, " + std::to_string(count) + " were asked for");
        std::vector<lamina::engine> out;
        for (std::size_t i = 0; i < count; ++i)
            out.push_back(first.on(all[i], {.threads = command.value("threads", 0)}));
        return out;
    }
    static lamina::infer_queue_options options(const json& command) {
        return {.contexts = command.value("contexts", std::size_t{0}),
            .threads = command.value("threads", 0)};
    }
};

}  // namespace bench
