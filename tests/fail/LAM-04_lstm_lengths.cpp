// EXPECT: lstm 'encoder': lengths are 5 (input 'lengths', line 10), the layer needs 2, one for each row of the batch
// Lengths of steps, not of rows.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto lengths = net.input("lengths", {5}, dtype::i32);
        auto x = net.input("x", {5, 2, 3});
        net.output("y", (x | lstm{"encoder", {.hidden_size = 8}, {}, lengths}).output);
    }
};
static_assert(detail::require_sound<my_net>());
