// SPDX-License-Identifier: Apache-2.0
// Planning other shapes. Included by plan_shapes.hpp, or compiled into Lamina::compiled.
#pragma once
#include <lamina/planner/check.hpp>
#include <lamina/planner/check_shapes.hpp>
#include <lamina/planner/plan_shapes.hpp>
#include <lamina/planner/planned_network.hpp>

#include <cstddef>

namespace lamina::detail {

/// The network with these values of its dims, which it has in the order of `ranges`.
inline network define_at(
    definition define, const dynamic_array<dim_range>& ranges, std::span<const int> values) {
    std::vector<dim_value> chosen;
    for (const dim_range& r : ranges) chosen.push_back({r.at, values[chosen.size()]});
    network net;
    net.chosen = chosen;
    define(net);
    net.chosen = {};  // its end is this function's
    check(net);
    return net;
}

/// A dim with at most so many values has each of them in some shape that stands for all: recurrent layers have a
/// kernel for each number of rows up to 6, which no other stands for.
inline constexpr int few_values = 8;

/// Values of the dims for shapes that stand for all: those that were checked, and, as kernels choose vectors and tiles
/// by what divides an extent, some steps from min, odd multiples of 2, 4 and 8 steps, and a few that only look random; then
/// what dims of few values lack.
inline std::vector<std::vector<int>> values_to_plan(const dynamic_array<dim_range>& ranges) {
    std::vector<std::vector<int>> out;
    for (const auto& checked : values_to_check(ranges))
        out.emplace_back(checked.begin(), checked.end());
    const auto add = [&](auto steps_of) {
        std::vector<int> made;
        for (const dim_range& r : ranges) {
            const int all = r.steps(), wanted = steps_of(r);
            made.push_back(r.min + r.step * (wanted < 0 ? 0 : wanted < all ? wanted : all));
        }
        bool is_known = false;
        for (const std::vector<int>& other : out) is_known = is_known || other == made;
        if (!is_known) out.push_back(made);
    };
    for (const int steps : {2, 4, 8}) add([steps](const dim_range&) { return steps; });
    for (const int part : {2, 4, 8})
        add([part](const dim_range& r) {
            const int middle = (r.min / 2 + r.max / 2) / r.step;
            return middle / (2 * part) * (2 * part) + part - r.min / r.step;
        });
    std::uint32_t state = 12345;
    for (int i = 0; i < 6; ++i)
        add([&](const dim_range& r) {
            state = state * 1664525u + 1013904223u;
            return static_cast<int>((state >> 8) % static_cast<std::uint32_t>(r.steps() + 1));
        });
    for (std::size_t d = 0; d < ranges.size(); ++d) {
        const dim_range& r = ranges[d];
        if (r.steps() >= few_values) continue;
        for (int steps = 0; steps <= r.steps(); ++steps) {
            const int value = r.min + r.step * steps;
            bool has = value == r.opt;
            for (const std::vector<int>& other : out) has = has || other[d] == value;
            if (has) continue;
            std::vector<int>& made = out.emplace_back();
            for (const dim_range& other : ranges) made.push_back(other.opt);
            made[d] = value;
        }
    }
    return out;
}

/// Which dims the extents of inputs may be: those whose values they are at all shapes. Dims are plain numbers, so
/// that several shapes have to say which is which.
class axis_finder {
public:
    void see(const network& net) {
        std::size_t index = 0;
        for (const node& n : net.nodes) {
            if (n.kind != op::input) continue;
            if (index == inputs_.size())
                inputs_.push_back({n.at,
                    std::vector<std::vector<bool>>(static_cast<std::size_t>(n.dims.rank),
                        std::vector<bool>(net.ranges.size(), true))});
            std::vector<std::vector<bool>>& axes = inputs_[index++].may_be;
            for (std::size_t axis = 0; axis < axes.size(); ++axis)
                for (std::size_t d = 0; d < net.ranges.size(); ++d)
                    if (net.ranges[d].value != n.dims[static_cast<int>(axis)])
                        axes[axis][d] = false;
        }
    }
    std::vector<input_axes> found() const {
        std::vector<input_axes> out;
        for (const candidates& input : inputs_) {
            input_axes& made = out.emplace_back(input_axes{input.at, {}});
            for (const std::vector<bool>& dims : input.may_be) {
                int found = -1;
                for (std::size_t d = dims.size(); d-- > 0;)
                    if (dims[d]) found = static_cast<int>(d);
                made.dims.push_back(found);
            }
        }
        return out;
    }

private:
    struct candidates {
        name at;
        std::vector<std::vector<bool>> may_be;
    };
    std::vector<candidates> inputs_;
};

/// Enlarges what contexts need for the guide's shapes to what they need for this one too.
inline void note_memory(shape_guide& to, const network& net, const planner::module& m) {
    const auto enlarge = [](std::uint64_t& most, std::uint64_t bytes) {
        if (bytes > most) most = bytes;
    };
    enlarge(to.arena_bytes, static_cast<std::uint64_t>(m.arena_bytes));
    const auto note = [&](std::vector<std::uint64_t>& most, std::size_t i, const node& n) {
        if (i == most.size()) most.push_back(0);
        enlarge(most[i], static_cast<std::uint64_t>(n.dims.count()) * size_bytes(n.type));
    };
    std::size_t input = 0, output = 0;
    for (const node& n : net.nodes)
        if (is_input(n.kind)) note(to.input_bytes, input++, n);
    for (const output_binding& o : net.outputs)
        note(to.output_bytes, output++, net.nodes[static_cast<std::size_t>(o.node)]);
}

/// Chooses the ways that all products of a layer use, of those that are fast enough for each: again and again that which
/// most of the products have that wait for one.
class way_cover {
public:
    void see(const planner::module& m) {
        for (const planner::shared_way_list& list : m.ways) products_of(list).push_back(list.ids);
    }
    dynamic_array<planner::shared_way_list> found() const {
        dynamic_array<planner::shared_way_list> out;
        for (const layer& each : layers_) {
            planner::shared_way_list chosen = each.at;
            std::vector<dynamic_array<int>> waiting = each.products;
            while (!waiting.empty()) {
                const int best = most_frequent(waiting);
                chosen.ids.push_back(best);
                std::erase_if(
                    waiting, [best](const dynamic_array<int>& any) { return has(any, best); });
            }
            out.push_back(chosen);
        }
        return out;
    }

private:
    struct layer {
        planner::shared_way_list at;  ///< without ways
        std::vector<dynamic_array<int>> products;
    };
    std::vector<layer> layers_;

