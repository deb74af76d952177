// EXPECT: keep: no layer is called 'haed.*' so far; correct the pattern, or write it behind the layers
// A misspelt pattern.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {1, 8}) | linear{"head.fc", 4});
        net.keep("haed.*", dtype::f32);
    }
};
static_assert(detail::require_sound<my_net>());
