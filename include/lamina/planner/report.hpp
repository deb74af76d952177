// SPDX-License-Identifier: Apache-2.0
// All problems of a network at run time, where the compiler shows only the first.
#pragma once
#include <lamina/graph/print.hpp>
#include <lamina/planner/check.hpp>

namespace lamina {

/// Prints every problem of Net, one row each, and returns how many: `return report<my_net>();`
template <class Net> int report(std::FILE* to = stdout) {
    network net;
    Net::define(net);
    check(net);
    return print_problems(net, to);
}

}  // namespace lamina
