// SPDX-License-Identifier: Apache-2.0
// Where an engine's plans of other shapes come from: the planner of a program that has the network's definition, or a
// saved plan, which has some of them.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/core/shape_planner.hpp>
#include <lamina/plan/check_shape_plans.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/runtime/context_at_shape.hpp>
#include <lamina/runtime/nearness.hpp>

namespace lamina::detail {

/// "1 to 8", "224 to 1280 in steps of 32".
inline std::string range_text(const plan_dim& d) {
    std::string out = std::to_string(d.min) + " to " + std::to_string(d.max);
    return d.step == 1 ? out : out + " in steps of " + std::to_string(d.step);
}

/// "dim 'batch' (1 to 8)".
inline std::string dim_text(const plan_dim& d) {
    return "dim '" + std::string(d.at.view()) + "' (" + range_text(d) + ")";
}

/// "batch 3, height 480".
inline std::string values_text(std::span<const plan_dim> dims, std::span<const int> values) {
    std::string out;
    for (std::size_t i = 0; i < dims.size(); ++i)
        out += (i ? ", " : "") + std::string(dims[i].at.view()) + " " + std::to_string(values[i]);
    return out;
}

inline std::vector<int> opt_values(std::span<const plan_dim> dims) {
    std::vector<int> out;
    for (const plan_dim& d : dims) out.push_back(d.opt);
    return out;
}

struct shape_source {
    std::vector<plan_dim> dims;
    std::vector<input_axes> axes;         ///< of all inputs
    std::vector<std::vector<int>> first;  ///< shapes whose kernels are built first; without opt
    reserved_memory most;                 ///< of the first shapes and of opt
    const shape_planner* planner = nullptr;
    std::string label;                            ///< of a saved plan
    std::map<std::vector<int>, plan_view> saved;  ///< its shapes, with opt

    explicit shape_source(const shape_planner& from)
        : dims(from.dims.begin(), from.dims.end()), planner(&from) {
        const shape_set all = from.first();
        axes.assign(all.axes.begin(), all.axes.end());
        first.assign(all.values.begin(), all.values.end());
        most.arena = all.arena_bytes;
        most.inputs.assign(all.input_bytes.begin(), all.input_bytes.end());
        most.outputs.assign(all.output_bytes.begin(), all.output_bytes.end());
    }

    /// Of a saved plan of several shapes.
    shape_source(const plan_view& file, std::string called) : label(std::move(called)) {
        for (const plan_range& d : file->dims)
            dims.push_back({name(d.name), d.min, d.opt, d.max, d.step});
        std::size_t at = 0;
        for (const plan_binding& b : file->inputs) {
            input_axes& made = axes.emplace_back(input_axes{name(b.name), {}});
            for (int axis = 0; axis < b.dims.rank; ++axis) made.dims.push_back(file->axes[at++]);
        }
        note_memory(*file);
        saved.emplace(opt_values(dims), file);
        for (std::size_t i = 0; i < file->shapes.size(); ++i) {
            const auto values = file->shapes[i].values;
            first.emplace_back(values.begin(), values.end());
            saved.emplace(first.back(), with_texts(file.shapes()[i], file));
            note_memory(*saved.at(first.back()));
        }
    }

    /// Which dim the extent along each axis of an input is; -1: none.
    std::span<const int> axes_of(std::string_view input) const {
        for (const input_axes& one : axes)
            if (one.at.view() == input) return one.dims;
        return {};
    }

    /// The plan of a shape, as its planner made it or the file has it.
    /// Errors  LAM-R27 the network refuses it, or the file does not have it.
    plan_view plan(const std::vector<int>& values) const {
        const std::string at = values_text(dims, values);
        if (!planner) {
            const auto found = saved.find(values);
            if (found == saved.end()) fail_unsaved(values);
            return found->second;
        }
        const shape_words planned = planner->plan(values);
        if (!planned.fault.empty())
            throw error(errc::shape, at,
                "the network cannot be planned at " + at + " (" + ranges_text()
                    + "): " + std::string(planned.fault.view()));
        return plan_view::open(std::as_bytes(std::span(planned.words)), "the plan at " + at);
    }

    /// The least value of a dim from `least` on, with these values of the others, that there is a plan for.
    int value_from(std::vector<int> values, std::size_t dim, int least) const {
        const plan_dim& d = dims[dim];
        int value = std::max(d.min, d.min + (least - d.min + d.step - 1) / d.step * d.step);
        if (planner) return value;
        for (int next = value; next <= d.max; next += d.step) {
            values[dim] = next;
            if (saved.contains(values)) return next;
        }
        return value;
    }

    /// Two shapes that are far from each other along a dim.
    std::pair<std::vector<int>, std::vector<int>> ends_of(std::size_t dim) const {
        std::pair<std::vector<int>, std::vector<int>> out{opt_values(dims), opt_values(dims)};
        if (planner) {
            out.first[dim] = dims[dim].min;
            out.second[dim] = dims[dim].max;
        }
        for (const auto& [values, plan] : saved) {
            if (values[dim] < out.first[dim]) out.first = values;
            if (values[dim] > out.second[dim]) out.second = values;
        }
        return out;
    }

private:
    /// "batch can be 1 to 8, height 224 to 1280 in steps of 32".
    std::string ranges_text() const {
        std::string out;
        for (const plan_dim& d : dims)
            out += (out.empty() ? std::string() : ", ") + std::string(d.at.view())
                + (out.empty() ? " can be " : " ") + range_text(d);
        return out;
    }

    void note_memory(const plan_records& plan) {
        const auto enlarge
            = [](std::vector<std::uint64_t>& sizes, const std::vector<plan_binding>& all) {
                  sizes.resize(all.size());
                  for (std::size_t i = 0; i < all.size(); ++i)
                      sizes[i] = std::max(sizes[i], all[i].bytes());
              };
        most.arena = std::max(most.arena, plan.arena_bytes);
        enlarge(most.inputs, plan.inputs);
        enlarge(most.outputs, plan.outputs);
    }

    /// Kernels and prelude of the plan around it, which has each text once.
    static plan_view with_texts(const plan_view& inner, const plan_view& file) {
        return inner.changed(
            [&](plan_records& plan) {
                plan.prelude = file->prelude;
                for (plan_kernel& k : plan.kernels) {
                    if (!k.text.empty()) continue;
                    const auto same = std::ranges::find(file->kernels, k.family,
                        [](const plan_kernel& other) { return other.family; });
                    if (same != file->kernels.end()) k.text = same->text;
                }
            },
            std::make_shared<plan_view>(file));
    }

    [[noreturn]] void fail_unsaved(const std::vector<int>& values) const {
        std::vector<std::pair<double, std::string>> others;
        for (const auto& [other, plan] : saved)
            others.emplace_back(distance(other, values), values_text(dims, other));
        std::ranges::stable_sort(others, {}, [](const auto& each) { return each.first; });
        const std::size_t some = std::min<std::size_t>(others.size(), 3);
        std::string near;
        for (std::size_t i = 0; i < some; ++i)
            near += (i == 0 ? "" : i + 1 < some ? "; " : " and ") + others[i].second;
        const std::string at = values_text(dims, values);
        throw error(errc::shape, at,
            label + " has no plan at " + at + "; of its " + std::to_string(others.size())
                + (others.size() == 1 ? " shape" : " shapes") + " the nearest "
                + (some == 1 ? "is " : "are ") + near
                + "; run one of these, or save the engine with that shape too (save_options::shapes)");
    }
};

}  // namespace lamina::detail
