// SPDX-License-Identifier: Apache-2.0
// show<Net>(): plans a network at run time and prints the results of the planner's stages as tables. Engines
// print plan, kernels and times themselves (LAMINA_SHOW).
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/core/linkage.hpp>
#include <lamina/define.hpp>
#include <lamina/planner/target.hpp>

#include <cstdio>

namespace lamina {

namespace detail {
/// Of a network that check() has not seen.
int show_stages(network& net, const lamina::target& target, std::FILE* to);
}  // namespace detail

/// Prints the stages that LAMINA_SHOW names (graph, fuse, memory), all if it is not set; for a
/// wrong network its problems. Returns how many problems there were.
///
/// Errors   LAM-R22 for a word in LAMINA_SHOW that names no table; LAM-R12 as plan_at_run_time() has it.
/// Cost     plans the network anew, in milliseconds.
template <class Net> int show(const lamina::target& target = cpu, std::FILE* to = stdout) {
    network net;
    Net::define(net);
    return detail::show_stages(net, target, to);
}

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/show.impl.hpp>
#endif
