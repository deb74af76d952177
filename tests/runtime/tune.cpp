// SPDX-License-Identifier: Apache-2.0
// Tests of tune() and of engines made with what it found. Times are invented through tune_clocks,
// so that a busy machine changes nothing.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <lamina/define.hpp>
#include <lamina/plan.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/timed_choice.hpp>
#include <lamina/runtime/tuner.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"
#include "../support/random.hpp"
#include "../support/temporary.hpp"

using namespace lamina;
using lamina_test::fault_of;
using lamina_test::hand_plan;
using lamina_test::hand_weights;

namespace {

const std::vector<float> ones(1000, 1.0f);

/// Both steps of make_two_steps with three tactics; "plain" is the plan's own.
engine two_steps(std::string_view third_defines = "#define THIRD 1\n") {
    hand_plan p;
    make_two_steps(p);
    plan_records& r = p.records;
    r.tactics.push_back({"second", "#define SECOND 1\n", p.list({8, 1, 1}), p.list({1, 1, 1}), 0});
    r.tactics.push_back(
        {"third", p.keep(std::string(third_defines)), p.list({8, 1, 1}), p.list({1, 1, 1}), 0});
    for (plan_kernel& k : r.kernels) k.tactics = p.list({0, 1, 2});
    hand_weights file;
    file.add("bias", {1000}, std::vector<float>(1000, 0.5f));
    return engine(p.bytes(), file.open());
}

/// Times by "step/tactic", 100 where nothing is said, and how often each was asked for.
struct invented {
    std::map<std::string, double> times;
    std::map<std::string, int> asked = {};
    double ms = 0, ms_a_sample = 0;

    detail::tune_clocks clocks() {
        detail::tune_clocks out;
        out.ms = [this] { return ms; };
        out.sample = [this](const plan_step& s, std::string_view tactic, double measured) {
            CHECK(measured >= 0);
            const std::string key = std::string(s.name) + "/" + std::string(tactic);
            ++asked[key];
            ms += ms_a_sample;
            const auto known = times.find(key);
            return known == times.end() ? 100.0 : known->second;
        };
        return out;
    }
};

tuning_report tune_with(
    invented& times, const engine& e, timing_cache& cache, const tune_options& options = {}) {
    times.asked.clear();
    times.ms = 0;
    return detail::tuner(e, cache, options, times.clocks()).run();
}

}  // namespace

TEST_CASE("tune: engines take the fastest, give the same numbers, and say who chose") {
    const engine e = two_steps();
    invented times{{{"act/second", 60}, {"act/third", 70}, {"scale/third", 50}}};
    timing_cache cache;
    const tuning_report report = tune_with(times, e, cache);
    CHECK(report.complete());
    CHECK(cache.size() == 2);
    REQUIRE(report.problems.size() == 2);
    CHECK(report.own_ms() == doctest::Approx(200e-6));
    CHECK(report.ms() == doctest::Approx(110e-6));
    CHECK(report.table().find("40.0 %") != std::string::npos);
    CHECK(e.tactic(0) == "plain");
    CHECK(e.tactic_chosen_by(0) == chosen_by::plan);

    const engine tuned = e.tuned(cache);
    CHECK(tuned.tactic(0) == "second");
    CHECK(tuned.tactic(1) == "third");
    CHECK(tuned.tactic_chosen_by(1) == chosen_by::measured);
    CHECK(tuned.run(ones).values == e.run(ones).values);
    CHECK(tuned.run(ones)[0] == 3.5f);
    CHECK(tuned.report().timings.find("2 of 2 steps") != std::string::npos);
    CHECK(tuned.report().kernels[0].by == "measured");
    CHECK(tuned.report().table().find("measured") != std::string::npos);

    context run = tuned.make_context();
    run.set_input("image", ones).run();
    const run_profile profile = run.profile();
    CHECK(profile.steps[0].tactic == "second");
    CHECK(profile.steps[0].by == "measured");
    CHECK(profile.json().find("\"by\": \"measured\"") != std::string::npos);
}

