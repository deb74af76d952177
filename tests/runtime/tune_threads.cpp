// SPDX-License-Identifier: Apache-2.0
// Tuning an engine with fewer threads than its device has units: measured with that many, and kept apart from the
// times of other numbers. CMakeLists.txt runs it with 4 units.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/step_timer.hpp>
#include <lamina/runtime/tuner.hpp>

#include "support/random.hpp"
#include "support/random_weights.hpp"

using namespace lamina;

namespace {

void products(network& net) {
    net.output(
        "y", net.input("x", {40, 96}) | linear{"a", 128} | relu{} | linear{"b", 64} | softmax{1});
}

struct fixture {
    lamina_test::random_source random{"runtime tune_threads"};
    network net;
    lamina_test::random_weights file{(products(net), net), random};
    std::vector<std::byte> bytes;
    std::vector<float> x = random.numbers(std::size_t{40} * 96, -1, 1);

    fixture() {
        const run_time_plan made = plan_at_run_time(net, cpu, "products");
        bytes.assign(made.data().begin(), made.data().end());
    }
    engine made(int threads, const timing_cache* timings = nullptr) const {
        return engine(std::span<const std::byte>(bytes), file.opened(), device::best(),
            {.timings = timings, .threads = threads});
    }
};

unsigned units() { return device::best().facts().compute_units; }
bool may_share() { return device::best().facts().type == device_type::cpu && units() > 1; }

}  // namespace

TEST_CASE("tune: times of one number of threads are not those of another") {
    if (!may_share()) return;
    const fixture f;
    const engine one = f.made(1);
    timing_cache cache;
    const tuning_report report = tune(one, cache, {.seconds = 60});
    CHECK(report.remaining == 0);
    CHECK(report.failures.empty());
    REQUIRE(cache.all().size() == 1);
    CHECK(cache.all().begin()->first == identity_of(device::best(), 1));
    CHECK(cache.all().begin()->first.compute_units == 1);
    CHECK(identity_of(device::best()).compute_units == units());

    const std::vector<float> wanted = one.run(f.x).values;
    const engine tuned = one.tuned(cache), again = f.made(1, &cache),
                 all = f.made(static_cast<int>(units()), &cache);
    CHECK(tuned.run(f.x).values == wanted);
    CHECK(again.run(f.x).values == wanted);
    CHECK(all.run(f.x).values == wanted);
    CHECK(again.report().timings.find("were measured on this device") != std::string::npos);
    // The engine of all units knows nothing of them.
    CHECK(all.report().timings.find("passed over") != std::string::npos);
    CHECK(all.report().timings.find("1 threads") != std::string::npos);
    CHECK(all.report().timings.find(std::to_string(units()) + " threads") != std::string::npos);
}

TEST_CASE("tune: a tactic is measured by as many threads as runs have") {
    if (!may_share()) return;
    const fixture f;
    for (unsigned threads = 1; threads <= units(); ++threads) {
        CAPTURE(threads);
        const engine made = f.made(static_cast<int>(threads));
        detail::step_timer timer(made.make_context());
        CHECK(timer.shares() == (threads < units()));
        if (!timer.shares()) continue;
        const detail::program_builder builder(made.plan(), made.device_of(), {});
        for (std::size_t i = 0; i < made.plan().steps.size(); ++i) {
            const plan_step& step = made.plan().steps[i];
            built_kernel k{step.kernel, step.tactic, false, {}, {}, 0, {}};
            REQUIRE(builder.may_share(k));
            builder.build_shared(k, step);
            const detail::ready_kernel ready = timer.ready(i, k);
            CHECK(ready.merged);
            CHECK(ready.global[0]
                == detail::merged_groups(threads, made.device_of().facts().compute_units));
            timer.reach(i);
            CHECK(timer.time(i, ready, 3) > 0);
        }
    }
}
