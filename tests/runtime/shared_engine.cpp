// SPDX-License-Identifier: Apache-2.0
// Threads that share one engine in every way that is allowed, at the same time. Run as it is, and
// built with clang's ThreadSanitizer (tests/threads), which sees races that come to nothing here.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <lamina/run.hpp>
#include <lamina/runtime/launch_gate.hpp>

#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"
#include "../support/temporary.hpp"

using namespace lamina;

namespace {

constexpr std::size_t count = 1000;

std::vector<float> ramp(float from) {
    std::vector<float> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = from + static_cast<float>(i);
    return out;
}

/// relu(x) * 3 + bias with three tactics a step.
engine two_steps(const engine_options& options = {}) {
    lamina_test::hand_plan p;
    make_two_steps(p);
    plan_records& r = p.records;
    for (const char* name : {"second", "third"})
        r.tactics.push_back({name, p.keep(std::string("#define TACTIC_") + name + " 1\n"),
            p.list({8, 1, 1}), p.list({1, 1, 1}), 0});
    for (plan_kernel& k : r.kernels) k.tactics = p.list({0, 1, 2});
    lamina_test::hand_weights file;
    file.add("bias", {count}, ramp(1));
    return engine(p.bytes(), file.open(), device::best(), options);
}

template <class Values> bool is_right(const Values& y, const std::vector<float>& x) {
    const auto bias = ramp(1);
    for (std::size_t i = 0; i < count; ++i)
        if (y[i] != (x[i] > 0 ? x[i] : 0) * 3 + bias[i]) return false;
    return y.size() == count;
}

/// Each piece of work on a thread of its own, all begun together; how many came back wrong.
int wrong_of(const std::vector<std::function<bool()>>& all, int rounds) {
    std::atomic<int> wrong = 0, ready = 0;
    std::vector<std::thread> threads;
    for (const auto& work : all)
        threads.emplace_back([&] {
            ++ready;
            while (ready < static_cast<int>(all.size())) std::this_thread::yield();
            for (int i = 0; i < rounds; ++i) try {
                    if (!work()) ++wrong;
                } catch (...) {
                    ++wrong;
                }
        });
    for (std::thread& each : threads) each.join();
    return wrong;
}

}  // namespace

TEST_CASE("shared engine: threads save it, and engines that share its weights, at the same time") {
    const lamina_test::temporary_folder folder;
    const engine first = two_steps();
    const engine tuned = first.tuned(timing_cache());
    const engine copy = first;
    std::vector<std::function<bool()>> all;
    int number = 0;
    for (const engine* e : {&first, &first, &tuned, &copy})
        all.push_back([&, e, path = folder / (std::to_string(number++) + ".plan")] {
            e->save(path, {.with_binaries = e == &first});
            return is_right(
                engine::load(path, device::best(), {.trust = trust::binaries}).run(ramp(-500)),
                ramp(-500));
        });
    CHECK(wrong_of(all, 3) == 0);
}

TEST_CASE("shared engine: others of its network are made and saved while it runs") {
    const lamina_test::temporary_folder folder;
    const lamina_test::temporary_variable cache("LAMINA_CACHE_DIR", "off");  // so each is built
    for (const bool merge : {true, false}) {
        const engine e = two_steps({.merge = merge});
        std::atomic<bool> ends = false;
        std::atomic<int> wrong = 0;
        std::thread runs([&] {
            context c = e.make_context();
            c.set_input("image", ramp(-300));
            while (!ends) {
                c.run();
                wrong += !is_right(c.get("scores"), ramp(-300));
            }
        });
        for (int i = 0; i < 6; ++i) {
            const engine other = two_steps({.merge = merge});
            for (int again = 0; again < 2; ++again)
                wrong += !is_right(other.run(ramp(-9)), ramp(-9));
            other.save(folder / "net.plan", {.with_binaries = true});
        }
        ends = true;
        runs.join();
        CHECK(wrong == 0);
    }
}

TEST_CASE("shared engine: no binary is taken while an enqueued run has not ended") {
    const device dev = device::best();
    if (!dev.facts().compiles_lazily) return;
    using std::chrono::milliseconds;
    const engine e = two_steps();
    context c = e.make_context();
    c.set_input("image", ramp(-300));
    c.run();
    CHECK(bool(detail::closed_gate(true, milliseconds(0))));
    cl_int code = CL_SUCCESS;
    const opencl::event go(clCreateUserEvent(dev.context(), &code));
    REQUIRE(code == CL_SUCCESS);
    const cl_event after = go.get();
    {
        const opencl::event done = c.enqueue(nullptr, std::span(&after, 1));
        CHECK(!detail::closed_gate(true, milliseconds(20)));
        CHECK(bool(detail::closed_gate(false, milliseconds(0))));
        REQUIRE(clSetUserEventStatus(after, CL_COMPLETE) == CL_SUCCESS);
        CHECK(bool(detail::closed_gate(true, milliseconds(5000))));
    }
    CHECK(is_right(c.get("scores"), ramp(-300)));
    // A run that begins while the gate is closed waits for it.
    std::atomic<bool> ran = false;
    std::thread runs;
    {
        const detail::closed_gate gate(true, milliseconds(5000));
        REQUIRE(bool(gate));
        runs = std::thread([&] {
            c.run();
            ran = true;
        });
        std::this_thread::sleep_for(milliseconds(30));
        CHECK(!ran);
    }
    runs.join();
    CHECK(ran);
}

TEST_CASE("shared engine: run, contexts, profiles, tuning and saving at the same time") {
    const lamina_test::temporary_folder folder;
    const lamina_test::temporary_variable cache("LAMINA_CACHE_DIR", folder / "cache");
    for (const bool merge : {true, false}) {
        const engine e = two_steps({.merge = merge});
        const auto x = ramp(-300);
        const std::vector<std::function<bool()>> all = {
            [&] { return is_right(e.run(ramp(-500)), ramp(-500)); },
            [&] { return is_right(engine(e).run(ramp(-100)), ramp(-100)); },
            [&] {
                context c = e.make_context();
                c.set_input("image", x).run();
                if (!is_right(c.get("scores"), x)) return false;
                c.run();
                return is_right(c.get("scores"), x);
            },
            [&] {
                context c = e.make_context();
                c.set_input("image", x);
                const run_profile times = c.profile();
                return times.steps.size() == 2 && is_right(c.get("scores"), x);
            },
            [&] {
                context c = e.make_context();
                c.set_input("image", x);
                (void)c.enqueue();
                return is_right(c.get("scores"), x);
            },
            [&] {
                timing_cache times;
                (void)tune(e, times, {.seconds = 0.01});
                return is_right(e.tuned(times).run(x), x);
            },
            [&] {
                e.save(folder / "net.plan", {.with_binaries = true});
                return is_right(
                    engine::load(folder / "net.plan", device::best(), {.trust = trust::binaries})
                        .run(x),
                    x);
            },
            [&] { return !e.report().table().empty() && e.tactic(0) == "plain"; },
        };
        CHECK(wrong_of(all, 3) == 0);
    }
}
