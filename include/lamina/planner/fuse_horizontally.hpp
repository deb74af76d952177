// SPDX-License-Identifier: Apache-2.0
// Horizontal fusion: convolutions, or linears, that read one value become one product with their
// channels side by side. Their results are parts of its output, in a concat's memory where they are
// its inputs. Called by assign_layouts once it knows which values are images and which lie in a concat.
#pragma once
#include <lamina/planner/concat_in_place.hpp>
#include <lamina/planner/fuse_concats.hpp>
#include <lamina/planner/tile_cost.hpp>

#include <utility>

namespace lamina::planner {

/// Layers that are compared in all their subsets; more of them are taken in turns.
inline constexpr int most_siblings = 6;

/// What a launch costs, in the units of tile_cost: about 3 microseconds of a device.
inline constexpr std::int64_t launch_cost = 1 << 20;

/// The least time of a product on the gpu class, in the units of tile_cost.
constexpr std::int64_t product_cost(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
    std::int64_t least = -1;
    for (const tile_shape& t : tile_shapes) {
        const std::int64_t cost = tile_cost(t, rows, columns, depth, 1);
        if (least < 0 || cost < least) least = cost;
    }
    return least;
}

/// One run of the pass.
struct horizontal_fusion {
    module& m;
    const lamina::target& target;
    const dynamic_array<char>& is_image;
    const dynamic_array<concat_slot>& slots;
    const dynamic_array<int>& gaps;
    /// Groups that read each value, value after value, and where each value's begin.
    dynamic_array<int> readers, readers_of;

    constexpr const node& node_of(int value) const { return m.net->nodes[at(value)]; }
    constexpr const node& anchor_of(const fusion_group& w) const { return node_of(w.anchor); }

    /// The axis of the output along which the layers lie.
    constexpr int axis_of(const fusion_group& w) const { return fold_axis_of(anchor_of(w)); }
    constexpr int width_of(const fusion_group& w) const { return anchor_of(w).dims[axis_of(w)]; }
    constexpr const concat_slot& slot_of(const fusion_group& w) const {
        return slots[at(w.output)];
    }

    /// True if a group could be one of several side by side.
    static constexpr bool may_join(const module& m, const fusion_group& w) {
        return traits_of(w.kind).stands_beside && m.net->nodes[at(w.anchor)].attr.groups == 1
            && w.operands.empty() && w.dequantize < 0 && !m.net->nodes[at(w.anchor)].rounded.bits
            && !ends_in_pool(*m.net, w.kind, w.output) && !reads_concat(w.kind, w.inputs.size());
    }
    /// True if two groups differ in their weights and widths only.
    static constexpr bool are_siblings(
        const module& m, const fusion_group& a, const fusion_group& b) {
        const node &first = m.net->nodes[at(a.anchor)], &second = m.net->nodes[at(b.anchor)];
        if (a.kind != b.kind || a.inputs[0] != b.inputs[0] || !(first.attr.win == second.attr.win)
            || first.dims.rank != second.dims.rank || a.epilogue.size() != b.epilogue.size()
            || !(a.numbers == b.numbers))
            return false;
        const int axis = fold_axis_of(first);
        for (int i = 0; i < first.dims.rank; ++i)
            if (i != axis && first.dims[i] != second.dims[i]) return false;
        for (std::size_t i = 0; i < a.epilogue.size(); ++i) {
            const pointwise_op &f = a.epilogue[i], &g = b.epilogue[i];
            if (f.kind != g.kind || f.a != g.a || f.b != g.b) return false;
        }
        return true;
    }

    /// Widths must be multiples of this, but for the last of a row: blocks are not cut, and vectors
    /// of what follows stay aligned.
    constexpr int unit_of(const fusion_group& w) const {
        if (!target.is_cpu()) return is_narrow(w.numbers.storage) ? 8 : 4;
        return is_image[at(w.output)] && target.blocks_channels() ? target.channel_block : 16;
    }

