// EXPECT: nms: sigma is not above 0; write 0.5f
// A width of 0.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {
    static constexpr void define(network& net) {
        auto b = net.input("b", {20, 4});
        auto s = net.input("s", {20});
        const nms_options o{.most = 5, .score = 0, .method = nms_method::gaussian, .sigma = 0};
        net.output("y", nms(b, s, o).indices);
    }
};
static_assert(detail::require_sound<my_net>());
