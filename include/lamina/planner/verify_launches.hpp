// SPDX-License-Identifier: Apache-2.0
// Postconditions of select: one launch per step, whose kernel, tactics, arguments and numbers exist,
// whose texts are complete and whose weights are consistent. See verify.hpp.
#pragma once
#include <lamina/planner/verify.hpp>

namespace lamina::planner {

/// The parts of a recipe: they cover its axis, each with as many numbers as it has room for.
constexpr sentence verify_parts(
    const module& m, const weight_recipe& r, int index, std::int64_t in_file) {
    constexpr const char* after = "select";
    const network& net = *m.net;
    if (r.parts.count == 0) return {};
    if (r.parts.first < 0 || r.parts.count < 2 || r.source >= 0 || r.folds.count || r.axis < 0
        || r.axis >= r.dims.rank
        || r.parts.first + r.parts.count > static_cast<int>(m.recipe_parts.size()))
        return planner_fault(after, "weight ", index, " has parts ", r.parts.first, " to ",
            r.parts.first + r.parts.count, " of ", static_cast<int>(m.recipe_parts.size()),
            ", two or more without a source beside them are expected");
    for (int k = 0; k < r.parts.count; ++k) {
        const recipe_part& part = m.recipe_parts[at(r.parts.first + k)];
        const int end = k + 1 < r.parts.count ? m.recipe_parts[at(r.parts.first + k + 1)].first
                                              : r.dims[r.axis];
        if (part.first >= end || (k == 0 && part.first))
            return planner_fault(
                after, "part ", k, " of weight ", index, " goes from ", part.first, " to ", end);
        if (part.source < -1 || part.source >= static_cast<int>(net.parameters.size()))
            return planner_fault(after, "part ", k, " of weight ", index, " comes from parameter ",
                part.source, " of ", static_cast<int>(net.parameters.size()));
        if (part.source >= 0
            && net.parameters[at(part.source)].dims.count()
                != in_file / r.dims[r.axis] * (end - part.first))
            return planner_fault(after, "part ", k, " of weight ", index, " sees '",
                net.parameters[at(part.source)].at.view(), "' (",
                to_text(net.parameters[at(part.source)].dims), ") as ", end - part.first, " of ",
                to_text(r.dims));
        if (part.folds.first < 0 || part.folds.count < 0
            || part.folds.first + part.folds.count > static_cast<int>(m.folds.size()))
            return planner_fault(after, "part ", k, " of weight ", index, " has folds ",
                part.folds.first, " to ", part.folds.first + part.folds.count, " of ",
                static_cast<int>(m.folds.size()));
    }
    return {};
}

/// How one packed array is made.
constexpr sentence verify_recipe(const module& m, const weight_recipe& r, int index) {
    constexpr const char* after = "select";
    const network& net = *m.net;
    const int folds = static_cast<int>(m.folds.size());
    if (r.source < -1 || r.source >= static_cast<int>(net.parameters.size()))
        return planner_fault(after, "weight ", index, " comes from parameter ", r.source, " of ",
            static_cast<int>(net.parameters.size()));
    const int side = r.winograd + 2;  // of what a transform makes of 3x3 filters
    if (r.winograd
        && ((r.source < 0 && !r.parts.count) || r.dims.rank != 4 || r.dims.h != side
            || r.dims.w != side))
        return planner_fault(after, "weight ", index, " is transformed for tiles of ", r.winograd,
            " and has no axes for it");
    const std::int64_t in_file = r.winograd ? r.dims.count() / (side * side) * 9 : r.dims.count();
    const bool is_line = r.bytes_of == byte_form::factor || r.bytes_of == byte_form::shift;
    if (r.source >= 0 && is_line && net.parameters[at(r.source)].dims.n != in_file)
        return planner_fault(after, "weight ", index, " has numbers of ", static_cast<int>(in_file),
            " outputs, '", net.parameters[at(r.source)].at.view(), "' has ",
            net.parameters[at(r.source)].dims.n);
    if (r.groups.bits) {
        const shape file = r.source < 0 ? shape{} : net.parameters[at(r.source)].dims;
        const int groups = r.groups.count(file.c);
        if (file.rank != 2 || r.dims.rank != 2 || r.dims.n != file.n
            || r.dims.c != (r.part == rounded_part::numbers ? file.c : groups))
            return planner_fault(after, "weight ", index, " has groups of ", r.groups.group, " as ",
                to_text(r.dims), " of ", to_text(file));
    } else if (r.source >= 0 && !is_line && net.parameters[at(r.source)].dims.count() != in_file)
        return planner_fault(after, "weight ", index, " sees '",
            net.parameters[at(r.source)].at.view(), "' (",
            to_text(net.parameters[at(r.source)].dims), ") as ", to_text(r.dims));
    if (const sentence found = verify_parts(m, r, index, in_file); !found.empty()) return found;
    if (r.folds.first < 0 || r.folds.count < 0 || r.folds.first + r.folds.count > folds)
        return planner_fault(after, "weight ", index, " has folds ", r.folds.first, " to ",
            r.folds.first + r.folds.count, " of ", folds);
    if (r.axis < 0 || r.axis >= r.dims.rank || r.order_size != 2 * r.dims.rank)
        return planner_fault(after, "weight ", index, " has axis ", r.axis, " and an order of ",
            r.order_size, " for ", r.dims.rank, " axes");
    std::int64_t count = 1;
    for (int axis = 0; axis < r.dims.rank; ++axis) {
        if (r.inner[axis] < 1)
            return planner_fault(after, "weight ", index, " is cut by ", r.inner[axis]);
        count *= std::int64_t{(r.dims[axis] + r.inner[axis] - 1) / r.inner[axis]} * r.inner[axis];
    }
    unsigned seen = 0;
    for (int i = 0; i < r.order_size; ++i)
        if (r.order[i] >= 0 && r.order[i] < r.order_size) seen |= 1u << r.order[i];
    if (seen + 1 != 1u << r.order_size)
        return planner_fault(after, "the order of weight ", index, " is no permutation");
    if (r.bytes != r.bytes_for(count))
        return planner_fault(after, "weight ", index, " has ", r.bytes, " bytes, its extents take ",
            r.bytes_for(count));
    return {};
}

/// After select: one launch per step, and everything that it refers to exists.
constexpr sentence verify_launches(const module& m) {
    constexpr const char* after = "select";
    if (const sentence found = verify_texts(m); !found.empty()) return found;
    const int steps = static_cast<int>(m.steps.size());
    const int kernels = static_cast<int>(m.kernels.size());
    const int tactics = static_cast<int>(m.tactics.size());
    if (static_cast<int>(m.launches.size()) != steps)
        return planner_fault(
            after, static_cast<int>(m.launches.size()), " launches for ", steps, " steps");
    for (const kernel& k : m.kernels) {
        if (k.tactics.empty())
            return planner_fault(after, "a kernel of ", k.family, " has no tactic");
        for (int t : k.tactics)
            if (t < 0 || t >= tactics)
                return planner_fault(
                    after, "a kernel of ", k.family, " has tactic ", t, " of ", tactics);
    }
    for (int i = 0; i < steps; ++i) {
        const launch& l = m.launches[at(i)];
        if (l.kernel < 0 || l.kernel >= kernels)
            return planner_fault(after, "step ", i, " runs kernel ", l.kernel, " of ", kernels);
        const kernel& k = m.kernels[at(l.kernel)];
        bool has_tactic = false;
        for (int t : k.tactics) has_tactic = has_tactic || t == l.tactic;
        if (!has_tactic)
            return planner_fault(after, "step ", i, " uses tactic ", l.tactic,
                ", which its kernel of ", k.family, " does not have");
        for (int extent : l.extents)
            if (extent < 1) return planner_fault(after, "step ", i, " has an extent of ", extent);
        const int declared = k.defines.numbers;
        if (declared != static_cast<int>(l.numbers.size()))
            return planner_fault(after, "step ", i, " passes ", static_cast<int>(l.numbers.size()),
                " numbers, its kernel of ", k.family, " declares ", declared);
        bool writes = false;
        std::size_t others = 0;  // further outputs that it passes
        for (const argument& a : l.arguments) {
            const int count = a.space == memory_space::weights
                ? static_cast<int>(m.weights.size())
                : static_cast<int>(m.storages.size());
            if (a.storage < 0 || a.storage >= count || a.offset < 0)
                return planner_fault(after, "step ", i, " passes ",
                    a.space == memory_space::weights ? "weight " : "storage ", a.storage, " of ",
                    count);
            writes = writes
                || (a.space != memory_space::weights && a.storage == m.steps[at(i)].output.storage);
            for (const further_output& also : m.steps[at(i)].further)
                others += a.space != memory_space::weights && a.storage == also.seen.storage;
        }
        if (!writes || others < m.steps[at(i)].further.size())
            return planner_fault(after, "step ", i, " does not pass the storage of its output");
    }
    for (int i = 0; i < static_cast<int>(m.weights.size()); ++i)
        if (const sentence found = verify_recipe(m, m.weights[at(i)], i); !found.empty())
            return found;
    return {};
}

}  // namespace lamina::planner
