// EXPECT: the name is longer than 95 characters; shorten it
// A name of more than 95 characters.
#include <lamina/compile/show_problem.hpp>
#include <lamina/define.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 32, 32});
        net.output("y",
            x
                | batch_norm{name("a_name_of_thirty_two_characters_")
                    / "a_name_of_thirty_two_characters_" / "a_name_of_thirty_two_characters_"});
    }
};
static_assert(detail::require_sound<my_net>());