    /// True if rows of a value that is a part of wider ones are as good for all who read it as rows
    /// for itself: no reader has to copy them. `alone` and `beside` are its layouts in both cases.
    constexpr bool reads_as_well(
        int value, const shape& dims, const layout& alone, const layout& beside) const {
        const auto joins_rows = [&](const shape& seen) {
            shape rows{1, seen.rank ? seen[seen.rank - 1] : 1};
            for (int axis = 0; axis < seen.rank - 1; ++axis) rows.n *= seen[axis];
            layout merged;
            return !reshaped(alone, seen, rows, merged) || reshaped(beside, seen, rows, merged);
        };
        for (int k = readers_of[at(value)]; k < readers_of[at(value) + 1]; ++k) {
            const int index = readers[at(k)];
            const fusion_group& reader = m.groups[at(index)];
            const op_traits& traits = traits_of(reader.kind);
            const node& n = anchor_of(reader);
            if (traits.view == view_rule::concat || reader.reads == input_form::rows) return false;
            if (is_output(*m.net, reader.output) && traits.view != view_rule::none) return false;
            if (traits.view == view_rule::reshape) {
                layout a, b;
                if (!reshaped(alone, dims, n.dims, a)) continue;  // a copy in any case
                if (!reshaped(beside, dims, n.dims, b)) return false;
                if (!reads_as_well(reader.output, n.dims, a, b)) return false;
            } else if (traits.view == view_rule::permute) {
                if (alone.block > 1) continue;  // the same copy for both
                if (!reads_as_well(reader.output, n.dims,
                        permuted(alone, n.attr.order, n.dims.rank),
                        permuted(beside, n.attr.order, n.dims.rank)))
                    return false;
            } else if (traits.view == view_rule::slice) {
                if (!reads_as_well(reader.output, n.dims, alone, beside)) return false;
            } else if (alone.block == 1 && !is_pointwise(reader.kind) && !is_image[at(value)]
                && reader.reads != input_form::strided && !joins_rows(dims)) {
                return false;
            }
        }
        return true;
    }
    /// True if a group's value may be a part of wider memory, with `more` indices beside it.
    constexpr bool may_be_part(int value, int axis, int more) const {
        const node& n = node_of(value);
        if (is_output(*m.net, value)) return false;
        shape wide = n.dims;
        wide.at(axis) += more;
        const auto lies = [&](const shape& dims) {
            if (!is_image[at(value)]) return row_major(dims);
            return target.blocks_channels() ? channels_blocked(dims, target.channel_block)
                                            : channels_last(dims);
        };
        return reads_as_well(value, n.dims, lies(n.dims), lies(wide));
    }

    /// Some of the siblings, in the order in which they stand.
    struct row {
        dynamic_array<int> groups;  ///< indices
        int width = 0;
        int concat = -1, concat_start = 0;
        concat_room room;
    };

    /// How the chosen siblings can stand side by side; none if they cannot.
    constexpr row arrange(const dynamic_array<int>& chosen) const {
        row out = order_of(chosen);
        for (std::size_t k = 0; k + 1 < out.groups.size(); ++k) {
            const fusion_group& w = m.groups[at(out.groups[k])];
            if (width_of(w) % unit_of(w)) return {};
        }
        return out;
    }
    constexpr row order_of(const dynamic_array<int>& chosen) const {
        const fusion_group& any = m.groups[at(chosen[0])];
        const int axis = axis_of(any), unit = unit_of(any);
        dynamic_array<int> inside, outside;  // of a concat
        int outside_width = 0, ragged = -1;
        row out;
        for (const int index : chosen) {
            const fusion_group& w = m.groups[at(index)];
            const int concat = slot_of(w).concat;
            out.width += width_of(w);
            if (concat < 0) {
                outside_width += width_of(w);
                if (width_of(w) % unit == 0) {
                    outside.push_back(index);
                } else {
                    if (ragged >= 0) return {};
                    ragged = index;
                }
                continue;
            }
            if (node_of(concat).attr.axis != axis || (out.concat >= 0 && out.concat != concat))
                return {};
            out.concat = concat;
            std::size_t k = inside.size();
            inside.push_back(index);
            for (; k > 0 && slot_of(m.groups[at(inside[k - 1])]).start > slot_of(w).start; --k)
                inside[k] = inside[k - 1];
            inside[k] = index;
        }
        if (ragged >= 0) outside.push_back(ragged);
        if (inside.empty()) {
            out.groups = outside;
            return out;
        }
        const int start = slot_of(m.groups[at(inside[0])]).start;
        int end = start;
        for (const int index : inside) {
            if (slot_of(m.groups[at(index)]).start != end) return {};
            end += width_of(m.groups[at(index)]);
        }
        out.concat_start = start;
        if (outside.empty()) {
            out.groups = inside;
            return out;
        }
        // Those outside stand in room before or behind the concat's own memory.
        const int whole = node_of(out.concat).dims[axis];
        for (const concat_room& taken : m.rooms)
            if (taken.concat == out.concat) return {};
        if (slots[at(out.concat)].concat >= 0 || outside_width > whole
            || !may_be_part(out.concat, axis, outside_width))
            return {};
        out.room.concat = out.concat;
        if (start == 0 && ragged < 0) {
            out.groups = outside;
            for (const int index : inside) out.groups.push_back(index);
            out.concat_start = -outside_width;
            out.room.before = outside_width;
        } else if (end == whole && end % unit == 0) {
            out.groups = inside;
            for (const int index : outside) out.groups.push_back(index);
            out.room.behind = outside_width;
        } else {
            return {};
        }
        return out;
    }