TEST_CASE("tune: a challenger that is hardly faster does not replace the plan's own") {
    const engine e = two_steps();
    invented times{{{"act/second", 100 * (1 - tuning_margin) + 0.1}, {"act/third", 101},
        {"scale/second", 100 * (1 - tuning_margin) - 0.1}}};
    timing_cache cache;
    tune_with(times, e, cache);
    CHECK(e.tuned(cache).tactic(0) == "plain");
    CHECK(e.tuned(cache).tactic_chosen_by(0) == chosen_by::measured);
    CHECK(e.tuned(cache).tactic(1) == "second");
}

TEST_CASE("tune: the step that takes longest is measured first") {
    const engine e = two_steps();
    for (const std::string slow : {"act", "scale"}) {
        invented times{{{slow + "/plain", 1000}}};
        timing_cache cache;
        std::vector<std::string> order;
        tune_with(times, e, cache,
            {.seconds = 30, .progress = [&](const tuning_result& r) { order.push_back(r.name); }});
        REQUIRE(order.size() == 2);
        CHECK(order[0] == slow);
    }
}

TEST_CASE("tune: a call goes on where the one before stopped, and ends") {
    const engine e = two_steps();
    invented times{{{"scale/plain", 300}, {"scale/third", 50}, {"act/third", 50}}};
    timing_cache cache;
    tuning_report report = tune_with(times, e, cache, {.seconds = 0});
    CHECK(report.remaining == 6);
    CHECK(cache.size() == 0);
    CHECK(times.asked.empty());

    // A budget that is over after the first sample: one new tactic a call, none twice.
    times.ms_a_sample = 1e6;
    std::vector<std::size_t> remaining;
    while (!report.complete() && remaining.size() < 20) {
        report = tune_with(times, e, cache, {.seconds = 1e-3});
        remaining.push_back(report.remaining);
    }
    CHECK(std::is_sorted(remaining.rbegin(), remaining.rend()));
    CHECK(std::set(remaining.begin(), remaining.end()).size() == remaining.size());
    CHECK(remaining.back() == 0);
    CHECK(remaining.size() > 1);
    CHECK(e.tuned(cache).tactic(0) == "third");
    CHECK(e.tuned(cache).tactic(1) == "third");

    const timing_cache before = cache;
    report = tune_with(times, e, cache);
    CHECK(times.asked.empty());
    CHECK(cache == before);
    CHECK(report.complete());
    CHECK(report.problems[0].measured_now == 0);
    CHECK(report.problems[0].fastest == "third");  // known from the cache
}

TEST_CASE("tune: steps that launch one kernel with the same sizes are one problem") {
    hand_plan p;
    make_two_steps(p);
    plan_records& r = p.records;
    r.tactics.push_back({"second", "#define SECOND 1\n", p.list({8, 1, 1}), p.list({1, 1, 1}), 0});
    r.kernels[0].tactics = p.list({0, 1});
    // relu into the output, and from there once more.
    r.steps[1].kernel = 0;
    r.steps[1].arguments.pop_back();
    hand_weights file;
    file.add("bias", {1000}, std::vector<float>(1000, 0.5f));
    const engine e(p.bytes(), file.open());
    invented times{{{"act/second", 50}}};
    timing_cache cache;
    const tuning_report report = tune_with(times, e, cache);
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0].steps == 2);
    CHECK(!times.asked.contains("scale/second"));
    CHECK(e.tuned(cache).tactic(1) == "second");
}

TEST_CASE("tune: what the device refuses is noted, and not tried again") {
    const engine e = two_steps("#error no such tile\n");
    invented times{{{"act/second", 50}}};
    timing_cache cache;
    tuning_report report = tune_with(times, e, cache);
    CHECK(report.complete());
    CHECK(!times.asked.contains("act/third"));
    const auto& [problem, entry] = *cache.all().begin()->second.begin();
    CHECK(std::count_if(entry.tactics.begin(), entry.tactics.end(), [](const timed_tactic& t) {
        return t.name == "third" && t.nanoseconds == 0 && t.samples == 0;
    }) == 1);
    CHECK(e.tuned(cache).tactic(0) == "second");
    report = tune_with(times, e, cache);
    CHECK(report.complete());
    CHECK(times.asked.empty());
}

