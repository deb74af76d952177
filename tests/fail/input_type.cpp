// EXPECT: convert others, such as std::int64_t, to one of these
// EXPECT: host_number
// EXPECT: vector<long
// Numbers that no input takes.
#include <lamina/runtime/context.hpp>

#include <cstdint>
#include <vector>

void give(lamina::context& run) { run.set_input("tokens", std::vector<std::int64_t>{1, 2, 3}); }
