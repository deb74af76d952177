// SPDX-License-Identifier: Apache-2.0
// How one plan of a network packs the weights of its layers: plans for other shapes keep to it, so that they find
// these arrays. Layers are known by their weights, which are the same at every shape (LAM-27).
#pragma once
#include <lamina/planner/stage_data.hpp>

namespace lamina::planner {

constexpr int weights_of(const module& m, int anchor) {
    return anchor < 0 ? -1 : m.net->nodes[at(anchor)].parameters[weight_slot];
}

/// The choice for a step's layer; nullptr if there is none to keep to.
constexpr const packing_choice* guided(const module& m, int anchor) {
    if (!m.guide) return nullptr;
    const int parameter = weights_of(m, anchor);
    if (parameter < 0 || at(parameter) >= m.guide->layers.size()) return nullptr;
    const packing_choice& choice = m.guide->layers[at(parameter)];
    return choice.family < 0 ? nullptr : &choice;
}

/// Tactics that a family lists: all that are possible under a guide, as the first of them may not be built.
constexpr int tactics_of(const module& m, int usual) { return m.guide ? 64 : usual; }

/// Adds the tiles of another plan.
constexpr void add_tiles(packing_guide& to, const module& m) {
    for (const row_tile& tile : m.row_tiles) {
        bool known = false;
        for (const row_tile& other : to.tiles) known = known || other == tile;
        if (!known) to.tiles.push_back(tile);
    }
}

/// The choices of a finished plan.
constexpr packing_guide guide_of(const module& m) {
    packing_guide out;
    out.layers.resize(m.net->parameters.size());
    add_tiles(out, m);
    for (std::size_t i = 0; i < m.steps.size() && i < m.launches.size(); ++i) {
        const int parameter = weights_of(m, m.steps[i].anchor);
        if (parameter < 0) continue;
        packing_choice& choice = out.layers[at(parameter)];
        choice.family = m.launches[i].family;
        for (const argument& a : m.launches[i].arguments) {
            if (a.space != memory_space::weights) continue;
            const weight_recipe& r = m.weights[at(a.storage)];
            if (r.shifts) continue;
            choice.winograd = r.winograd;
            choice.inner = r.inner[0];
            choice.depth = r.inner[1];
            break;  // the layer's own come first
        }
    }
    return out;
}

}  // namespace lamina::planner