TEST_CASE("tune: with the device's own clock every tactic has a time") {
    const engine e = two_steps();
    timing_cache cache;
    const tuning_report report = tune(e, cache, {.seconds = 60});
    CHECK(report.complete());
    CHECK(report.seconds > 0);
    for (const auto& [problem, entry] : cache.all().begin()->second) {
        CHECK(entry.family == "pointwise");
        CHECK(entry.tactics.size() == 3);
        for (const timed_tactic& t : entry.tactics) CHECK(t.nanoseconds > 0);
    }
    CHECK(e.tuned(cache).run(ones).values == e.run(ones).values);
}

TEST_CASE("tune: programs of tactics come out of other processes as out of this one") {
    const std::string third = "#define THIRD " + std::to_string(lamina_test::test_seed());
    const lamina_test::temporary_variable no_cache("LAMINA_CACHE_DIR", "off");
    std::vector<tuning_report> reports;
    for (const char* processes : {"1", "3"}) {
        const lamina_test::temporary_variable many("LAMINA_BUILD_PROCESSES", processes);
        const engine e = two_steps(third + "\n");
        invented times{{{"first/third", 20}, {"second/second", 30}}};
        timing_cache cache;
        reports.push_back(tune_with(times, e, cache));
        CHECK(reports.back().complete());
        CHECK(reports.back().failures.empty());
        CHECK(e.tuned(cache).run(ones).values == e.run(ones).values);
    }
    CHECK(reports[0].build_processes == 1);
    CHECK(reports[1].build_processes == (detail::can_build_in_processes() ? 3u : 1u));
    CHECK(reports[0].compiled == reports[1].compiled);
    CHECK(reports[0].ms() == reports[1].ms());
}

TEST_CASE("tuned engines: a saved cache chooses the same tactics again, however it comes") {
    const lamina_test::temporary_folder folder;
    const lamina_test::temporary_variable none("LAMINA_TIMING_CACHE", nullptr);
    const engine e = two_steps();
    invented times{{{"act/second", 50}, {"scale/third", 50}}};
    timing_cache cache;
    tune_with(times, e, cache);
    const std::string path = folder / "net.timings";
    cache.save(path);
    const auto bytes = lamina_test::read_file(path);
    for (const timing_cache& again : {timing_cache::open(path), timing_cache::open(bytes),
             timing_cache::open(blob{"timings", bytes}), timing_cache().merge(cache)}) {
        CHECK(again == cache);
        CHECK(e.tuned(again).tactic(0) == "second");
        CHECK(e.tuned(again).tactic(1) == "third");
    }
    {
        const lamina_test::temporary_variable file("LAMINA_TIMING_CACHE", path);
        CHECK(two_steps().tactic(1) == "third");
        CHECK(two_steps().tactic_chosen_by(1) == chosen_by::measured);
        lamina_test::write_file(path, "not a timing cache, but some text that is long enough");
        CHECK(fault_of([] { two_steps(); }).code == errc::file_damaged);
    }
    CHECK(two_steps().tactic(1) == "plain");
}

TEST_CASE("tuned engines: a saved plan keeps the tactics and needs no cache") {
    const lamina_test::temporary_folder folder;
    const engine e = two_steps();
    invented times{{{"act/second", 50}, {"scale/third", 50}}};
    timing_cache cache;
    tune_with(times, e, cache);
    const std::string path = folder / "net.plan";
    for (const bool with_binaries : {false, true}) {
        e.tuned(cache).save(path, {.with_binaries = with_binaries});
        const engine loaded = engine::load(path, device::best(), {.trust = trust::binaries});
        CHECK(loaded.tactic(0) == "second");
        CHECK(loaded.tactic(1) == "third");
        CHECK(loaded.tactic_chosen_by(0) == chosen_by::plan);
        CHECK(loaded.run(ones).values == e.run(ones).values);
        CHECK((loaded.report().kernels[1].note == "binary: from the plan") == with_binaries);
        CHECK(loaded.tuned(cache).tactic(0) == "second");
    }
    e.save(path);
    CHECK(engine::load(path).tactic(0) == "plain");
    CHECK(engine::load(path, device::best(), {.timings = &cache}).tactic(0) == "second");
}

