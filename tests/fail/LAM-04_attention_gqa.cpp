// EXPECT: with equal leading axes (.enable_gqa for fewer heads of k and v)
// Fewer heads of keys, without saying so.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto q = net.input("q", {2, 6, 5, 8});
        auto k = net.input("k", {2, 3, 9, 8});
        net.output("y", attention(q, k, k));
    }
};
static_assert(detail::require_sound<my_net>());
