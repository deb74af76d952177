// SPDX-License-Identifier: Apache-2.0
// A batcher: requests of threads run together, and each gets its own items back.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include <lamina/lamina.hpp>
#include <lamina/runtime/batcher.hpp>

#include "support/random.hpp"
#include "support/random_weights.hpp"

using namespace lamina;
using std::chrono::milliseconds;

namespace {

/// The batch is the last axis of one output, and widths differ.
struct words {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 6});
        const int width = net.dim("width", {.min = 4, .opt = 8, .max = 16, .step = 2});
        const auto x = net.input("x", {batch, width}), by = net.input("by", {batch, 1});
        const auto y = x * by;
        net.output("y", y);
        net.output("turned", y | permute{{1, 0}});
        net.output("largest", y | argmax{1});
    }
};

/// Batches of 2, 4 and 6.
struct pairs {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.min = 2, .max = 6, .step = 2});
        net.output("y", net.input("x", {batch, 3}) | linear{"fc", 5});
    }
};

struct one_for_all {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 4});
        net.output("y", net.input("x", {batch, 3}) * net.input("by", {1}));
    }
};

/// Refuses one width, which is not among those that the compiler tries.
struct all_but_13 {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 4});
        const int width = net.dim("width", {.min = 4, .opt = 8, .max = 40});
        const auto x = net.input("x", {batch, width});
        if (width == 13) x.expect({batch, 12});
        net.output("y", x | relu{});
    }
};

struct summed {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 4});
        net.output("y", net.input("x", {batch, 3}) | reduce_sum{0});
    }
};

}  // namespace

TEST_CASE("requests of one shape run together and come back apart") {
    const engine made(plan<words>, weights());
    batcher all(made, {.delay = milliseconds(100000)});
    std::vector<std::future<results>> waiting;
    // 1 + 2 + 3 items of width 8 fill a run; those of width 4 wait in between.
    const auto submit = [&](int items, int width, float by) {
        std::vector<float> x;
        for (int i = 0; i < items * width; ++i) x.push_back(static_cast<float>(i));
        const std::vector<float> factors(static_cast<std::size_t>(items), by);
        waiting.push_back(all.submit({{"x", x, {items, width}}, {"by", factors, {items, 1}}}));
    };
    submit(1, 8, 2);
    submit(2, 4, -1);
    submit(2, 8, 3);
    submit(3, 8, 5);
    const results first = waiting[0].get(), third = waiting[2].get(), last = waiting[3].get();
    CHECK(all.counts().runs == 1);
    CHECK(first["y"].dims == shape{1, 8});
    CHECK(first["y"].values == std::vector<float>{0, 2, 4, 6, 8, 10, 12, 14});
    CHECK(first["turned"].dims == shape{8, 1});
    CHECK(third["turned"].dims == shape{8, 2});
    for (int i = 0; i < 16; ++i)
        CHECK(third["turned"][static_cast<std::size_t>(i % 8 * 2 + i / 8)]
            == 3.f * static_cast<float>(i));
    CHECK(last["largest"].indices == std::vector<int>{7, 7, 7});
    CHECK(last["y"][23] == 115);
    submit(4, 4, 2);  // beside the other of this width
    CHECK(waiting[1].get()["largest"].indices == std::vector<int>{0, 0});
    CHECK(waiting[4].get()["y"].dims == shape{4, 4});
    const batcher_counts counts = all.counts();
    CHECK(counts.requests == 5);
    CHECK(counts.items == 12);
    CHECK(counts.runs == 2);
}

TEST_CASE("a full run does not wait for an older request of another shape") {
    const engine made(plan<words>, weights());
    batcher all(made, {.most = 2, .delay = std::chrono::hours(1)});
    const auto submit = [&](int width) {
        return all.submit(
            {{"x", std::vector<float>(static_cast<std::size_t>(width), 1), {1, width}},
                {"by", std::vector<float>{3}, {1, 1}}});
    };
    std::future<results> oldest = submit(8), first = submit(4), second = submit(4);
    CHECK(first.get()["y"].values == std::vector<float>(4, 3));
    CHECK(second.get()["y"].dims == shape{1, 4});
    CHECK(oldest.wait_for(milliseconds(0)) == std::future_status::timeout);
    CHECK(submit(8).get()["y"].dims == shape{1, 8});
    CHECK(oldest.get()["y"].dims == shape{1, 8});
    CHECK(all.counts().runs == 2);
}