    std::vector<dynamic_array<int>>& products_of(const planner::shared_way_list& list) {
        for (layer& known : layers_)
            if (known.at.kind == list.kind && known.at.columns == list.columns
                && known.at.depth == list.depth)
                return known.products;
        layers_.push_back({{list.kind, list.columns, list.depth, {}}, {}});
        return layers_.back().products;
    }
    static bool has(const dynamic_array<int>& all, int wanted) {
        bool found = false;
        for (const int one : all) found = found || one == wanted;
        return found;
    }
    /// The least of those that are in as many lists as any.
    static int most_frequent(const std::vector<dynamic_array<int>>& lists) {
        int best = -1, most = 0;
        for (const dynamic_array<int>& list : lists)
            for (const int id : list) {
                int count = 0;
                for (const dynamic_array<int>& other : lists) count += has(other, id);
                if (count < most || (count == most && id > best)) continue;
                most = count;
                best = id;
            }
        return best;
    }
};

LAMINA_INLINE shape_guide make_guide(definition define, const lamina::target& target) {
    network net;
    define(net);
    shape_guide out;
    out.ranges = net.ranges;
    const auto note_length = [&](const planner::module& m) {
        const int bytes = planner::encode(m, target, {}, nullptr, 0);
        const int room = bytes + bytes / 8 + 1024;  // and the label
        if (room > out.plan_bytes) out.plan_bytes = room;
    };
    const network first = planned_network(net, target);
    const planner::module at_opt = planner::run_stages<planner::unverified>(first, target);
    out.packing = planner::guide_of(at_opt);
    note_memory(out, net, at_opt);
    note_length(at_opt);
    way_cover ways;
    ways.see(at_opt);
    axis_finder axes;
    axes.see(net);
    for (const std::vector<int>& values : values_to_plan(net.ranges)) {
        const network now = define_at(define, net.ranges, values);
        if (!now.problems.empty()) continue;
        const network planned = planned_network(now, target);
        const planner::module m
            = planner::run_stages<planner::unverified>(planned, target, &out.packing);
        if (!m.fault.empty()) continue;
        planner::add_tiles(out.packing, m);
        ways.see(m);
        note_length(m);
        axes.see(now);
        note_memory(out, now, m);
        out.values.push_back(values);
    }
    out.axes = axes.found();
    out.packing.ways = ways.found();
    out.tiles.tiles = out.packing.tiles;
    out.tiles.ways = out.packing.ways;
    return out;
}

LAMINA_INLINE shape_words plan_at_values(definition define, const lamina::target& target,
    std::string_view label, const shape_guide& guide, const planner::packing_guide& packing,
    std::span<const int> values) {
    network net = define_at(define, guide.ranges, values);
    if (!net.problems.empty()) return {full_sentence(net.problems.front()), {}};
    if (target.multiplies_bytes) net = planned_network(net, target);
    const planner::module m = planner::run_stages<planner::unverified>(net, target, &packing);
    shape_words out{m.fault, {}};
    if (!m.fault.empty()) return out;
    int size = guide.plan_bytes;
    for (bool fits = false; !fits;) {
        const int room = size / 4 * 4;
        out.words.assign(static_cast<std::size_t>(room) / 4, 0);
        size = planner::encode(m, target, label, out.words.data(), room);
        fits = size <= room;
    }
    out.words.resize(static_cast<std::size_t>(size) / 4);
    return out;
}

}  // namespace lamina::detail
