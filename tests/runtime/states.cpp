// SPDX-License-Identifier: Apache-2.0
// States of a context: updated in place by runs, read and written from outside, of each context its own, on
// every target, merged or not, from a file, and safe from plans that were tampered with.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <lamina/debug.hpp>
#include <lamina/lamina.hpp>
#include <lamina/plan/print.hpp>
#include <lamina/plan/rewrite.hpp>
#include <lamina/plan_at_run_time.hpp>

#include "support/planned.hpp"
#include "support/temporary.hpp"
#include "support/weights_bytes.hpp"

using namespace lamina;
using lamina_test::no_weights;

namespace {

/// A cache, a counter, a window that moves over its input, and rows at a place of their own for each of
/// the batch.
struct all_kinds {
    static constexpr void define(network& net) {
        auto x = net.input("x", {2, 3, 2, 8});
        auto at = net.input("at", {1}, dtype::i32);
        auto each = net.input("each", {2}, dtype::i32);
        auto k = net.state("k", {2, 3, 7, 8});
        auto count = net.state("count", {1}, dtype::i32);
        net.output("count before", count);
        count = update(count, count + 2);
        net.output("k before", k | slice{2, {.start = 1, .stop = 5}} | reduce_sum{{2}});
        k = update(k, x * 2, {.axis = 2, .position = at});
        net.output("k after", k | reduce_sum{{2}});
        auto window = net.state("window", {2, 4, 8});
        const tensor newest = x | slice{1, {.stop = 1}} | slice{2, {.stop = 1}};
        window = update(
            window, concat({window | slice{1, {.start = 1}}, newest | reshape{{2, 1, 8}}}, 1));
        net.output("window", window);
        auto rows = net.state("rows", {2, 6, 8});
        rows = update(rows, newest | reshape{{2, 1, 8}}, {.axis = 1, .position = each});
        net.output("rows", rows | reduce_max{{1}});
        auto seen = net.state("seen", {2, 3}, dtype::boolean);
        seen = update(seen, logical_or(seen, gt(x | reduce_max{{2, 3}}, 4)));
        net.output("seen", seen);
    }
};

reference_inputs inputs_at(int at) {
    reference_inputs in;
    in["x"] = reference_tensor({2, 3, 2, 8});
    for (std::size_t i = 0; i < in["x"].size(); ++i)
        in["x"].values[i] = static_cast<float>(i % 13) * 0.25f + static_cast<float>(at);
    in["at"] = reference_tensor({1}, dtype::i32);
    in["at"].indices = {at};
    in["each"] = reference_tensor({2}, dtype::i32);
    in["each"].indices = {at, 5 - at};
    return in;
}

void give(context& to, const reference_inputs& in) {
    for (const auto& [name, x] : in)
        if (x.type == dtype::i32)
            to.set_input(name, x.indices);
        else
            to.set_input(name, x.values);
}

template <class Net> run_time_plan plan_of(const target& where) {
    network net;
    Net::define(net);
    return plan_at_run_time(net, where);
}

const run_time_plan& usual_plan() {
    static const run_time_plan made = plan_of<all_kinds>(cpu);
    return made;
}

template <class Work> std::string sentence_of(Work work) {
    try {
        work();
    } catch (const error& found) {
        return found.what();
    }
    return "nothing was thrown";
}

// [moving_mean]
/// The mean of the newest 16 rows; rows come one at a time.
struct moving_mean {
    static constexpr void define(network& net) {
        auto row = net.input("row", {1, 8});
        auto at = net.input("at", {1}, dtype::i32);  // 0 ... 15, then from 0 again
        auto rows = net.state("rows", {16, 8});
        rows = update(rows, row, {.axis = 0, .position = at});
        net.output("mean", rows | reduce_mean{0});
    }
};
// [/moving_mean]

/// Two states of 32 floats, apart by 128 bytes, and a step that writes the second.
struct two_states {
    static constexpr void define(network& net) {
        auto x = net.input("x", {32});
        auto at = net.input("at", {1}, dtype::i32);
        auto a = net.state("a", {32});
        auto b = net.state("b", {64});
        net.output("a", a | relu{});
        b = update(b, x, {.axis = 0, .position = at});
        net.output("b", b | relu{});
    }
};

}  // namespace

