// SPDX-License-Identifier: Apache-2.0
// Postconditions on memory: after assign_layouts, each view lies inside its storage and no element has two
// writers; after plan_memory, storages alive at the same time do not overlap. See verify.hpp.
#pragma once
#include <lamina/planner/lane_orders.hpp>
#include <lamina/planner/plan_memory.hpp>
#include <lamina/planner/target.hpp>
#include <lamina/planner/verify.hpp>

namespace lamina::planner {

/// One past the last element that a view may touch, counted from its storage's start.
/// Lanes behind the last channel count where they must hold zeros.
constexpr std::int64_t end_of(const view& v) {
    std::int64_t last = v.offset;
    for (int axis = 0; axis < max_rank; ++axis) {
        if (axis != 1 || v.lay.block == 1) {
            last += std::int64_t{v.dims[axis] - 1} * v.lay.stride[axis];
            continue;
        }
        const int channel = last_lane(v);
        last += std::int64_t{channel / v.lay.block} * v.lay.stride[1]
            + (v.clean ? v.lay.block - 1 : channel % v.lay.block);
    }
    return last + 1;
}

/// A view as a box in the grid that its strides span; channels of blocked axes are counted through.
struct box {
    std::int64_t first[max_rank] = {}, count[max_rank] = {1, 1, 1, 1, 1, 1};
};

/// Splits a's offset by the strides it shares with `other`, largest first; of equal strides the
/// longer axis first, as the other one is of extent 1.
constexpr box box_of(const view& v, const view& other) {
    int axes[max_rank] = {0, 1, 2, 3, 4, 5};
    const auto longest = [&](int axis) {
        return v.dims[axis] > other.dims[axis] ? v.dims[axis] : other.dims[axis];
    };
    for (int i = 1; i < v.dims.rank; ++i)
        for (int j = i; j > 0; --j) {
            const int a = axes[j - 1], b = axes[j];
            const bool before = v.lay.stride[b] > v.lay.stride[a]
                || (v.lay.stride[b] == v.lay.stride[a] && longest(b) > longest(a));
            if (!before) break;
            axes[j - 1] = b;
            axes[j] = a;
        }
    box out;
    std::int64_t rest = v.offset;
    for (int i = 0; i < v.dims.rank; ++i) {
        const int axis = axes[i], stride = v.lay.stride[axis];
        out.count[axis] = v.dims[axis];
        if (stride == 0) continue;
        out.first[axis] = rest / stride;
        rest %= stride;
        if (axis == 1 && v.lay.block > 1) {
            const std::int64_t first = out.first[1] * v.lay.block + v.shift;
            const std::int64_t end = first + v.dims.c;
            out.first[1] = first;
            out.count[1] = (v.clean ? aligned(end, v.lay.block) : end) - first;
        }
    }
    return out;
}

/// Calls `take` with the position of each element of a view, and of each lane that must hold a zero.
template <class Take> constexpr void for_each_element(const view& v, const Take& take) {
    int end[max_rank] = {}, index[max_rank] = {};
    for (int axis = 0; axis < max_rank; ++axis) end[axis] = v.dims[axis];
    index[1] = v.shift;
    end[1] += v.shift;
    if (v.clean) end[1] = aligned(end[1], v.lay.block);
    for (int axis = 0; axis >= 0;) {
        take(v.offset + v.lay.offset(index));
        for (axis = max_rank - 1; axis >= 0; --axis) {
            if (++index[axis] < end[axis]) break;
            index[axis] = axis == 1 ? v.shift : 0;
        }
    }
}

/// True if two views of one storage have an element in common, element by element.
constexpr bool share_an_element(const view& a, const view& b) {
    dynamic_array<char> is_of_a(at(static_cast<int>(end_of(a) - a.offset)), 0);
    for_each_element(
        a, [&](std::int64_t place) { is_of_a[static_cast<std::size_t>(place - a.offset)] = 1; });
    bool found = false;
    for_each_element(b, [&](std::int64_t place) {
        const std::int64_t i = place - a.offset;
        found |= i >= 0 && i < static_cast<std::int64_t>(is_of_a.size())
            && is_of_a[static_cast<std::size_t>(i)];
    });
    return found;
}

/// True if two written views of one storage share no element: parts of one whole by their boxes; parts
/// of wholes of other forms (a concat of concats that were reshaped between) by their elements.
constexpr bool are_disjoint(const view& a, const view& b) {
    if (end_of(a) <= b.offset || end_of(b) <= a.offset) return true;
    if (!(a.lay == b.lay) || a.dims.rank != b.dims.rank) return !share_an_element(a, b);
    const box x = box_of(a, b), y = box_of(b, a);
    for (int axis = 0; axis < a.dims.rank; ++axis)
        if (x.first[axis] + x.count[axis] <= y.first[axis]
            || y.first[axis] + y.count[axis] <= x.first[axis])
            return true;
    return false;
}

/// The volumes that a step reads along depth, of the slices that are its view.
constexpr view walked_volumes(const depth_walk& depth, const view& slices) {
    view out = as_volume(
        slices, {slices.dims.n / depth.in, slices.dims.c, depth.in, slices.dims.h, slices.dims.w});
    out.lay.stride[0] = depth.volume;
    return out;
}

/// One view against its storage.
constexpr sentence verify_view(
    const module& m, const lamina::target& target, const view& v, int step) {
    constexpr const char* after = "assign_layouts";
    if (v.storage < 0 || v.storage >= static_cast<int>(m.storages.size()))
        return planner_fault(after, "step ", step, " has a view of storage ", v.storage, " of ",
            static_cast<int>(m.storages.size()));
    const bool has_block = v.lay.block != 1;
    if (has_block && (!target.blocks_channels() || v.lay.block != target.channel_block))
        return planner_fault(after, "step ", step, " has a view in blocks of ", v.lay.block,
            ", the target has none or others of ", target.channel_block);
    if (v.shift < 0 || v.shift >= v.lay.block || (!has_block && !v.clean))
        return planner_fault(after, "step ", step, " has a view that begins ", v.shift,
            " lanes inside a block of ", v.lay.block);
    for (int axis = 0; axis < max_rank; ++axis)
        if (v.lay.stride[axis] < 0 || v.dims[axis] < 1)
            return planner_fault(after, "step ", step, " has a view ", to_text(v.dims),
                " with stride ", v.lay.stride[axis], " on axis ", axis);
    const storage& s = m.storages[at(v.storage)];
    std::int64_t bytes = s.bytes;
    if (s.space == memory_space::output && s.index < static_cast<int>(m.net->outputs.size())) {
        const node& n = m.net->nodes[at(m.net->outputs[at(s.index)].node)];
        bytes = n.dims.count() * static_cast<int>(size_bytes(n.type));
    }
    int inputs = 0;
    for (const node& n : m.net->nodes)
        if (is_input(n.kind) && s.space == memory_space::input && inputs++ == s.index)
            bytes = n.dims.count() * static_cast<int>(size_bytes(n.type));
    const std::int64_t end = end_of(v) * static_cast<int>(size_bytes(v.type));
    if (v.offset < 0 || end > bytes)
        return planner_fault(after, "step ", step, " has a view ", to_text(v.dims),
            " that ends at byte ", end, " of storage ", v.storage, ", which has ", bytes);
    return {};
}

/// Layers side by side are the step's output, one behind the other.
constexpr sentence verify_parts_of(const module& m, const step& s, int index) {
    constexpr const char* after = "assign_layouts";
    if (s.row < 0) return {};
    const int axis = fold_axis_of(m.net->nodes[at(s.anchor)]);
    int end = 0;
    for (const group_part& part : m.parts_of(s.row)) {
        const bool is_image = s.output.dims.rank == 4;
        const bool is_line
            = part.seen.dims.rank == 3 || is_over_columns(m.net->nodes[at(s.anchor)]);
        const view v = is_image && is_line          ? as_one_row(part.seen)
            : is_image && is_volume(part.seen.dims) ? as_slices(part.seen)
                                                    : part.seen;
        const shape& dims = m.net->nodes[at(part.output)].dims;
        if (v.storage != s.output.storage || !(v.lay == s.output.lay) || !(part.seen.dims == dims)
            || v.shift || part.first != end
            || v.offset - s.output.offset
                != std::int64_t{part.first / v.lay.block} * s.output.lay.stride[axis])
            return planner_fault(after, "part ", part.output, " of step ", index,
                " does not begin at index ", end, " of the step's output");
        end += dims[axis];
    }
    if (end != s.output.dims[axis])
        return planner_fault(after, "the parts of step ", index, " end at ", end,
            ", its output has ", s.output.dims[axis]);
    return {};
}

/// The views that a step writes: its output, then the further ones.
constexpr int count_written(const step& s) { return 1 + static_cast<int>(s.further.size()); }
constexpr const view& written_view(const step& s, int k) {
    return k ? s.further[at(k - 1)].seen : s.output;
}

/// After assign_layouts: views lie inside their storages, no element is written twice, and a storage is
/// read only after a step wrote to it.
constexpr sentence verify_steps(const module& m, const lamina::target& target) {
    constexpr const char* after = "assign_layouts";
    const int count = static_cast<int>(m.steps.size());
    dynamic_array<char> written(m.storages.size(), false);
    for (std::size_t i = 0; i < m.storages.size(); ++i)
        written[i] = m.storages[i].space == memory_space::input
            || m.storages[i].space == memory_space::weights
            || m.storages[i].space == memory_space::state;
    for (int i = 0; i < count; ++i) {
        const step& s = m.steps[at(i)];
        const auto reads = [&](const view& v) -> sentence {
            if (const sentence found = verify_view(m, target, v, i); !found.empty()) return found;
            if (!written[at(v.storage)])
                return planner_fault(after, "step ", i, " reads storage ", v.storage,
                    ", which no step writes before it");
            return {};
        };
        for (std::size_t k = 0; k < s.inputs.size(); ++k) {
            const view& v = s.inputs[k];
            const view& seen = k == 0 && s.depth.in ? walked_volumes(s.depth, v) : v;
            if (const sentence found = reads(seen); !found.empty()) return found;
        }
        for (const resolved_operand& o : s.operands) {
            if (o.weight >= static_cast<int>(m.weights.size()))
                return planner_fault(after, "step ", i, " reads weight ", o.weight, " of ",
                    static_cast<int>(m.weights.size()));
            if (o.weight >= 0) continue;
            if (const sentence found = reads(o.seen); !found.empty()) return found;
        }
        const auto is_input_view
            = [&](const view& v) { return m.storages[at(v.storage)].space == memory_space::input; };
        if (const sentence found = verify_parts_of(m, s, i); !found.empty()) return found;
        for (int k = 0; k < count_written(s); ++k) {
            const view& v = written_view(s, k);
            if (const sentence found = verify_view(m, target, v, i); !found.empty()) return found;
            if (is_input_view(v))
                return planner_fault(after, "step ", i, " writes to a network input");
            // Only in-place concats, and states, have several writers.
            const bool is_state = m.storages[at(v.storage)].space == memory_space::state;
            if (is_state && !traits_of(s.kind).in_place)
                return planner_fault(after, "step ", i, " writes to a state and is no update");
            for (int j = 0; j <= i && !is_state && written[at(v.storage)]; ++j)
                for (int other = 0; other < (j < i ? count_written(m.steps[at(j)]) : k); ++other)
                    if (const view& before = written_view(m.steps[at(j)], other);
                        before.storage == v.storage && !are_disjoint(before, v))
                        return planner_fault(after, "steps ", j, " and ", i,
                            " write to the same elements of storage ", v.storage);
            written[at(v.storage)] = true;
        }
    }
    for (std::size_t i = 0; i < m.storages.size(); ++i)
        if (m.storages[i].space == memory_space::output && !written[i])
            return planner_fault(after, "no step writes output ", m.storages[i].index);
    return {};
}

/// After plan_memory: storages alive at the same time are disjoint and aligned; so are weights.
constexpr sentence verify_memory_plan(const module& m) {
    constexpr const char* after = "plan_memory";
    const int count = static_cast<int>(m.storages.size());
    for (int i = 0; i < count; ++i) {
        const storage& a = m.storages[at(i)];
        if (a.space != memory_space::arena || a.first < 0) continue;
        if (a.offset % arena_alignment || a.offset < 0 || a.offset + a.bytes > m.arena_bytes)
            return planner_fault(after, "storage ", i, " takes bytes ", a.offset, " to ",
                a.offset + a.bytes, " of an arena of ", m.arena_bytes, ", multiples of ",
                arena_alignment, " inside it are expected");
        for (int j = i + 1; j < count; ++j) {
            const storage& b = m.storages[at(j)];
            if (b.space != memory_space::arena || b.first < 0 || a.last < b.first
                || b.last < a.first)
                continue;
            if (a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes)
                return planner_fault(after, "storages ", i, " and ", j,
                    " live at the same time and overlap at byte ",
                    a.offset > b.offset ? a.offset : b.offset);
        }
    }
    std::int64_t end = 0;
    for (const weight_recipe& r : m.weights) {
        if (r.offset < end || r.offset % 64)
            return planner_fault(after, "packed weights lie at byte ", r.offset,
                ", a multiple of 64 from ", end, " on is expected");
        end = r.offset + r.bytes;
    }
    if (end > m.weight_bytes)
        return planner_fault(after, "packed weights end at byte ", end, " of ", m.weight_bytes);
    return {};
}

/// The bound on the arena: at most 1.05 times the largest sum of tensors alive at once.
constexpr bool is_tight(const module& m) { return m.arena_bytes * 100 <= m.live_bytes * 105; }

}  // namespace lamina::planner
