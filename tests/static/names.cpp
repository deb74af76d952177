// SPDX-License-Identifier: Apache-2.0
// `using namespace lamina` beside <cmath> and std: layers named like functions of C stay usable.
#include <lamina/define.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <math.h>

using namespace lamina;
using namespace std;

struct qualified {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 4});
        x = x | lamina::exp{} | lamina::log{} | lamina::sqrt{} | lamina::abs{} | lamina::tanh{};
        net.output("y", min(max(x, 0.f), pow(x, 2.f)) + div(x, 2.f));  // functions just overload
    }
};

struct brought_in {
    static constexpr void define(network& net) {
        using lamina::abs, lamina::exp, lamina::log, lamina::sqrt, lamina::tanh;
        net.output("y", net.input("x", {1, 4}) | exp{} | log{} | sqrt{} | abs{} | tanh{});
    }
};

template <class Net> constexpr std::size_t count_nodes() {
    network net;
    Net::define(net);
    return net.problems.empty() ? net.nodes.size() : 0;
}
static_assert(count_nodes<qualified>() == 11);
static_assert(count_nodes<brought_in>() == 6);
