// SPDX-License-Identifier: Apache-2.0
// A library with an engine that asks for processes; host.cpp loads it.
#include <lamina/define.hpp>
#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include <vector>

#include "support/weights_bytes.hpp"

namespace {

struct four_programs {
    static constexpr void define(lamina::network& net) {
        using namespace lamina;
        auto x = net.input("x", {1, 4, 12, 12}) | max_pool{{.kernel = 3, .stride = 2}};
        x = x | avg_pool{{.kernel = 2}} | softmax{.axis = 1};
        net.output("y", x | global_avg_pool{});
    }
};

}  // namespace

/// How many processes compiled its kernels.
extern "C" int processes_of_an_engine() {
    const lamina::engine made(lamina::plan<four_programs, lamina::gpu>, lamina_test::no_weights(),
        lamina::device::best(), {.merge = false, .build_processes = 4});
    (void)made.run(std::vector<float>(4 * 12 * 12));
    return static_cast<int>(made.report().build_processes);
}