    /// True if one product of that width is not slower than the products apart.
    constexpr bool is_worth(const row& r) const {
        const fusion_group& any = m.groups[at(r.groups[0])];
        const node& n = anchor_of(any);
        const bool images = is_image[at(any.output)];
        const std::int64_t rows = n.dims.count() / n.dims[axis_of(any)];
        const shape& weight = m.net->parameters[at(n.parameters[weight_slot])].dims;
        const std::int64_t depth = weight.count() / weight.n;
        // Kernels count with ints.
        if ((rows + 16) * (r.width + 16) > 1 << 30 || (r.width + 16) * (depth + 16) > 1 << 30)
            return false;
        if (!target.is_cpu()) {
            std::int64_t apart = 0;
            for (const int index : r.groups)
                apart += product_cost(rows, width_of(m.groups[at(index)]), depth) + launch_cost;
            return product_cost(rows, r.width, depth) + launch_cost <= apart;
        }
        if (!images || !target.blocks_channels()) return true;
        // On a CPU the work is the same, and a product of several blocks of channels at a time is
        // quickest where two or three divide it. What could be done so must not be lost.
        const auto divides = [&](int width) {
            const int blocks = (width + target.channel_block - 1) / target.channel_block;
            return blocks % 2 == 0 || blocks % 3 == 0;
        };
        bool any_divides = false;
        for (const int index : r.groups)
            any_divides = any_divides || divides(width_of(m.groups[at(index)]));
        return divides(r.width) || !any_divides;
    }

    /// The subset of most layers, of those the widest, that is worth it.
    constexpr row best_of(const dynamic_array<int>& siblings) const {
        row best;
        for (int mask = 1; mask < 1 << siblings.size(); ++mask) {
            dynamic_array<int> chosen;
            for (std::size_t k = 0; k < siblings.size(); ++k)
                if (mask >> k & 1) chosen.push_back(siblings[k]);
            if (chosen.size() < 2 || chosen.size() < best.groups.size()) continue;
            row made = arrange(chosen);
            if (made.groups.size() < 2
                || (made.groups.size() == best.groups.size() && made.width <= best.width)
                || !is_worth(made))
                continue;
            best = made;
        }
        return best;
    }

    /// The layers become parts of the one that comes first.
    constexpr void join(const row& r) {
        int first = r.groups[0];
        for (const int index : r.groups) first = index < first ? index : first;
        dynamic_array<group_part> parts;
        dynamic_array<int> members, folds;
        int start = 0;
        for (const int index : r.groups) {
            fusion_group& w = m.groups[at(index)];
            parts.push_back({w.anchor, w.output, start, w.members, w.folds, {}, {}});
            for (int id : w.members) members.push_back(id);
            for (int id : w.folds) folds.push_back(id);
            start += width_of(w);
            w.alive = index == first;
        }
        fusion_group& w = m.groups[at(first)];
        w.row = static_cast<int>(m.layer_rows.size());
        m.layer_rows.push_back({parts, r.concat, r.concat_start});
        w.members = members;
        w.folds = folds;
        if (r.room.concat >= 0) m.rooms.push_back(r.room);
    }

