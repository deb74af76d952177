// SPDX-License-Identifier: Apache-2.0
// Step -> launch: asks the families that serve this op, fastest first; one that cannot take a step
// on this target says no and the next is asked. One family, one file in select/.
#pragma once
#include <lamina/compile/select/conv2d_blocked.hpp>
#include <lamina/compile/select/depthwise_blocked.hpp>
#include <lamina/compile/select/linear_blocked.hpp>
#include <lamina/compile/select/pointwise.hpp>

namespace lamina::compile {

constexpr void select(module& m, const target& goal) {
    m.launches.reserve(m.steps.size());
    for (const step& s : m.steps) {
        launch_builder b(m, goal, s);
        switch (s.kind) {
        case op::conv2d: select_depthwise_blocked(b) || select_conv2d_blocked(b); break;
        case op::linear: select_linear_blocked(b); break;
        default: select_pointwise(b);
        }
    }
}

} // namespace lamina::compile
