// SPDX-License-Identifier: Apache-2.0
// Reports all problems of a network at run time; the compiler shows only the first.
#pragma once
#include <lamina/graph/print.hpp>
#include <lamina/planner/check_shapes.hpp>

namespace lamina {

/// Prints every problem of Net, one row each, and returns how many: `return report<my_net>();`
template <class Net> int report(std::FILE* to = stdout) {
    network net;
    define_and_check<Net>(net);
    return print_problems(net, to);
}

}  // namespace lamina
