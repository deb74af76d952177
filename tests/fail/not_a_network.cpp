// EXPECT: a network is a type with
// A type without define.
#include <lamina/define.hpp>
#include <lamina/planner/show_problem.hpp>

using namespace lamina;

struct my_net {};
static_assert(detail::require_sound<my_net>());