TEST_CASE("states change from run to run as the reference says, on every target") {
    network net;
    all_kinds::define(net);
    REQUIRE(net.problems.empty());
    const reference oracle(net, [](std::string_view) { return std::span<const float>(); });
    for (const target& each : {cpu, gpu, cpu.half(), gpu.half(), cpu.bf16(), cpu_neon}) {
        INFO(std::string(each.label()), " ", std::string(to_text(each.numbers.storage)));
        network again;
        all_kinds::define(again);
        lamina_test::planned(again, each);
        const engine made(plan_at_run_time(net, each), no_weights());
        context by_steps = made.make_context(), whole = made.make_context();
        const plan_arithmetic by = arithmetic_of(made.plan(), net);
        reference_inputs kept;
        for (const int at : {0, 2, 4, 5, 1}) {
            reference_inputs in = inputs_at(at);
            const step_comparison found = compare_steps(by_steps, oracle, in);
            CHECK_MESSAGE(found.same, found.sentence());
            CHECK(found.compared > 10);
            give(whole, in);
            whole.run();
            // The reference goes on from its own states.
            for (const auto& [name, x] : kept) in[name] = x;
            const auto values = oracle.run(in, by);
            for (const plan_state& s : made.plan().states)
                kept[std::string(s.name)] = oracle.state(values, s.name);
            CHECK(whole.get_state<int>("count") == kept["count"].indices);
            CHECK(whole.get_state("k") == by_steps.get_state("k"));
            CHECK(whole.get_state("window") == kept["window"].values);
            CHECK(whole.get_state("rows") == kept["rows"].values);
        }
        CHECK(kept["count"].indices[0] == 10);
        CHECK(whole.get<int>("count before")[0] == 8);
        const std::vector<bool> seen = whole.get_state<bool>("seen");
        CHECK(seen == std::vector<bool>(6, true));
    }
}

TEST_CASE("merged steps, and a saved plan, change states as steps alone do") {
    const lamina_test::temporary_folder folder;
    const engine made(usual_plan(), no_weights());
    const engine alone(usual_plan(), no_weights(), device::best(), {.merge = false});
    const std::string path = folder / "states.plan";
    made.save(path);
    const engine loaded = engine::load(path);
    REQUIRE(loaded.plan().states.size() == 5);
    CHECK(loaded.plan().bounds.size() == made.plan().bounds.size());
    context a = made.make_context(), b = alone.make_context(), c = loaded.make_context();
    for (const int at : {3, 0, 5})
        for (context* each : {&a, &b, &c}) {
            give(*each, inputs_at(at));
            each->run();
        }
    for (const char* name : {"k", "window", "rows"}) {
        CHECK(a.get_state(name) == b.get_state(name));
        CHECK(a.get_state(name) == c.get_state(name));
    }
    CHECK(a.get_state<int>("count") == std::vector<int>{6});
}

