// SPDX-License-Identifier: Apache-2.0
// A network file that includes define.hpp alone may use every layer by its plain name: define.hpp
// brings in no header of C that has an exp or an abs of its own.
#include <lamina/define.hpp>

using namespace lamina;

struct plain {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {1, 4}) | exp{} | log{} | sqrt{} | abs{} | tanh{} | neg{});
    }
};

static_assert([] {
    network net;
    plain::define(net);
    return net.problems.empty() && net.nodes.size() == 7;
}());