TEST_CASE("a run that fails gives its error to its own requests alone") {
    const engine made(plan<all_but_13>, weights());
    batcher all(made, {.most = 2, .delay = std::chrono::hours(1)});
    const auto submit = [&](int width) {
        return all.submit(
            {{"x", std::vector<float>(static_cast<std::size_t>(width), 1), {1, width}}});
    };
    std::vector<std::future<results>> waiting;
    for (const int width : {13, 12, 13, 12}) waiting.push_back(submit(width));
    for (const std::size_t i : {0, 2})
        CHECK_THROWS_WITH_AS(waiting[i].get(),
            doctest::Contains("the network cannot be planned at batch 2, width 13"), error);
    for (const std::size_t i : {1, 3})
        CHECK(waiting[i].get()["y"].values == std::vector<float>(12, 1));
    waiting.clear();
    for (const int width : {12, 12}) waiting.push_back(submit(width));
    CHECK(waiting[1].get()["y"].dims == shape{1, 12});
    CHECK(all.counts().runs == 3);
}

TEST_CASE("a delay of nothing, and one that no clock reaches") {
    const engine made(plan<words>, weights());
    const std::vector<float> x(8, 1), by{4};
    for (const std::chrono::microseconds none :
        {std::chrono::microseconds(0), std::chrono::microseconds(-5)}) {
        batcher all(made, {.delay = none});
        for (int i = 0; i < 3; ++i)
            CHECK(all.run({{"x", x}, {"by", by}})["y"].values == std::vector<float>(8, 4));
        CHECK(all.counts().runs == 3);
    }
    batcher all(made, {.most = 2, .delay = std::chrono::microseconds::max()});
    std::future<results> first = all.submit({{"x", x}, {"by", by}});
    CHECK(first.wait_for(milliseconds(20)) == std::future_status::timeout);
    CHECK(all.run({{"x", x}, {"by", by}})["y"].dims == shape{1, 8});
    CHECK(first.get()["y"].dims == shape{1, 8});
}

TEST_CASE("a request waits no longer than the delay") {
    const engine made(plan<words>, weights());
    batcher all(made, {.delay = milliseconds(20)});
    const results alone = all.run({{"x", std::vector<float>(8, 1)}, {"by", std::vector<float>{4}}});
    CHECK(alone["y"].values == std::vector<float>(8, 4));
    CHECK(all.counts().runs == 1);
}

TEST_CASE("items up to a value that the dim can have are zeros") {
    lamina_test::random_source random("runtime batcher 1");
    network net;
    pairs::define(net);
    const lamina_test::random_weights file(net, random);
    const engine made(plan<pairs>, file.opened());
    const std::vector<float> x = random.numbers(6, -1, 1);
    const std::vector<float> wanted = made.run(x).values;
    batcher all(made, {.delay = milliseconds(1)});
    for (int item = 0; item < 2; ++item) {
        const std::vector<float> one(x.begin() + 3 * item, x.begin() + 3 * item + 3);
        const results got = all.run({{"x", one}});
        CHECK(got["y"].dims == shape{1, 5});
        for (std::size_t i = 0; i < 5; ++i)
            CHECK(got["y"][i] == wanted[static_cast<std::size_t>(item) * 5 + i]);
    }
}

TEST_CASE("many threads") {
    const engine made(plan<words>, weights());
    std::atomic<int> wrong = 0;
    std::size_t runs = 0;
    {
        batcher all(made, {.delay = milliseconds(3), .contexts = 2});
        std::vector<std::thread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&, t] {
                for (int k = 0; k < 25; ++k) {
                    const int width = 4 + 2 * ((t + k) % 3);
                    const float x = static_cast<float>(t * 100 + k);
                    const results got = all.run(
                        {{"x", std::vector<float>(static_cast<std::size_t>(width), x), {1, width}},
                            {"by", std::vector<float>{2}, {1, 1}}});
                    wrong += got["y"].dims != shape{1, width};
                    for (const float y : got["y"]) wrong += y != 2 * x;
                }
            });
        for (std::thread& t : threads) t.join();
        CHECK(all.counts().requests == 200);
        runs = all.counts().runs;
    }
    CHECK(wrong == 0);
    CHECK(runs < 200);  // some ran together
}