TEST_CASE("each context has its own states, which can be cleared, read, set, saved and copied") {
    const engine made(usual_plan(), no_weights());
    context a = made.make_context(), b = made.make_context();
    CHECK(a.state_bytes() == plan<all_kinds>.state_bytes);
    CHECK(a.state_bytes() >= (2 * 3 * 7 * 8 + 2 * 4 * 8 + 2 * 6 * 8 + 1) * sizeof(float) + 6);
    CHECK(plan_table(a.plan()).find("5 states " + std::to_string(a.state_bytes()))
        != std::string::npos);
    give(a, inputs_at(1));
    a.run();
    a.run();
    CHECK(a.get_state<int>("count") == std::vector<int>{4});
    CHECK(b.get_state<int>("count") == std::vector<int>{0});
    CHECK(b.get_state("k") == std::vector<float>(2 * 3 * 7 * 8, 0.0f));

    const saved_states saved = a.save_states();
    CHECK(saved.all.size() == 5);
    const std::vector<float> k = a.get_state("k"), window = a.get_state("window");
    CHECK(k != std::vector<float>(k.size(), 0.0f));
    a.reset_state("k");
    CHECK(a.get_state("k") == std::vector<float>(k.size(), 0.0f));
    CHECK(a.get_state("window") == window);
    a.reset_state();
    CHECK(a.get_state<int>("count") == std::vector<int>{0});
    a.restore_states(saved);
    CHECK(a.get_state("k") == k);
    b.copy_states(a);
    CHECK(b.get_state("k") == k);
    CHECK(b.get_state("window") == window);

    std::vector<float> mine(k.size());
    for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = static_cast<float>(i);
    b.set_state("k", mine).set_state("count", std::vector<int>{40});
    give(b, inputs_at(1));
    b.run();
    CHECK(b.get<int>("count before")[0] == 40);
    CHECK(b.get("k before")[0] == mine[8] + mine[16] + mine[24] + mine[32]);

    const engine half(plan_of<all_kinds>(cpu.half()), no_weights());
    context h = half.make_context();
    std::vector<float> small(mine.size(), 0.1f);
    h.set_state("k", small);
    CHECK(h.get_state("k")[5] == from_half(to_half(0.1f)));

    // run() of an engine keeps nothing.
    const reference_inputs in = inputs_at(2);
    for (int turn = 0; turn < 2; ++turn)
        CHECK(made.run({{"x", in.at("x").values}, {"at", in.at("at").indices},
                  {"each", in.at("each").indices}})["count before"]
                  .indices[0]
            == 0);

    CHECK(sentence_of([&] { a.get_state("x"); })
        == "the network has no state 'x', it has 'k', 'count', 'window', 'rows', 'seen'; use one of "
           "these names");
    CHECK(sentence_of([&] { a.get_state("count"); })
        == "state 'count' (i32, 1) is used as f32; use int");
    CHECK(sentence_of([&] { a.set_state("k", std::vector<float>(5)); })
        == "state 'k' (f32, 2x3x7x8) got 5 values, it has 336; give all of them");
    CHECK(sentence_of([&] { a.copy_states(h); })
        == "state 'k' (f32, 2x3x7x8) is given as f16, 2x3x7x8; copy states between contexts of plans "
           "that declare the same states, with one precision");
    const engine other(plan_of<two_states>(cpu), no_weights());
    context o = other.make_context();
    CHECK(sentence_of([&] {
        a.copy_states(o);
    }).starts_with("state 'k' (f32, 2x3x7x8) is not among those given"));
    CHECK(sentence_of([&] { o.restore_states(saved); }).starts_with("state 'a' (f32, 32) is not"));
}

TEST_CASE("the guide's moving mean") {
    const engine made(plan_of<moving_mean>(cpu), no_weights());
    // [from_outside]
    context run = made.make_context();
    for (int step = 0; step < 20; ++step) {
        run.set_input("row", std::vector<float>(8, static_cast<float>(step)));
        run.set_input("at", std::vector<int>{step % 16});
        run.run();
    }
    const float mean = run.get("mean")[0];  // of 4 ... 19
    const std::vector<float> rows = run.get_state("rows");
    const saved_states before = run.save_states();  // to go back to, or on from twice
    run.reset_state();                              // as in a new context
    run.restore_states(before);
    // [/from_outside]
    CHECK(mean == 11.5f);
    CHECK(rows[0] == 16.0f);
    CHECK(run.get_state("rows") == rows);
}

TEST_CASE("rows outside of a state: an input's numbers are refused, computed ones left out") {
    const engine made(usual_plan(), no_weights());
    context a = made.make_context();
    CHECK(sentence_of([&] { a.set_input("at", std::vector<int>{6}); })
        == "input 'at' has 6, state 'k' (f32, 2x3x7x8) takes rows at 0 to 5; begin again with "
           "reset_state(), or declare a longer state");
    CHECK(sentence_of([&] { a.set_input("each", std::vector<int>{0, -1}); })
        == "input 'each' has -1 at element 1, state 'rows' (f32, 2x6x8) takes rows at 0 to 5; begin "
           "again with reset_state(), or declare a longer state");
    struct computed {
        static constexpr void define(network& net) {
            auto k = net.state("k", {3, 4});
            auto at = net.input("at", {1}, dtype::i32) + 1;
            k = update(k, net.input("x", {2, 4}), {.axis = 0, .position = at});
            net.output("k", k);
        }
    };
    for (const target& each : {cpu, gpu}) {
        const engine two(plan_of<computed>(each), no_weights());
        CHECK(two.plan().bounds.empty());
        context c = two.make_context();
        c.set_input("x", std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
        for (const auto& [at, wanted] : {std::pair(-2, std::vector<float>(12, 0.0f)),
                 std::pair(2147483647, std::vector<float>(12, 0.0f)),
                 std::pair(-1, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0}),
                 std::pair(1, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4}),
                 std::pair(2, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4})}) {
            c.set_input("at", std::vector<int>{at});
            c.run();
            CHECK(c.get_state("k") == wanted);
        }
    }
}

