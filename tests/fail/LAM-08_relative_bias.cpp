// EXPECT: relative_position_bias 'bias': queries 4, keys 9, heads 0, num_buckets 32, max_distance 128; buckets are even and at least 4, distances reach beyond half of them
// The heads are not given.
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", relative_position_bias(net, "bias", 4, 9, {}));
    }
};
static_assert(detail::require_sound<my_net>());
