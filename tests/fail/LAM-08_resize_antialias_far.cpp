// EXPECT: resize: antialias from 1x1x1x40000 to 1x1x1x1 averages over more than 16384 rows or columns; resize twice
// A filter over most of a long row.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 1, 1, 40000});
        net.output("y",
            x
                | resize{{.size = {1, 1},
                    .mode = bilinear,
                    .coordinates = half_pixel,
                    .antialias = true}});
    }
};
static_assert(detail::require_sound<my_net>());