TEST_CASE("a plan cannot make states overlap, or steps reach outside of theirs") {
    const run_time_plan right = plan_of<two_states>(cpu);
    const auto sentence_with = [&](auto change) {
        plan_view opened = plan_view::open(right, "plan");
        plan_records changed = *opened;
        change(changed);
        const std::vector<std::byte> bytes = rewrite_plan(changed);
        return sentence_of([&] { engine made(bytes, no_weights()); });
    };
    const auto step_with_state = [](plan_records& p) -> plan_argument& {
        for (plan_step& s : p.steps)
            for (plan_argument& a : s.arguments)
                if (a.space == memory_space::state && a.index == 1) return a;
        throw 0;
    };
    CHECK(sentence_with([](plan_records&) {}) == "nothing was thrown");
    CHECK(sentence_with([](plan_records& p) {
        p.states[1].offset = 0;
    }).starts_with("plan: the states overlap at byte 0"));
    CHECK(sentence_with([](plan_records& p) {
        p.states[1].offset = 64;
    }).starts_with("plan: state 'b' lies at byte 64, a multiple of 128"));
    CHECK(sentence_with([](plan_records& p) {
        p.states[1].offset = 256;
    }).starts_with("plan: state 'b' takes bytes 256 to 512 of the state, which has 384"));
    CHECK(sentence_with([](plan_records& p) {
        p.states[1].name = "a";
    }).starts_with("plan: state 'a' is there twice"));
    CHECK(sentence_with([&](plan_records& p) {
        step_with_state(p).index = 2;
    }).find("names state 2, the plan has 2")
        != std::string::npos);
    // The step that takes b would reach behind a, into b.
    CHECK(sentence_with([&](plan_records& p) {
        step_with_state(p).index = 0;
    }).find("may not run: it may touch")
        != std::string::npos);
    CHECK(sentence_with([&](plan_records& p) {
        step_with_state(p).offset = 4;
    }).find("may not run: it may touch")
        != std::string::npos);
    CHECK(sentence_with([](plan_records& p) {
        p.states[1].type = dtype::i32;
    }).find("sees state 'b' as f32, it is i32")
        != std::string::npos);
    CHECK(sentence_with([](plan_records& p) {
        p.bounds[0].input = 0;
    }).starts_with("plan: bound 0 is of 'x', f32, from 0 to 32; i32 and a range"));
    CHECK(sentence_with([](plan_records& p) { p.bounds[0].state = 9; }).find("names state 9")
        != std::string::npos);
    CHECK(sentence_with([](plan_records& p) { p.states.clear(); }).find("names state")
        != std::string::npos);
}

TEST_CASE("lines before an update read what was there, whatever is fused") {
    struct fused_late {
        static constexpr void define(network& net) {
            auto k = net.state("k", {4, 8});
            auto x = net.input("x", {4, 8});
            // relu alone could join the sum behind the update.
            auto old = (k | slice{1, {.start = 0, .stop = 8}}) * 3;
            auto transposed = k | permute{{1, 0}};
            auto product = matmul(x, transposed);
            auto now = update(k, x);
            net.output("y", old + (now | relu{}));
            net.output("product", product | relu{});
        }
    };
    for (const target& each : {cpu, gpu}) {
        network net;
        fused_late::define(net);
        lamina_test::planned(net, each);  // verifies the order
        const engine made(plan_at_run_time(net, each), no_weights());
        context run = made.make_context();
        run.set_input("x", std::vector<float>(32, 2.0f));
        run.run();
        CHECK(run.get("y")[7] == 2.0f);
        CHECK(run.get("product")[7] == 0.0f);
        run.run();
        CHECK(run.get("y")[7] == 8.0f);
        CHECK(run.get("product")[7] == 32.0f);
    }
}
