// SPDX-License-Identifier: Apache-2.0
// The threads and the queue of an infer_queue. Included by infer_queue.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <deque>
#include <exception>
#include <initializer_list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/runtime/engine.impl.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/infer_queue.hpp>
#include <lamina/runtime/threads.hpp>

namespace lamina {

namespace detail {

struct inferring {
    /// Inputs in the order in which they were given, and where in the plan they are.
    struct request {
        std::vector<std::vector<std::byte>> values;
        std::vector<named_values> inputs;  ///< of `values`
        std::vector<std::size_t> places;
        std::promise<results> promise;
    };

    std::vector<engine> made;
    std::size_t most_waiting = 0;

    mutable std::mutex waiting;
    std::condition_variable arrived, left;
    std::deque<request> queue;
    std::vector<std::size_t> counts;  ///< by engine
    bool ends = false;
    std::vector<context> contexts;
    std::vector<std::size_t> engine_of;  ///< of each context
    std::vector<std::thread> threads;

    /// Serves what was submitted and ends the threads.
    void finish() {
        {
            const std::lock_guard lock(waiting);
            ends = true;
        }
        arrived.notify_all();
        for (std::thread& t : threads) t.join();
        threads.clear();
    }

    /// The work of one context's thread.
    void serve(std::size_t which) {
        const engine& of = made[engine_of[which]];
        for (;;) {
            std::unique_lock lock(waiting);
            arrived.wait(lock, [&] { return ends || !queue.empty(); });
            if (queue.empty()) return;
            request next = std::move(queue.front());
            queue.pop_front();
            ++counts[engine_of[which]];
            lock.unlock();
            left.notify_one();
            try {
                next.promise.set_value(of.run_in(contexts[which], next.inputs, next.places));
            } catch (...) {
                next.promise.set_exception(std::current_exception());
            }
        }
    }

    /// How many contexts of an engine, where `asked` does not say, and how many threads each has.
    static std::size_t contexts_of(const engine& e, const infer_queue_options& asked, int& threads);
    void add_contexts(const infer_queue_options& options);
    request make_request(std::initializer_list<named_values> inputs) const;
};

inline std::size_t inferring::contexts_of(
    const engine& e, const infer_queue_options& asked, int& threads) {
    threads = asked.threads;
    if (e.device_of().facts().type != device_type::cpu)
        return asked.contexts ? asked.contexts : std::size_t{2};
    const unsigned own = e.state().threads;
    if (asked.contexts) {
        if (!threads) threads = static_cast<int>(std::max<std::size_t>(1, own / asked.contexts));
        return asked.contexts;
    }
    const unsigned all = merged_threads(e.device_of().facts().compute_units);
    const unsigned each = threads > 0 ? static_cast<unsigned>(threads) : own;
    return std::max(1u, all / each);
}

inline void inferring::add_contexts(const infer_queue_options& options) {
    for (std::size_t i = 0; i < made.size(); ++i) {
        int each = 0;
        const std::size_t count = contexts_of(made[i], options, each);
        for (std::size_t k = 0; k < count; ++k) {
            contexts.push_back(made[i].make_context({.threads = each}));
            engine_of.push_back(i);
        }
    }
}

inline inferring::request inferring::make_request(
    std::initializer_list<named_values> inputs) const {
    const engine& first = made.front();
    request out;
    out.places = first.input_places(inputs);
    for (const named_values& given : inputs) {
        const plan_binding& b = first.inputs()[out.places[out.inputs.size()]];
        check_numbers(b, given.type);
        std::vector<std::byte>& bytes
            = out.values.emplace_back(given.count * size_bytes(given.type));
        if (!bytes.empty()) std::memcpy(bytes.data(), given.data, bytes.size());
        named_values& copy = out.inputs.emplace_back(given);
        copy.name = b.name;
        copy.data = bytes.data();
    }
    return out;
}

/// Engines that take each other's requests.
inline void check_alike(std::span<const engine> made) {
    const auto alike = [](const std::vector<plan_binding>& a, const std::vector<plan_binding>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
            [](const plan_binding& x, const plan_binding& y) {
                return x.name == y.name && x.type == y.type && x.dims == y.dims;
            });
    };
    for (const engine& e : made)
        if (!alike(e.inputs(), made[0].inputs()) || !alike(e.outputs(), made[0].outputs()))
            throw error(errc::option, std::string(e.plan().network),
                "the engine on " + e.device_of().subject() + " of network '"
                    + std::string(e.plan().network) + "' has other inputs or outputs than that on "
                    + made[0].device_of().subject() + " of '" + std::string(made[0].plan().network)
                    + "'; give engines of one network, such as those of engine::on()");
}

}  // namespace detail

LAMINA_INLINE infer_queue::infer_queue(const engine& made, const infer_queue_options& options)
    : infer_queue(std::span(&made, 1), options) {}

LAMINA_INLINE infer_queue::infer_queue(
    std::span<const engine> made, const infer_queue_options& options)
    : all_(std::make_unique<detail::inferring>()) {
    if (made.empty())
        throw error(
            errc::option, "infer_queue", "an infer_queue got no engine; give one or more of them");
    detail::check_alike(made);
    detail::inferring& all = *all_;
    all.made.assign(made.begin(), made.end());
    all.counts.resize(made.size());
    all.add_contexts(options);
    all.most_waiting = options.most_waiting ? options.most_waiting : 2 * all.contexts.size();
    try {
        for (std::size_t i = 0; i < all.contexts.size(); ++i)
            all.threads.emplace_back([&all, i] { all.serve(i); });
    } catch (...) {
        all.finish();
        throw;
    }
}

LAMINA_INLINE infer_queue::~infer_queue() { all_->finish(); }

LAMINA_INLINE std::future<results> infer_queue::submit(std::initializer_list<named_values> inputs) {
    detail::inferring& all = *all_;
    detail::inferring::request made = all.make_request(inputs);
    std::future<results> out = made.promise.get_future();
    {
        std::unique_lock lock(all.waiting);
        all.left.wait(lock, [&] { return all.queue.size() < all.most_waiting; });
        all.queue.push_back(std::move(made));
    }
    all.arrived.notify_one();
    return out;
}

LAMINA_INLINE std::size_t infer_queue::contexts() const { return all_->contexts.size(); }

LAMINA_INLINE std::vector<std::size_t> infer_queue::counts() const {
    const std::lock_guard lock(all_->waiting);
    return all_->counts;
}

}  // namespace lamina