TEST_CASE("tuned engines: times of another device, driver or kernel text are passed over") {
    const engine e = two_steps();
    invented times{{{"act/second", 50}, {"scale/third", 50}}};
    timing_cache cache;
    tune_with(times, e, cache);
    CHECK(e.tuned({}).report().timings == "timing cache: it is empty");

    for (const bool other_driver : {true, false}) {
        timings changed;
        timed_device other = cache.all().begin()->first;
        (other_driver ? other.driver : other.name) = "another";
        changed[other] = cache.all().begin()->second;
        const engine passed = e.tuned(timing_cache::open(write_timings(changed)));
        CHECK(passed.tactic(0) == "plain");
        CHECK(passed.tactic_chosen_by(0) == chosen_by::plan);
        CHECK(passed.report().timings.find("passed over, it was measured on") != std::string::npos);
        CHECK(passed.report().timings.find("another") != std::string::npos);
    }
    // The same names, but the tile behind one of them is not what was measured.
    const engine changed = two_steps("#define THIRD 3\n");
    CHECK(changed.tuned(cache).tactic(0) == "second");
    CHECK(changed.tuned(cache).tactic(1) == "plain");
    // Another network's steps.
    hand_plan p;
    make_relu(p, dtype::f16);
    p.records.tactics.push_back({"second", "", p.list({8, 1, 1}), p.list({1, 1, 1}), 0});
    p.records.kernels[0].tactics = p.list({0, 1});
    hand_weights none;
    const engine half(p.bytes(), none.open());
    CHECK(half.tuned(cache).tactic_chosen_by(0) == chosen_by::plan);
    CHECK(half.tuned(cache).report().timings.find("0 of 1 steps") != std::string::npos);
}

TEST_CASE("tuned engines: every tactic of a real network gives the same numbers") {
    struct net {
        static constexpr void define(network& n) {
            auto x = n.input("image", {2, 3, 13, 15})
                | conv2d{"a", {.out = 32, .kernel = 3, .stride = 2, .pad = 1}}
                | relu{}
                | conv2d{"b", {.out = 40, .kernel = 1}}
                | conv2d{"c", {.out = 40, .kernel = 3, .pad = 1, .groups = 40}}
                | global_avg_pool{};
            n.output("scores", x | dense{"d", 17});
        }
    };
    hand_weights file;
    const auto numbers = [](int count) {
        std::vector<float> out(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<float>((i * 2654435761u) >> 16 & 255) / 256 - 0.5f;
        return out;
    };
    file.add("a.weight", {32, 3, 3, 3}, numbers(32 * 27));
    file.add("b.weight", {40, 32, 1, 1}, numbers(40 * 32));
    file.add("c.weight", {40, 1, 3, 3}, numbers(40 * 9));
    file.add("d.weight", {17, 40}, numbers(17 * 40));
    file.add("d.bias", {17}, numbers(17));
    const engine e(plan<net, cpu>, file.open());
    const std::vector<float> image = numbers(2 * 3 * 13 * 15);
    const std::vector<float> expected = e.run(image).values;
    const detail::timed_plan known(e.plan());
    std::size_t most = 0;
    for (const plan_kernel& k : e.plan().kernels) most = std::max(most, k.tactics.size());
    CHECK(most > 1);
    for (std::size_t choice = 0; choice < most; ++choice) {
        timing_cache cache;  // as if the tactic of that number had been measured, and no other
        for (const plan_step& s : e.plan().steps) {
            const auto tactics = e.plan().kernels[s.kernel].tactics;
            timed_tactic t = known.name(tactics[std::min(choice, tactics.size() - 1)]);
            t.nanoseconds = 1;
            cache.set(e.device_of(), known.problem(s), {"", 1, {t}});
        }
        const std::vector<float> found = e.tuned(cache).run(image).values;
        for (std::size_t i = 0; i < expected.size(); ++i)
            CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-4));
    }
}
