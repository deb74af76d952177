// SPDX-License-Identifier: Apache-2.0
// The threads and the queue of a batcher. Included by batcher.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/runtime/batcher.hpp>
#include <lamina/runtime/context_shapes.impl.hpp>
#include <lamina/runtime/engine.impl.hpp>
#include <lamina/runtime/engine_shapes.impl.hpp>

namespace lamina {

namespace detail {

/// Rows of a dense tensor along an axis: `outer` times `extent` times `inner` bytes.
struct axis_rows {
    std::size_t outer = 1, extent = 0, inner = 1;

    axis_rows(const shape& dims, int axis, std::size_t element) : inner(element) {
        for (int i = 0; i < dims.rank; ++i) {
            const auto n = static_cast<std::size_t>(dims[i]);
            if (i < axis) outer *= n;
            if (i == axis) extent = n;
            if (i > axis) inner *= n;
        }
    }
    /// Copies `count` rows between this tensor, from row `first` on, and one that has only those.
    template <class Copy> void each(std::size_t first, std::size_t count, Copy copy) const {
        for (std::size_t o = 0; o < outer; ++o)
            copy((o * extent + first) * inner, o * count * inner, count * inner);
    }
};

struct batching {
    struct request {
        std::vector<std::vector<std::byte>> inputs;  ///< in the plan's order
        std::vector<int> values;                     ///< of the dims
        int items = 0;
        std::chrono::steady_clock::time_point until;
        std::promise<results> promise;
    };

    engine made;
    std::size_t dim = 0;  ///< index
    int most = 0;
    std::chrono::microseconds delay{};
    std::vector<int> input_axes, output_axes;

    mutable std::mutex waiting;
    std::condition_variable changed;
    std::deque<request> queue;
    batcher_counts counts;
    bool ends = false;
    std::vector<std::thread> threads;

    explicit batching(const engine& of) : made(of) {}

    /// Serves what was submitted and ends the threads.
    void finish() {
        {
            const std::lock_guard lock(waiting);
            ends = true;
        }
        changed.notify_all();
        for (std::thread& t : threads) t.join();
    }

    /// Whether two requests may run together.
    bool agree(const request& a, const request& b) const {
        for (std::size_t d = 0; d < a.values.size(); ++d)
            if (d != dim && a.values[d] != b.values[d]) return false;
        return true;
    }

    /// Requests that may run together, of those that wait.
    struct waiting_run {
        std::vector<std::size_t> requests;  ///< indices, the oldest first
        int items = 0;
        bool is_full = false;  ///< no other can join them
    };

    /// Which requests begin now: the oldest one and what fits beside it if it has waited long enough, else the
    /// first run that is full; empty if none does.
    std::vector<std::size_t> due() const {
        const bool is_late = ends || std::chrono::steady_clock::now() >= queue.front().until;
        std::vector<waiting_run> runs;
        for (std::size_t i = 0; i < queue.size(); ++i) {
            auto run = std::ranges::find_if(runs, [&](const waiting_run& other) {
                return agree(queue[other.requests.front()], queue[i]);
            });
            if (run == runs.end()) run = runs.insert(run, waiting_run());
            if (run->is_full) continue;
            if (run->items + queue[i].items > most) {
                run->is_full = true;  // those behind it must not overtake it
            } else {
                run->items += queue[i].items;
                run->requests.push_back(i);
                run->is_full = run->items == most;
            }
            if (run->is_full && (!is_late || run == runs.begin())) return run->requests;
        }
        return is_late ? runs.front().requests : std::vector<std::size_t>();
    }

    /// Waits for the next run's requests and takes them; empty at the end.
    std::vector<request> take() {
        std::unique_lock lock(waiting);
        for (;;) {
            changed.wait(lock, [&] { return ends || !queue.empty(); });
            if (queue.empty()) return {};
            const std::vector<std::size_t> chosen = due();
            if (chosen.empty()) {
                changed.wait_until(lock, queue.front().until);
                continue;
            }
            std::vector<request> out;
            for (const std::size_t i : chosen) out.push_back(std::move(queue[i]));
            for (std::size_t k = chosen.size(); k-- > 0;)
                queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(chosen[k]));
            ++counts.runs;
            return out;
        }
    }

