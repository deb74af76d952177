// EXPECT: gru 'encoder': lengths are f32, i32 is needed; give an input of dtype::i32, or cast them
// Lengths as floats.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto lengths = net.input("lengths", {2});
        auto x = net.input("x", {5, 2, 3});
        net.output("y", (x | gru{"encoder", {.hidden_size = 8}, {}, lengths}).output);
    }
};
static_assert(detail::require_sound<my_net>());
