// SPDX-License-Identifier: Apache-2.0
// The number of threads: how steps are cut for it, that results are the same bits for any, and how a wrong
// one is refused. CMakeLists.txt runs it with 16 compute units.
#include "support/faults.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"
#include "support/temporary.hpp"

#include <doctest/doctest.h>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/threads.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

using namespace lamina;
using lamina_test::fault_of;
using lamina_test::random_source;

namespace {

bool on_cpu() { return device::best().facts().type == device_type::cpu; }
int units() { return static_cast<int>(device::best().facts().compute_units); }

/// Convolutions by Winograd, directly, of one pixel, depthwise and of the picture; a linear of one row.
void pictures(network& net) {
    const tensor x = net.input("image", {1, 3, 40, 40})
        | conv2d{"a", {.out = 64, .kernel = 3, .stride = 2, .pad = 1}}
        | relu{};
    const tensor y = x | conv2d{"b", {.out = 64, .kernel = 3, .pad = 1}} | batch_norm{"n"};
    const tensor z = add(x, y)
        | conv2d{"c", {.out = 80, .kernel = 1}}
        | conv2d{"d", {.out = 80, .kernel = 3, .pad = 1, .groups = 80}}
        | conv2d{"e", {.out = 96, .kernel = 3, .stride = 2, .pad = 1}};
    net.output("scores", z | global_avg_pool{} | flatten{} | linear{"f", 200} | softmax{1});
}

/// Linears of many rows, products of activations and attention.
void rows(network& net) {
    const tensor x = net.input("tokens", {1, 75, 96});
    const tensor q = x | linear{"q", 128} | relu{}, k = x | linear{"k", 128};
    const tensor m = matmul(q, k, {.transpose_b = true}) | softmax{2};
    const tensor a = attention(q | reshape{{1, 75, 4, 32}} | permute{{0, 2, 1, 3}},
        k | reshape{{1, 75, 4, 32}} | permute{{0, 2, 1, 3}},
        q | reshape{{1, 75, 4, 32}} | permute{{0, 2, 1, 3}});
    net.output("mixed", matmul(m, k) | linear{"o", 500});
    net.output("attended", a);
}

struct threaded {
    network net;
    std::vector<std::byte> plan;
    std::optional<lamina_test::random_weights> numbers;
    std::vector<float> input;

    template <class Define> threaded(const char* name, Define define, const lamina::target& to) {
        random_source random(name);
        define(net);
        const run_time_plan made = plan_at_run_time(net, to);
        plan.assign(made.data().begin(), made.data().end());
        numbers.emplace(net, random);
        const plan_view read = plan_view::open(plan);
        input = random.numbers(static_cast<std::size_t>(read->inputs[0].dims.count()));
    }
    engine with(int threads, bool merge = true) const {
        return engine(
            plan, numbers->opened(), device::best(), {.merge = merge, .threads = threads});
    }
    std::vector<std::uint32_t> bits(const engine& of) const {
        context run = of.make_context();
        run.set_input(of.inputs()[0].name, input);
        run.run();
        run.run();
        std::vector<std::uint32_t> out;
        for (const plan_binding& b : of.outputs())
            for (const float value : run.get(b.name)) {
                std::uint32_t one;
                std::memcpy(&one, &value, sizeof one);
                out.push_back(one);
            }
        return out;
    }
    /// Work-items of each step of a family.
    std::vector<std::size_t> items(const engine& of, std::string_view family) const {
        context run = of.make_context();
        run.set_input(of.inputs()[0].name, input);
        std::vector<std::size_t> out;
        for (const step_time& s : run.profile().steps)
            if (s.kernel == family) out.push_back(s.items);
        return out;
    }
};

}  // namespace

TEST_CASE("threads: results are the same bits for any number") {
    for (const lamina::target& to : {cpu, cpu_avx2}) {
        for (const auto& [name, define] :
            {std::pair("threads pictures", &pictures), std::pair("threads rows", &rows)}) {
            INFO(name, " for ", to.label());
            const threaded net(name, define, to);
            const std::vector<std::uint32_t> expected = net.bits(net.with(1));
            for (const int threads : {2, 3, 5, 8, 16})
                if (threads <= units()) CHECK(net.bits(net.with(threads)) == expected);
            if (units() > 2) CHECK(net.bits(net.with(units(), false)) == expected);
        }
    }
}

TEST_CASE("threads: each has a piece of a step that two would share in two pieces") {
    if (!on_cpu() || units() < 16) {
        MESSAGE("not tried: the device has ", units(), " compute units, 16 are needed");
        return;
    }
    const threaded picture("threads pieces", pictures, cpu), text("threads pieces", rows, cpu);
    const engine two = picture.with(2), many = picture.with(16);
    REQUIRE(picture.items(two, "conv2d_winograd").size() == 1);
    CHECK(picture.items(two, "conv2d_winograd")[0] < 16);
    CHECK(picture.items(many, "conv2d_winograd")[0] >= 8);
    for (const std::size_t items : text.items(text.with(16), "linear_blocked")) CHECK(items >= 8);
    const std::vector<std::size_t> few = text.items(text.with(2), "linear_blocked");
    CHECK(*std::max_element(few.begin(), few.end()) < 8);
    // Without an option the engine has the threads that the process may use, not the device's units.
    const int usable
        = static_cast<int>(detail::merged_threads(device::best().facts().compute_units));
    CHECK(picture.items(picture.with(0), "conv2d_winograd")
        == picture.items(picture.with(usable), "conv2d_winograd"));
}

TEST_CASE("threads: a run that notes their times gives the same results") {
    const threaded net("threads timed", pictures, cpu);
    const std::vector<std::uint32_t> expected = net.bits(net.with(0));
    const lamina_test::temporary_variable set("LAMINA_SHOW", "times");
    CHECK(net.bits(net.with(0)) == expected);
}

TEST_CASE("threads: LAMINA_THREADS says it where the option does not") {
    const threaded net("threads variable", rows, cpu);
    const std::string most = std::to_string(units());
    if (!on_cpu()) {
        const lamina_test::temporary_variable set("LAMINA_THREADS", "many");
        CHECK(fault_of([&] { net.with(-1); }).what.empty());
        return;
    }
    const auto refused = [&](int threads) { return fault_of([&] { net.with(threads); }); };
    {
        const lamina_test::temporary_variable set("LAMINA_THREADS", "1");
        CHECK(net.items(net.with(0), "linear_blocked") == net.items(net.with(1), "linear_blocked"));
        CHECK(refused(units()).what.empty());
    }
    for (const char* wrong : {"many", "2x", "", "-1", "100000", "99999999999999999999"}) {
        CAPTURE(wrong);
        const lamina_test::temporary_variable set("LAMINA_THREADS", wrong);
        const auto found = refused(0);
        if (!*wrong) {
            CHECK(found.what.empty());
            continue;
        }
        CHECK(found.code == errc::option);
        CHECK(found.what.find("LAMINA_THREADS is ") != std::string::npos);
        CHECK(found.what.find(wrong) != std::string::npos);
        CHECK(found.what.find(" runs 1 to " + most + "; give a number") != std::string::npos);
    }
    for (const int wrong : {-1, units() + 1}) {
        const auto found = refused(wrong);
        CHECK(found.code == errc::option);
        CHECK(found.what.find("the option threads is " + std::to_string(wrong) + ", device '")
            != std::string::npos);
    }
}