    void serve() {
        std::optional<context> run;
        for (std::vector<request> some = take(); !some.empty(); some = take()) try {
                if (!run) run.emplace(made.make_context());
                answer(*run, some);
            } catch (...) {
                run.reset();
                for (request& r : some) try {
                        r.promise.set_exception(std::current_exception());
                    } catch (const std::future_error&) {}  // it was answered
            }
    }

    void answer(context& run, std::vector<request>& some) {
        int items = 0;
        for (const request& r : some) items += r.items;
        // Zeros stand for items up to a value that there is a plan for.
        std::vector<int> values = some.front().values;
        values[dim] = source().value_from(values, dim, items);
        run.reset_state();
        run.reshape_to(values);
        for (std::size_t i = 0; i < run.plan().inputs.size(); ++i) {
            const plan_binding& b = run.plan().inputs[i];
            const std::size_t element = size_bytes(host_type(b.type));
            std::vector<std::byte> all(static_cast<std::size_t>(b.dims.count()) * element);
            const axis_rows rows(b.dims, input_axes[i], element);
            std::size_t first = 0;
            for (const request& r : some) {
                const auto count = static_cast<std::size_t>(r.items);
                rows.each(first, count, [&](std::size_t to, std::size_t from, std::size_t bytes) {
                    std::memcpy(all.data() + to, r.inputs[i].data() + from, bytes);
                });
                first += count;
            }
            give(run, i, all);
        }
        run.run();
        const results together = read_results(run);
        std::size_t first = 0;
        for (request& r : some) {
            r.promise.set_value(part_of(together, first, static_cast<std::size_t>(r.items)));
            first += static_cast<std::size_t>(r.items);
        }
    }

    results part_of(const results& together, std::size_t first, std::size_t count) const {
        results out;
        for (std::size_t i = 0; i < together.all.size(); ++i) {
            const result& whole = together.all[i].second;
            const int axis = output_axes[i];
            const axis_rows rows(whole.dims, axis, 1);
            result part;
            part.dims = whole.dims;
            part.dims.at(axis) = static_cast<int>(count);
            const auto cut = [&](const auto& from, auto& to) {
                to.resize(from.empty() ? 0 : static_cast<std::size_t>(part.dims.count()));
                if (to.empty()) return;
                rows.each(first, count, [&](std::size_t begin, std::size_t place, std::size_t n) {
                    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(begin), n,
                        to.begin() + static_cast<std::ptrdiff_t>(place));
                });
            };
            cut(whole.values, part.values);
            cut(whole.indices, part.indices);
            out.all.emplace_back(together.all[i].first, std::move(part));
        }
        return out;
    }

    static void give(context& run, std::size_t input, const std::vector<std::byte>& values) {
        const dtype host = host_type(run.plan().inputs[input].type);
        run.fill(input, values.data(), values.size() / size_bytes(host), host);
    }
    const shape_source& source() const { return *made.shared_->shapes->source; }
    request make_request(std::initializer_list<named_values> inputs);
    void find_axes(const std::string& called);
};

/// By the plans for two values of the dim, which axis of each output it is.
inline void batching::find_axes(const std::string& called) {
    const shape_source& own = source();
    for (const plan_binding& b : made.inputs()) {
        int found = -1;
        const std::span<const int> axes = own.axes_of(b.name);
        for (std::size_t axis = 0; axis < axes.size(); ++axis)
            if (axes[axis] == static_cast<int>(dim)) found = static_cast<int>(axis);
        input_axes.push_back(found);
        if (found < 0)
            throw error(errc::shape, std::string(b.name),
                "input '" + std::string(b.name) + "' has no axis that is dim '" + called
                    + "'; requests can be joined where every input has it");
    }
    const auto [first, last] = own.ends_of(dim);
    const plan_view plans[] = {own.plan(first), own.plan(last)};
    for (std::size_t i = 0; i < made.outputs().size(); ++i) {
        const shape &least = plans[0]->outputs[i].dims, &most_dims = plans[1]->outputs[i].dims;
        int found = -1;
        for (int axis = 0; axis < least.rank; ++axis)
            if (found < 0 && least[axis] == first[dim] && most_dims[axis] == last[dim])
                found = axis;
        output_axes.push_back(found);
        if (found < 0 || first == last)
            throw error(errc::shape, std::string(made.outputs()[i].name),
                "output '" + std::string(made.outputs()[i].name) + "' has no axis that is dim '"
                    + called + "'; its values cannot be told apart by request");
    }
}

