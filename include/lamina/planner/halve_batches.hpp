// SPDX-License-Identifier: Apache-2.0
// Where a run needs the most memory, a few convolutions and pools in a row are done for the first half of the batch,
// then for the second: what lies between them is in memory for one half at a time. On targets of channels-last
// images; runs after assign_layouts.
#pragma once
#include <lamina/planner/fuse_pools.hpp>
#include <lamina/planner/tile_cost.hpp>

#include <utility>

namespace lamina::planner {

/// Pixels of a half from which two launches take about as long as one: eight rounds of tiles of 128 rows on each unit.
inline constexpr std::int64_t least_half_pixels = std::int64_t{8} * tile_units * 128;
/// Steps in a row that are halved together, at most.
inline constexpr int most_halved = 6;

/// Steps first ... last, or none.
struct step_run {
    int first = -1, last = -1;
    constexpr int size() const { return last - first + 1; }
};

/// One run of the stage.
struct batch_halving {
    module& m;
    dynamic_array<int> begins, ends;  ///< of each storage: the first and last step that touch it
    dynamic_array<char> is_possible;  ///< of each step

    constexpr explicit batch_halving(module& all) : m(all) {}

    /// take(view) for each value that a step touches.
    template <class Step, class Take> static constexpr void each_view(Step& s, Take take) {
        for (auto& v : s.inputs) take(v);
        for (auto& o : s.operands)
            if (o.weight < 0) take(o.seen);
        for (auto& also : s.further) take(also.seen);
        take(s.output);
    }

    /// True if the step computes each image of its batch from that of its inputs, and the halves fill a GPU.
    constexpr bool has_halves(const step& s) const {
        const bool is_known
            = s.kind == op::conv2d || s.kind == op::conv_transpose2d || s.kind == op::pool;
        if (!is_known || s.is_copy || s.of_half || s.row >= 0 || s.depth.in || !s.further.empty())
            return false;
        const int batch = s.output.dims.n;
        bool holds = batch % 2 == 0;
        std::int64_t pixels = 0;
        each_view(s, [&](const view& v) {
            holds = holds && v.dims.rank == 4 && v.dims.n == batch;
            const std::int64_t own = std::int64_t{v.dims.h} * v.dims.w;
            if (own > pixels) pixels = own;
        });
        for (const resolved_operand& o : s.operands) holds = holds && (o.weight < 0 || o.axis > 0);
        return holds && batch / 2 * pixels >= least_half_pixels;
    }

    constexpr void find_lives() {
        begins.assign(m.storages.size(), -1);
        ends.assign(m.storages.size(), -1);
        is_possible.assign(m.steps.size(), false);
        for (int i = 0; i < static_cast<int>(m.steps.size()); ++i) {
            is_possible[at(i)] = has_halves(m.steps[at(i)]);
            each_view(m.steps[at(i)], [&](const view& v) {
                if (begins[at(v.storage)] < 0) begins[at(v.storage)] = i;
                ends[at(v.storage)] = i;
            });
        }
    }

    /// True if nothing but the run touches the storage, whose contents lie between two of its steps.
    constexpr bool is_between(int storage, const step_run& run) const {
        return m.storages[at(storage)].space == memory_space::arena && !m.storages[at(storage)].kept
            && begins[at(storage)] >= run.first && ends[at(storage)] <= run.last
            && begins[at(storage)] < ends[at(storage)];
    }

    /// True if image i of one view lies beside image i of the other, in one storage, or both have no storage in common.
    static constexpr bool has_same_images(const view& a, const view& b) {
        const std::int64_t apart = a.lay.stride[0];
        return a.storage != b.storage
            || (apart > 0 && b.lay.stride[0] == apart && a.type == b.type
                && a.offset / apart == b.offset / apart);
    }

    /// True if all of its steps have halves, which read and write no image that another half writes: those of storages
    /// between the steps lie one behind the other, the same in each view.
    constexpr bool may_halve(const step_run& run) const {
        bool holds = true;
        for (int i = run.first; i <= run.last && holds; ++i) {
            const step& s = m.steps[at(i)];
            holds = is_possible[at(i)] && s.output.dims.n == m.steps[at(run.first)].output.dims.n;
            each_view(s, [&](const view& v) {
                if (!is_between(v.storage, run)) {
                    for (int k = run.first; k <= run.last; ++k)
                        holds = holds && has_same_images(v, m.steps[at(k)].output);
                    return;
                }
                const std::int64_t bytes = std::int64_t{v.dims.n} * v.lay.stride[0]
                    * static_cast<std::int64_t>(size_bytes(v.type));
                holds = holds && bytes == m.storages[at(v.storage)].bytes
                    && v.offset < v.lay.stride[0];
            });
        }
        return holds;
    }

