// SPDX-License-Identifier: Apache-2.0
// The ordered list of stages: the one place that knows the order.
#pragma once
#include <lamina/compile/arrange.hpp>
#include <lamina/compile/encode.hpp>
#include <lamina/compile/fold.hpp>
#include <lamina/compile/fuse.hpp>
#include <lamina/compile/order.hpp>
#include <lamina/compile/place.hpp>
#include <lamina/compile/select.hpp>

namespace lamina::compile {

/// Graph -> module with every launch, offset and recipe. The network must have passed check.
constexpr module run_stages(const network& net, const target& goal) {
    module m;
    m.net = &net;
    // Growing would copy everything several times, which constant evaluation pays for in full.
    m.weights.reserve(net.parameters.size() + 1);
    m.folds.reserve(net.nodes.size());
    m.storages.reserve(net.nodes.size());
    m.steps.reserve(net.nodes.size());
    m.kernels.reserve(64);
    m.tactics.reserve(64);
    make_works(m);
    fold(m);
    fuse(m);
    order(m);
    arrange(m, goal);
    select(m, goal);
    place(m);
    return m;
}

} // namespace lamina::compile