inline batching::request batching::make_request(std::initializer_list<named_values> inputs) {
    const shape_source& own = source();
    request out;
    const std::vector<plan_binding>& all = made.inputs();
    out.inputs.resize(all.size());
    out.values = opt_values(own.dims);
    std::vector<bool> has(own.dims.size(), false);
    const std::vector<std::size_t> places = made.input_places(inputs);
    std::size_t next = 0;
    for (const named_values& given : inputs) {
        const std::size_t at = places[next++];
        const plan_binding& b = all[at];
        const std::string name(b.name);
        shape dims = b.dims;
        dims.at(input_axes[at]) = 1;
        if (given.dims) dims = *given.dims;
        if (dims.rank != b.dims.rank || static_cast<std::int64_t>(given.count) != dims.count())
            throw error(errc::input_shape, name,
                "input '" + name + "' got " + std::to_string(given.count) + " values, "
                    + std::string(to_text(dims).view()) + " has " + std::to_string(dims.count())
                    + "; give one item, or the extents of several");
        check_numbers(b, given.type);
        const std::span<const int> axes = own.axes_of(b.name);
        for (int axis = 0; axis < dims.rank; ++axis) {
            const int which = axes[static_cast<std::size_t>(axis)];
            if (which < 0 && dims[axis] != b.dims[axis])
                throw error(errc::input_shape, name,
                    "input '" + name + "' got " + std::string(to_text(dims).view()) + ", its axis "
                        + std::to_string(axis) + " has " + std::to_string(b.dims[axis])
                        + " in every run; give that");
            if (which < 0) continue;
            const auto d = static_cast<std::size_t>(which);
            const plan_dim& known = own.dims[d];
            if (d != dim) check_value(known, dims[axis]);
            if (has[d] && out.values[d] != dims[axis])
                throw error(errc::shape, std::string(known.at.view()),
                    dim_text(known) + " is " + std::to_string(out.values[d]) + " and "
                        + std::to_string(dims[axis]) + " in one request; give all inputs the same");
            has[d] = true;
            out.values[d] = dims[axis];
        }
        out.inputs[at].resize(given.count * size_bytes(given.type));
        if (given.count) std::memcpy(out.inputs[at].data(), given.data, out.inputs[at].size());
    }
    out.items = out.values[dim];
    if (out.items < 1 || out.items > most)
        throw error(errc::shape, std::string(own.dims[dim].at.view()),
            "a request has " + std::to_string(out.items) + " items, a run takes 1 to "
                + std::to_string(most) + "; cut it apart, or raise batcher_options::most");
    return out;
}

}  // namespace detail

LAMINA_INLINE batcher::batcher(const engine& made, const batcher_options& options)
    : all_(std::make_unique<detail::batching>(made)) {
    const std::span<const plan_dim> dims = made.dims();
    detail::batching& all = *all_;
    all.dim = detail::find_dim(
        dims, options.dim, "declare it with net.dim(), or set batcher_options::dim");
    const plan_dim& d = dims[all.dim];
    all.most = options.most ? options.most : d.max;
    detail::check_value(d, all.most);
    // Longer ones reach beyond what a clock counts to.
    all.delay = std::clamp(options.delay, std::chrono::microseconds(0),
        std::chrono::microseconds(std::chrono::hours(24)));
    all.find_axes(options.dim);
    try {
        for (std::size_t i = 0; i < std::max<std::size_t>(options.contexts, 1); ++i)
            all.threads.emplace_back([&all] { all.serve(); });
    } catch (...) {
        all.finish();
        throw;
    }
}

LAMINA_INLINE batcher::~batcher() { all_->finish(); }

LAMINA_INLINE std::future<results> batcher::submit(std::initializer_list<named_values> inputs) {
    detail::batching::request made = all_->make_request(inputs);
    made.until = std::chrono::steady_clock::now() + all_->delay;
    std::future<results> out = made.promise.get_future();
    {
        const std::lock_guard lock(all_->waiting);
        ++all_->counts.requests;
        all_->counts.items += static_cast<std::size_t>(made.items);
        all_->queue.push_back(std::move(made));
    }
    all_->changed.notify_all();
    return out;
}

LAMINA_INLINE batcher_counts batcher::counts() const {
    const std::lock_guard lock(all_->waiting);
    return all_->counts;
}

}  // namespace lamina