    constexpr void find_readers() {
        readers_of.assign(m.net->nodes.size() + 1, 0);
        int* const begins = readers_of.data();
        // A value's begin is first the end of its groups, and falls as they are filled in.
        for (const fusion_group& w : m.groups) each_read(w, [&](int value) { ++begins[value]; });
        for (std::size_t i = 1; i < readers_of.size(); ++i) begins[i] += begins[i - 1];
        readers.assign(at(readers_of.back()), 0);
        int* const list = readers.data();
        for (int i = static_cast<int>(m.groups.size()) - 1; i >= 0; --i) {
            const fusion_group& w = m.groups[at(i)];
            for (std::size_t k = w.operands.size(); k-- > 0;)
                if (w.operands[k].value >= 0) list[--begins[w.operands[k].value]] = i;
            for (std::size_t k = w.inputs.size(); k-- > 0;) list[--begins[w.inputs[k]]] = i;
        }
    }

    /// `families`: lists of siblings.
    constexpr void run(const dynamic_array<dynamic_array<int>>& families) {
        find_readers();
        for (const dynamic_array<int>& all : families) {
            dynamic_array<int> left;
            for (int index : all) {
                const fusion_group& w = m.groups[at(index)];
                const int value = w.output, width = width_of(w);
                const bool few
                    = traits_of(w.kind).images == image_use::asks && !is_image[at(value)];
                const int concat = slot_of(w).concat;
                if (concat >= 0 && gaps[at(concat)]) continue;  // none beside it in its memory
                if (!few && (concat >= 0 || may_be_part(value, axis_of(w), width)))
                    left.push_back(index);
            }
            while (left.size() > 1) {
                dynamic_array<int> some, rest;
                for (int index : left) (some.size() < most_siblings ? some : rest).push_back(index);
                const row best = best_of(some);
                if (best.groups.empty()) {  // the first of them stands beside none of the others
                    some.erase(some.begin());
                } else {
                    join(best);
                    dynamic_array<int> others;
                    for (int index : some) {
                        bool taken = false;
                        for (int other : best.groups) taken = taken || other == index;
                        if (!taken) others.push_back(index);
                    }
                    some = others;
                }
                left = some;
                for (int index : rest) left.push_back(index);
            }
        }
        dynamic_array<fusion_group> kept;
        kept.reserve(m.groups.size());
        for (fusion_group& w : m.groups)
            if (w.alive) kept.push_back(std::move(w));
        m.groups = std::move(kept);
    }
};

/// Groups that are sorted by their outputs become fewer; the order of the others stays.
/// Cost     O(groups) where no two could stand side by side.
constexpr void fuse_horizontally(module& m, const lamina::target& target,
    const dynamic_array<char>& is_image, const dynamic_array<concat_slot>& slots,
    const dynamic_array<int>& gaps) {
    if (!target.fuses_horizontally) return;
    const int count = static_cast<int>(m.groups.size());
    dynamic_array<int> latest(m.net->nodes.size(), -1);  // per value: the last group that reads it
    dynamic_array<int> earlier(at(count), -1);
    dynamic_array<dynamic_array<int>> families;
    dynamic_array<int> family_of(at(count), -1);
    for (int i = 0; i < count; ++i) {
        const fusion_group& w = m.groups[at(i)];
        if (!horizontal_fusion::may_join(m, w)) continue;
        int& last = latest[at(w.inputs[0])];
        for (int other = last; other >= 0 && family_of[at(i)] < 0; other = earlier[at(other)]) {
            if (!horizontal_fusion::are_siblings(m, m.groups[at(other)], w)) continue;
            if (family_of[at(other)] < 0) {
                family_of[at(other)] = static_cast<int>(families.size());
                families.push_back({other});
            }
            family_of[at(i)] = family_of[at(other)];
            families[at(family_of[at(i)])].push_back(i);
        }
        earlier[at(i)] = last;
        last = i;
    }
    if (families.empty()) return;
    horizontal_fusion{m, target, is_image, slots, gaps, {}, {}}.run(families);
}

}  // namespace lamina::planner