    /// The most bytes alive during one step if that run is halved; `when` gets the first such step of the steps there
    /// are then.
    constexpr std::int64_t most_alive(const step_run& run, int& when) const {
        const int more = run.first < 0 ? 0 : run.size();
        dynamic_array<std::int64_t> change(m.steps.size() + at(more) + 1, 0);
        const auto lives = [&](int first, int last, std::int64_t bytes) {
            change[at(first)] += bytes;
            change[at(last + 1)] -= bytes;
        };
        for (int i = 0; i < static_cast<int>(m.storages.size()); ++i) {
            const storage& s = m.storages[at(i)];
            if (s.space != memory_space::arena || begins[at(i)] < 0) continue;
            if (s.kept) {
                lives(0, static_cast<int>(m.steps.size()) + more - 1, s.bytes);
            } else if (more && is_between(i, run)) {
                lives(begins[at(i)], ends[at(i)], s.bytes / 2);
                lives(begins[at(i)] + more, ends[at(i)] + more, s.bytes / 2);
            } else {
                lives(begins[at(i)] + (more && begins[at(i)] > run.last ? more : 0),
                    ends[at(i)] + (more && ends[at(i)] >= run.first ? more : 0), s.bytes);
            }
        }
        std::int64_t now = 0, most = -1;
        for (int i = 0; i < static_cast<int>(m.steps.size()) + more; ++i) {
            now += change[at(i)];
            if (now <= most) continue;
            most = now;
            when = i;
        }
        return most;
    }

    /// The run through the step where most is alive that leaves the fewest bytes, the shortest of several; none where
    /// less than a sixteenth would be spared.
    constexpr step_run find_run() const {
        int peak = 0, when = 0;
        const std::int64_t now = most_alive({}, peak);
        std::int64_t least = now - now / 16;
        step_run best;
        for (int size = 2; size <= most_halved; ++size)
            for (int first = peak - size + 1; first <= peak; ++first) {
                const step_run run{first, first + size - 1};
                if (first < 0 || run.last >= static_cast<int>(m.steps.size()) || !may_halve(run))
                    continue;
                const std::int64_t left = most_alive(run, when);
                if (left >= least) continue;
                least = left;
                best = run;
            }
        return best;
    }

    /// The step for one half of the batch. Storages between the run's steps are those of `places`.
    static constexpr step half_of(const step& whole, int half, const dynamic_array<int>& places) {
        step s = whole;
        s.of_half = true;
        each_view(s, [&](view& v) {
            v.dims.n /= 2;
            if (places[at(v.storage)] >= 0)
                v.storage = places[at(v.storage)];
            else
                v.offset += std::int64_t{half} * v.dims.n * v.lay.stride[0];
        });
        return s;
    }

    constexpr void halve(const step_run& run) {
        dynamic_array<int> places[2];
        for (dynamic_array<int>& each : places) each.assign(m.storages.size(), -1);
        for (int i = 0, count = static_cast<int>(m.storages.size()); i < count; ++i) {
            if (!is_between(i, run)) continue;
            m.storages[at(i)].bytes /= 2;
            const storage other = m.storages[at(i)];
            places[0][at(i)] = i;
            places[1][at(i)] = static_cast<int>(m.storages.size());
            m.storages.push_back(other);
        }
        dynamic_array<step> steps;
        steps.reserve(m.steps.size() + at(run.size()));
        for (int i = 0; i < run.first; ++i) steps.push_back(std::move(m.steps[at(i)]));
        for (int half = 0; half < 2; ++half)
            for (int i = run.first; i <= run.last; ++i)
                steps.push_back(half_of(m.steps[at(i)], half, places[half]));
        for (int i = run.last + 1; i < static_cast<int>(m.steps.size()); ++i)
            steps.push_back(std::move(m.steps[at(i)]));
        m.steps = std::move(steps);
    }

    constexpr void run() {
        bool any = false;
        for (const step& s : m.steps) any = any || has_halves(s);
        while (any) {
            find_lives();
            const step_run found = find_run();
            any = found.first >= 0;
            if (any) halve(found);
        }
    }
};

constexpr void halve_batches(module& m, const lamina::target& target) {
    if (has_constant_images(m, target)) batch_halving(m).run();
}

}  // namespace lamina::planner
