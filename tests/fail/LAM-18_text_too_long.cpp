// EXPECT: the name is longer than 255 characters; shorten it
// A name of more than 255 characters.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        name at = "a_name_of_thirty_two_characters_";
        for (int i = 0; i < 7; ++i) at = at / "a_name_of_thirty_two_characters_";
        net.output("y", x | batch_norm{at});
    }
};
static_assert(detail::require_sound<my_net>());
