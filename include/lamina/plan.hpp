// SPDX-License-Identifier: Apache-2.0
// plan<Net>: runs the stages in the compiler and stores the bytes as a constant. plan_at_run_time.hpp runs the
// same stages at run time; programs that only run networks do not include it.
#pragma once
#include <lamina/define.hpp>
#include <lamina/plan/frozen.hpp>
#include <lamina/planner/fits.hpp>
#include <lamina/planner/plan_shapes.hpp>
#include <lamina/planner/planned_network.hpp>
#include <lamina/planner/show_problem.hpp>
#include <lamina/planner/stages.hpp>
#include <lamina/planner/target.hpp>
#include <lamina/planner/whole_plan.hpp>
#ifdef LAMINA_VERIFY_PLAN
#include <lamina/planner/verified_stages.hpp>
#endif

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

namespace lamina {
namespace detail {

/// The type's name as the compiler writes it, without the surrounding text.
template <class Net> constexpr std::string_view type_name() {
    std::string_view all = __PRETTY_FUNCTION__;
    const auto from = all.find("Net = ") + 6;
    std::string_view rest = all.substr(from);
    const auto to = rest.find_first_of(";]");
    return rest.substr(0, to);
}

template <class Verifier>
constexpr plan_facts facts_of(const planner::whole_plan<Verifier>& whole) {
    plan_facts f;
    const planner::module& m = whole.run;
    f.arena_bytes = static_cast<std::uint64_t>(m.arena_bytes);
    f.arena_bytes_at_max = f.arena_bytes;
    f.live_bytes = static_cast<std::uint64_t>(m.live_bytes);
    f.weight_bytes = static_cast<std::uint64_t>(m.weight_bytes);
    f.state_bytes = static_cast<std::uint64_t>(m.state_bytes);
    for (const planner::launch& l : m.launches) f.flops += static_cast<std::uint64_t>(l.flops);
    f.dims = static_cast<int>(m.net->ranges.size());
    f.nodes = static_cast<int>(m.net->nodes.size());
    f.steps = static_cast<int>(m.launches.size());
    f.constant_steps = static_cast<int>(whole.constants.launches.size());
    f.kernels = static_cast<int>(m.kernels.size());
    for (const planner::step& s : m.steps) {
        f.reformats += s.is_copy;
        if (s.row >= 0) f.beside += static_cast<int>(m.parts_of(s.row).size()) - 1;
        if (s.members.size() > 1) f.fused += static_cast<int>(s.members.size()) - 1;
    }
    return f;
}

/// A plan in a buffer that is large enough for most; `size` is the number of bytes used, or needed.
template <std::size_t Capacity> struct plan_draft {
    bool sound = false;
    bool has_dims = false;
    sentence fault;  ///< of the planner
    int size = 0;
    plan_facts facts;
    std::uint32_t words[Capacity / 4] = {};  ///< no std::array: its operator[] is a call a word
};

constexpr target with_precision(lamina::target target, precision wanted) {
    return wanted == precision::fp16 ? target.half()
        : wanted == precision::bf16  ? target.bf16()
        : wanted == precision::tf32  ? target.tf32()
        : wanted == precision::int8  ? target.int8()
                                     : target;
}

template <class Net, std::size_t Capacity>
constexpr plan_draft<Capacity> draft_plan(const lamina::target& target) {
    plan_draft<Capacity> draft;
    network net;
    Net::define(net);
    check(net);
    draft.has_dims = !net.ranges.empty();
    if (!net.problems.empty()) return draft;
    draft.sound = true;
    if (target.multiplies_bytes) net = planned_network(net, target);
    // Written in increasing order first: inserting elements in between is slow in constant evaluation.
    const std::size_t likely
        = Capacity / 4 < net.nodes.size() * 128 ? Capacity / 4 : net.nodes.size() * 128;
    for (std::size_t i = 0; i < likely; ++i) draft.words[i] = 0;
#ifdef LAMINA_VERIFY_PLAN
    const planner::whole_plan<planner::verified> whole(net, target, type_name<Net>());
#else
    const planner::whole_plan<planner::unverified> whole(net, target, type_name<Net>());
#endif
    draft.fault = whole.run.fault;
    if (!draft.fault.empty()) return draft;
    draft.facts = facts_of(whole);
    draft.size = planner::encode(whole.run, target, type_name<Net>(), draft.words, Capacity);
    return draft;
}

// Compilers print the line of this variable where they gave up; g++ names its flag itself.
template <class Net, target Target, std::size_t Capacity>
inline constexpr auto
    draft  // step limit? clang: -fconstexpr-steps=500000000 -fconstexpr-depth=4096
    = draft_plan<Net, Capacity>(Target);

inline constexpr std::size_t usual_capacity = 1 << 20;

/// What a network with dims needs where all of them are at max; it was checked there.
struct needs_at_max {
    sentence fault;  ///< of the planner
    std::uint64_t arena_bytes = 0;
};

template <class Net> constexpr needs_at_max find_needs_at_max(const lamina::target& target) {
    network at_opt, net;
    Net::define(at_opt);
    std::vector<dim_value> largest;
    for (const dim_range& r : at_opt.ranges) largest.push_back({r.at, r.max});
    net.chosen = largest;
    Net::define(net);
    if (target.multiplies_bytes) net = planned_network(net, target);
    const planner::module m = planner::run_stages<planner::unverified>(net, target);
    needs_at_max out{m.fault, static_cast<std::uint64_t>(m.arena_bytes)};
    if (!out.fault.empty()) out.fault.append(" (at ").append(values_text(net.ranges)).append(")");
    return out;
}

template <class Net, target Target>
inline constexpr auto at_max  // step limit? clang: -fconstexpr-steps=500000000
    = find_needs_at_max<Net>(Target);

template <class Net, int Count> constexpr std::array<plan_dim, Count> list_dims() {
    network net;
    Net::define(net);
    std::array<plan_dim, Count> out;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const dim_range& r = net.ranges[i];
        out[i] = {r.at, r.min, r.opt, r.max, r.step};
    }
    return out;
}
template <class Net, int Count> inline constexpr auto listed_dims = list_dims<Net, Count>();

/// The shapes of a network that a program plans first, and what later ones take from them.
template <class Net, target Target> const shape_guide& guide_for() {
    static const shape_guide made = make_guide(Net::define, Target);
    return made;
}
template <class Net, target Target> shape_words plan_values(std::span<const int> values) {
    return plan_at_values(Net::define, Target, type_name<Net>(), guide_for<Net, Target>(), values);
}
template <class Net, target Target> shape_words plan_values_alone(std::span<const int> values) {
    const shape_guide& guide = guide_for<Net, Target>();
    return plan_at_values(Net::define, Target, type_name<Net>(), guide, guide.tiles, values);
}
template <class Net, target Target> shape_set first_shapes() {
    const shape_guide& guide = guide_for<Net, Target>();
    return {guide.values, guide.axes, guide.arena_bytes, guide.input_bytes, guide.output_bytes};
}
template <class Net, target Target, int Count>
inline constexpr shape_planner shapes_of{listed_dims<Net, Count>, &plan_values<Net, Target>,
    &first_shapes<Net, Target>, &plan_values_alone<Net, Target>};

/// The draft cut to its size; a plan beyond the usual capacity is made again with the right one.
template <class Net, target Target, std::size_t Capacity = usual_capacity> constexpr auto freeze() {
    constexpr const auto& made = draft<Net, Target, Capacity>;
    constexpr auto size = static_cast<std::size_t>(made.size);
    if constexpr (size > Capacity) {
        return freeze<Net, Target, size>();
    } else {
        std::conditional_t<made.has_dims, frozen_shapes<size>, frozen_plan<size>> out;
        static_cast<plan_facts&>(out) = made.facts;
        if constexpr (made.has_dims) {
            constexpr std::uint64_t largest = at_max<Net, Target>.arena_bytes;
            if (out.arena_bytes_at_max < largest) out.arena_bytes_at_max = largest;
            out.shapes = &shapes_of<Net, Target, made.facts.dims>;
        }
        std::uint32_t* words = out.words.data();
        for (std::size_t i = 0; i < size / 4; ++i) words[i] = made.words[i];
        return out;
    }
}

enum class verdict_on : unsigned char { plan, type, network, planner, planner_at_max };

template <class Net, target Target> consteval verdict_on find_verdict() {
    if constexpr (!defines_a_network<Net>) {
        return verdict_on::type;
    } else {
        constexpr const auto& made = draft<Net, Target, usual_capacity>;
        if constexpr (!made.sound) return verdict_on::network;
        if constexpr (made.sound && made.has_dims) {
            if constexpr (!verdict<Net>.empty())  // at another shape
                return verdict_on::network;
            else if (made.fault.empty() && !at_max<Net, Target>.fault.empty())
                return verdict_on::planner_at_max;
        }
        return made.fault.empty() ? verdict_on::plan : verdict_on::planner;
    }
}

template <class Net, target Target>
inline constexpr verdict_on found_verdict = find_verdict<Net, Target>();

/// The value of plan<Net>. If planning fails, its message is the only error and the plan is empty. It is held
/// by a class because clang would report every function on the way.
template <class Net, target Target, verdict_on> struct planned {
    static constexpr auto value = freeze<Net, Target>();
};
template <class Net, target Target> struct planned<Net, Target, verdict_on::type> {
    static constexpr frozen_plan<8> value{};
    static_assert(asked<Net>::value);
};
template <class Net, target Target> struct planned<Net, Target, verdict_on::network> {
    static constexpr frozen_plan<8> value{};
    static_assert(require_empty<verdict<Net>>);
};
template <class Net, target Target>
inline constexpr sentence planner_verdict = draft<Net, Target, usual_capacity>.fault;
template <class Net, target Target> struct planned<Net, Target, verdict_on::planner> {
    static constexpr frozen_plan<8> value{};
    static_assert(require_empty<planner_verdict<Net, Target>>);
};
template <class Net, target Target>
inline constexpr sentence verdict_at_max = at_max<Net, Target>.fault;
template <class Net, target Target> struct planned<Net, Target, verdict_on::planner_at_max> {
    static constexpr frozen_plan<8> value{};
    static_assert(require_empty<verdict_at_max<Net, Target>>);
};

template <class Net, target Target>
using plan_of = planned<Net, Target, found_verdict<Net, Target>>;

}  // namespace detail

/// The plan of a network for a device class, made by the compiler: a constant FlatBuffer with its
/// facts beside it, so that static_assert(plan<resnet50>.steps <= 56) works.
///
/// A network with dims is planned for their opt, and checked at other values too: arena_bytes_at_max is
/// what the largest shape needs.
///
/// Units    arena_bytes, weight_bytes: bytes; flops: multiplications plus additions.
/// Errors   a wrong network is a compile error in its own words (docs/errors.md).
template <class Net, target Target = cpu, precision Precision = precision::fp32>
inline constexpr auto plan = detail::plan_of<Net, detail::with_precision(Target, Precision)>::value;

}  // namespace lamina
