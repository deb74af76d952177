// EXPECT: a network is a type with
// A type without define.
#include <lamina/compile/show_problem.hpp>
#include <lamina/define.hpp>

using namespace lamina;

struct my_net {};
static_assert(detail::require_sound<my_net>());
