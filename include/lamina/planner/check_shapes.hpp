// SPDX-License-Identifier: Apache-2.0
// Checks a network with dims at other values than opt: whatever a layer would report there is reported now, and
// what every shape has in common is compared. Networks without dims are defined once, and cost compilers nothing
// of this: what it takes are templates, instantiated with `network` where a network may have dims.
#pragma once
#include <lamina/planner/check.hpp>

#include <lamina/core/dynamic_array.hpp>

namespace lamina {

namespace detail {

/// " (at batch 8, height 224)" behind every problem.
constexpr void say_values(network& net) {
    const sentence values = values_text(net.ranges);
    for (problem& p : net.problems) p.what.append(" (at ").append(values).append(")");
}

/// The values besides opt at which a network is checked: all dims at min, at max, a step from either end, in
/// the middle (an odd number of steps from min), and each dim at max while the others are at min. Mistakes of
/// rounding show a step from the ends, those of two dims with each other where only one is large.
template <class Ranges> constexpr auto values_to_check(const Ranges& ranges) {
    dynamic_array<dynamic_array<int>> out;
    const auto add = [&](auto steps_of) {
        dynamic_array<int> made;
        bool is_known = true;
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            const dim_range& r = ranges[i];
            const int all = r.steps(), wanted = steps_of(i, all);
            made.push_back(r.min + r.step * (wanted < 0 ? 0 : wanted > all ? all : wanted));
            is_known = is_known && made.back() == r.opt;
        }
        for (const dynamic_array<int>& other : out) is_known = is_known || other == made;
        if (!is_known) out.push_back(made);
    };
    add([](std::size_t, int) { return 0; });
    add([](std::size_t, int all) { return all; });
    add([](std::size_t, int) { return 1; });
    add([](std::size_t, int all) { return all - 1; });
    add([](std::size_t, int all) { return all / 2 | 1; });
    if (ranges.size() > 1)
        for (std::size_t large = 0; large < ranges.size(); ++large)
            add([large](std::size_t i, int all) { return i == large ? all : 0; });
    return out;
}

/// What two shapes of one network must have in common.
template <class Network> struct shape_comparison {
    Network& first;  ///< at opt, which receives the problem
    const Network& now;

    /// Reports the first difference; true if there is none.
    constexpr bool agrees() {
        return same_ranges() && same_parameters() && same_given() && same_outputs();
    }

private:
    /// "<who>: <was> at batch 1 and <is> at batch 8; <advice>".
    constexpr bool refuse(const char* file, int line, sentence who, const sentence& was,
        const sentence& is, const char* advice) {
        who.append(": ").append(was).append(" at ").append(values_text(first.ranges));
        who.append(" and ").append(is).append(" at ").append(values_text(now.ranges));
        report_at(first, problem_id::dim_changes, file, line, who.append("; ").append(advice));
        return false;
    }
    static constexpr sentence quoted(const char* what, const name& at) {
        sentence out(what);
        return out.append(" '").append(at.view()).append("'");
    }
    static constexpr sentence described(const node& n) {
        sentence out("is ");
        return out.append(to_text(n.dims)).append(" ").append(to_text(n.type));
    }
    static constexpr const node& node_of(const network& net, int id) {
        return net.nodes[static_cast<std::size_t>(id)];
    }
    static constexpr const dim_range* find_range(const network& net, const name& at) {
        for (const dim_range& r : net.ranges)
            if (r.at == at) return &r;
        return nullptr;
    }

    constexpr bool same_ranges() {
        for (const Network* net : {static_cast<const Network*>(&first), &now})
            for (const dim_range& r : net->ranges) {
                const dim_range *was = find_range(first, r.at), *is = find_range(now, r.at);
                if (was && is && was->is_same_range(*is)) continue;
                const auto seen = [](const dim_range* range) {
                    sentence out(range ? "is " : "is missing");
                    return range ? out.append(to_text(*range)) : out;
                };
                return refuse(first.nodes.empty() ? "" : first.nodes[0].file, r.line,
                    quoted("dim", r.at), seen(was), seen(is),
                    "declare each dim at every shape, with one range");
            }
        return true;
    }

    constexpr bool same_parameters() {
        const std::size_t was_many = first.parameters.size(), many = now.parameters.size();
        for (std::size_t i = 0; i < was_many || i < many; ++i) {
            const parameter* was = i < was_many ? &first.parameters[i] : nullptr;
            const parameter* is = i < many ? &now.parameters[i] : nullptr;
            if (was && is && was->hash == is->hash && was->dims == is->dims) continue;
            const node& by = was ? node_of(first, was->node) : node_of(now, is->node);
            if (was && is && was->hash == is->hash) {
                sentence were = quoted("weights", was->at), are(to_text(is->dims).view());
                return refuse(by.file, by.line, who_text(by),
                    were.append(" are ").append(to_text(was->dims)), are,
                    "weights cannot change with a dim, put a layer before it that makes its "
                    "extents equal, such as adaptive_avg_pool");
            }
            const auto read = [](const parameter* p) {
                return p ? quoted("reads", p->at) : sentence("reads no weights");
            };
            return refuse(by.file, by.line, who_text(by), read(was), read(is),
                "read the same weights in the same order at every shape");
        }
        return true;
    }

    static constexpr dynamic_array<const node*> given_nodes(const network& net) {
        dynamic_array<const node*> out;
        for (const node& n : net.nodes)
            if (is_input(n.kind) || is_state(n.kind)) out.push_back(&n);
        return out;
    }
    /// Inputs keep names, types and ranks, states their extents too.
    constexpr bool same_given() {
        const dynamic_array<const node*> of_first = given_nodes(first), of_now = given_nodes(now);
        for (std::size_t i = 0; i < of_first.size() || i < of_now.size(); ++i) {
            const node* was = i < of_first.size() ? of_first[i] : nullptr;
            const node* is = i < of_now.size() ? of_now[i] : nullptr;
            const node& n = was ? *was : *is;
            if (!was || !is || was->kind != is->kind || !(was->at == is->at))
                return refuse(n.file, n.line, who_text(n), was ? "is declared" : "is missing",
                    was ? "is missing" : "is declared",
                    "declare the same inputs and states in the same order at every shape");
            const bool keeps
                = is_state(n.kind) ? was->dims == is->dims : was->dims.rank == is->dims.rank;
            if (keeps && was->type == is->type) continue;
            return refuse(n.file, n.line, who_text(n), described(*was), described(*is),
                is_state(n.kind) ? "a context keeps its states when shapes change, give them "
                                   "extents for the largest"
                                 : "rank and type of an input cannot change");
        }
        return true;
    }

    constexpr bool same_outputs() {
        const std::size_t was_many = first.outputs.size(), many = now.outputs.size();
        for (std::size_t i = 0; i < was_many || i < many; ++i) {
            const output_binding* was = i < was_many ? &first.outputs[i] : nullptr;
            const output_binding* is = i < many ? &now.outputs[i] : nullptr;
            const output_binding& o = was ? *was : *is;
            const node& n = node_of(was ? first : now, o.node);
            const sentence who = quoted("output", o.at);
            if (!was || !is || !(was->at == is->at))
                return refuse(n.file, o.line, who, was ? "is declared" : "is missing",
                    was ? "is missing" : "is declared",
                    "declare the same outputs in the same order at every shape");
            const node& m = node_of(now, is->node);
            if (m.dims.rank == n.dims.rank && m.type == n.type) continue;
            return refuse(n.file, o.line, who, described(n), described(m),
                "rank and type of an output cannot change");
        }
        return true;
    }
};

/// The problems of the first shape that has some become those of `net`, which is defined and checked.
template <class Net, class Network> constexpr void check_shapes(Network& net) {
    if (!net.problems.empty()) {
        say_values(net);
        return;
    }
    for (const auto& values : values_to_check(net.ranges)) {
        dynamic_array<dim_value> chosen;
        for (const dim_range& r : net.ranges) chosen.push_back({r.at, values[chosen.size()]});
        Network now;
        now.chosen = chosen;
        Net::define(now);
        // First: where dims disagree, the values in messages would be others.
        if (now.problems.empty() && !shape_comparison<Network>{net, now}.agrees()) return;
        check(now);
        if (now.problems.empty()) continue;
        say_values(now);
        net.problems = now.problems;
        return;
    }
}

}  // namespace detail

/// Runs a network's definition and checks it; one with dims at several of their values.
/// Errors   those of layers and of check(), of another shape than opt with the dims' values; LAM-27 what
///          may not change does.
/// Cost     a definition and a check for each shape that is tried: at most 5, and one more for each of
///          several dims. None without dims.
template <class Net> constexpr void define_and_check(network& net) {
    Net::define(net);
    check(net);
    if (!net.ranges.empty()) detail::check_shapes<Net>(net);
}

}  // namespace lamina