TEST_CASE("requests that are left are served at the end") {
    const engine made(plan<words>, weights());
    std::future<results> left;
    {
        batcher all(made, {.delay = milliseconds(100000)});
        left = all.submit({{"x", std::vector<float>(8, 1)}, {"by", std::vector<float>{4}}});
    }
    CHECK(left.get()["y"].values == std::vector<float>(8, 4));
    std::vector<std::future<results>> all_left;
    {
        batcher all(made, {.most = 3, .delay = milliseconds(100000), .contexts = 2});
        for (int i = 0; i < 20; ++i) {
            const int width = 4 + 2 * (i % 4);
            const float x = static_cast<float>(i);
            all_left.push_back(all.submit(
                {{"x", std::vector<float>(static_cast<std::size_t>(width), x), {1, width}},
                    {"by", std::vector<float>{2}, {1, 1}}}));
        }
    }
    for (int i = 0; i < 20; ++i) {
        const results got = all_left[static_cast<std::size_t>(i)].get();
        CHECK(got["y"].dims == shape{1, 4 + 2 * (i % 4)});
        CHECK(got["y"][0] == 2 * static_cast<float>(i));
    }
}

TEST_CASE("what a batcher refuses") {
    const engine made(plan<words>, weights());
    batcher all(made);
    const std::vector<float> one(8, 1), by{1};
    CHECK_THROWS_WITH_AS(all.run({{"x", one}}),
        "input 'by' is not given, the network needs 'x', 'by'; run() keeps no inputs of earlier "
        "calls, give every input (a context keeps what was set)",
        error);
    CHECK_THROWS_WITH_AS(all.run({{"x", std::vector<float>(7, 1)}, {"by", by}}),
        "input 'x' got 7 values, 1x8 has 8; give one item, or the extents of several", error);
    CHECK_THROWS_WITH_AS(all.run({{"x", std::vector<float>(7, 1), {1, 7}}, {"by", by}}),
        "dim 'width' cannot be 7, it is 4 to 16 in steps of 2; pad or scale the data, or widen "
        "the dim's range",
        error);
    CHECK_THROWS_WITH_AS(all.run({{"x", std::vector<float>(16, 1), {2, 8}}, {"by", by}}),
        "dim 'batch' (1 to 6) is 2 and 1 in one request; give all inputs the same", error);
    CHECK_THROWS_WITH_AS(all.run({{"x", std::vector<int>(8, 1)}, {"by", by}}),
        "input 'x' got ints, it is f32; give floats", error);
    CHECK_THROWS_WITH_AS(all.run({{"x", std::vector<float>(56, 1), {7, 8}},
                             {"by", std::vector<float>(7, 1), {7, 1}}}),
        "a request has 7 items, a run takes 1 to 6; cut it apart, or raise batcher_options::most",
        error);
    CHECK(all.counts().requests == 0);
    CHECK_THROWS_WITH_AS(batcher(made, {.dim = "bath"}),
        "the network has no dim 'bath', it has 'batch', 'width'; declare it with net.dim(), or set "
        "batcher_options::dim",
        error);
    CHECK_THROWS_WITH_AS(batcher(made, {.most = 7}),
        "dim 'batch' cannot be 7, it is 1 to 6; pad or scale the data, or widen the dim's range",
        error);
    CHECK_THROWS_WITH_AS(batcher(engine(plan<one_for_all>, weights())),
        "input 'by' has no axis that is dim 'batch'; requests can be joined where every input has "
        "it",
        error);
    CHECK_THROWS_WITH_AS(batcher(engine(plan<summed>, weights())),
        "output 'y' has no axis that is dim 'batch'; its values cannot be told apart by request",
        error);
}
