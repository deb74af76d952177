// SPDX-License-Identifier: Apache-2.0
// How steps are compared. Included by debug.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/debug.hpp>
#include <lamina/graph/numbering.hpp>
#include <lamina/runtime/fold_line.hpp>
#include <lamina/runtime/pack_groups.hpp>

namespace lamina {

LAMINA_INLINE std::string step_comparison::sentence() const {
    const auto number = [](double value) {
        char text[32];
        std::snprintf(text, sizeof text, "%.7g", value);
        return std::string(text);
    };
    if (same)
        return "all " + std::to_string(compared)
            + " compared steps agree, the largest difference is " + number(largest) + ", "
            + number(share * 100) + " % of what rounding explains at its place";
    return "step " + std::to_string(step) + (name.empty() ? "" : " '" + name + "'") + " (" + kernel
        + "), node " + std::to_string(node) + ", " + to_text(dims).c_str() + ": element "
        + std::to_string(element) + " is " + number(static_cast<double>(got))
        + ", the reference has " + number(static_cast<double>(wanted))
        + (out_of_range
                ? ", which is beyond " + number(arithmetic{storage}.largest()) + ", the largest "
                    + std::string(to_text(storage)) + " number; scale the values down or use fp32"
                : ", rounding explains " + number(allowed))
        + "; " + std::to_string(differing) + " of " + std::to_string(dims.count()) + " differ";
}

LAMINA_INLINE step_comparison compare_steps(context& c, const reference& oracle,
    const reference_inputs& inputs, std::optional<tolerance> within) {
    step_comparison out;
    const plan_records& plan = c.plan();
    const network& net = oracle.net();
    const plan_arithmetic by = arithmetic_of(plan, net);
    reference_inputs given = inputs;
    for (const plan_state& s : plan.states) {
        reference_tensor& x = given[std::string(s.name)];
        x = reference_tensor(s.dims, is_floating(s.type) ? dtype::f32 : s.type);
        if (is_floating(s.type))
            x.values = c.get_state(s.name);
        else if (s.type == dtype::i32)
            x.indices = c.get_state<int>(s.name);
        else if (s.type == dtype::i8) {
            const auto bytes = c.get_state<std::int8_t>(s.name);
            x.indices.assign(bytes.begin(), bytes.end());
        } else {
            const auto bytes = c.get_state<std::uint8_t>(s.name);
            x.indices.assign(bytes.begin(), bytes.end());
        }
    }
    const std::vector<reference_tensor> values = oracle.run(given, by);
    for (const plan_binding& b : plan.inputs) {
        const auto found = inputs.find(b.name);
        if (found == inputs.end()) continue;  // set before
        if (!(found->second.dims == b.dims))
            throw error(errc::option, std::string(b.name),
                "compare_steps: the plan's input '" + std::string(b.name) + "' is "
                    + to_text(b.dims).c_str() + ", the reference's network has it as "
                    + to_text(found->second.dims).c_str() + "; give both the same network");
        if (b.type == dtype::i32)
            c.set_input(b.name, found->second.indices);
        else if (is_integer(b.type))
            c.set_input(b.name,
                std::vector<std::int8_t>(
                    found->second.indices.begin(), found->second.indices.end()));
        else
            c.set_input(b.name, found->second.values);
    }
    // A plan made by the compiler may number nodes in another order than this run's definition.
    std::vector<int> nodes(net.nodes.size());
    const auto numbers = structural_numbers(net);
    for (std::size_t id = 0; id < numbers.size(); ++id)
        nodes[static_cast<std::size_t>(numbers[id])] = static_cast<int>(id);
    std::map<int, std::size_t> halves;  // of a node's batch that were computed
    const auto compare = [&](std::size_t step, std::string_view name, std::string_view kernel,
                             int node, dtype storage, auto got, const shape* dims = nullptr) {
        if (!out.same) return;
        const reference_tensor& wanted = values[static_cast<std::size_t>(node)];
        shape half = wanted.dims;
        if (half.rank) half.at(0) /= 2;
        const bool is_half = dims && *dims == half && wanted.size() == 2 * got.size();
        if (!is_half && wanted.size() != got.size()) return;  // a part of its node
        const std::size_t first = is_half ? halves[node]++ % 2 * got.size() : 0;
        ++out.compared;
        const arithmetic stored{is_floating(storage) ? storage : dtype::f32};
        for (std::size_t i = 0; i < got.size(); ++i) {
            const auto value = static_cast<double>(got[i]);
            const double expected = wanted.at(first + i);
            const auto spread = static_cast<double>(wanted.spread[first + i]);
            const double off = spreads_off(value, expected, spread, by.at(node)) / allowed_spreads;
            out.unjudged += !within && is_unjudged(value, expected, spread);
            if (within ? within->allows(value, expected) : off <= 1) {
                if (std::isfinite(value) && std::isfinite(expected))
                    out.largest = std::max(out.largest, std::abs(value - expected));
                if (std::isfinite(off)) out.share = std::max(out.share, off);
                continue;
            }
            if (out.differing++) continue;
            out.same = false;
            out.step = step;
            out.name = name;
            out.kernel = kernel;
            out.node = node;
            out.element = first + i;
            out.dims = wanted.dims;
            out.got = static_cast<float>(value);
            out.wanted = static_cast<float>(expected);
            out.allowed = within ? within->absolute + within->relative * std::abs(expected)
                                 : allowed_spreads * spread;
            out.storage = stored.storage;
            out.out_of_range = !std::isfinite(value) && std::isfinite(expected)
                && std::abs(expected) > stored.largest();
        }
    };
    const auto other_network = [&](std::string_view what) {
        throw error(errc::option, std::string(what),
            "compare_steps: the plan's '" + std::string(what)
                + "' is not in the reference's network; give both the same network");
    };
    c.run_steps([&](std::size_t step, const plan_tensor& tensor, std::span<const float> got) {
        const plan_step& s = plan.steps[step];
        if (tensor.node < 0) return;
        if (static_cast<std::size_t>(tensor.node) >= nodes.size()) other_network(s.name);
        compare(step, s.name, plan.kernels[s.kernel].family,
            nodes[static_cast<std::size_t>(tensor.node)], tensor.type, got, &tensor.dims);
    });
    // What callers get, which a last step may have brought into row-major order.
    for (const plan_binding& b : plan.outputs) {
        const auto bound = std::find_if(net.outputs.begin(), net.outputs.end(),
            [&](const output_binding& o) { return o.at.view() == b.name; });
        if (bound == net.outputs.end()) other_network(b.name);
        const std::size_t last = plan.steps.empty() ? 0 : plan.steps.size() - 1;
        if (b.type == dtype::i32)
            compare(last, b.name, "output", bound->node, b.type, c.get<int>(b.name));
        else if (b.type == dtype::i8)
            compare(last, b.name, "output", bound->node, b.type, c.get<std::int8_t>(b.name));
        else if (is_integer(b.type))
            compare(last, b.name, "output", bound->node, b.type, c.get<std::uint8_t>(b.name));
        else
            compare(last, b.name, "output", bound->node, b.type, c.get<float>(b.name));
    }
    return out;
}

LAMINA_INLINE weights_lookup lookup_in(const weights& file) {
    auto kept = std::make_shared<std::map<std::string, std::vector<float>, std::less<>>>();
    return [file, kept](std::string_view name) -> found_weights {
        const weight_view* found = file.find(name);
        auto known = kept->find(name);
        if (!found && detail::find_grouped(file, name)) {
            shape extents;
            if (known == kept->end())
                known = kept->emplace(name, detail::floats_in_groups(file, name, extents)).first;
            detail::stored_groups(file, name, extents);
            found_weights out(known->second, extents);
            out.are_rounded = true;
            return out;
        }
        if (!found || !is_floating(found->type)) return {};
        if (known == kept->end()) {
            const std::vector<double> numbers = detail::read_array(file, *found);
            known = kept->emplace(name, std::vector<float>(numbers.begin(), numbers.end())).first;
        }
        shape dims;
        if (found->shapeless || found->dims.size() > max_rank) return {known->second};
        for (const auto extent : found->dims) dims.push(static_cast<int>(extent));
        return {known->second, dims};
    };
}

}  // namespace lamina
