// SPDX-License-Identifier: Apache-2.0
// Contexts with fewer threads than their engine, engines on other devices, and a queue that spreads requests over
// them. CMakeLists.txt also runs it on two devices.
#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <future>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <lamina/lamina.hpp>
#include <lamina/runtime/infer_queue.hpp>

#include "support/faults.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"

using namespace lamina;
using lamina_test::fault_of;

namespace {

/// Several merged steps, with sums that no other order of adding may change.
struct scores {
    static constexpr void define(network& net) {
        net.output("y",
            net.input("image", {1, 3, 20, 20})
                | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}}
                | relu{}
                | conv2d{"b", {.out = 32, .kernel = 3}}
                | global_avg_pool{}
                | flatten{}
                | linear{"c", 10}
                | softmax{1});
    }
};

struct rows {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 6});
        net.output("y", net.input("x", {batch, 5}) | linear{"c", 7} | relu{});
    }
};

struct fixture {
    lamina_test::random_source random{"runtime infer_queue"};
    network net, dims;
    lamina_test::random_weights file{(scores::define(net), net), random};
    lamina_test::random_weights file_of_rows{(rows::define(dims), dims), random};

    engine made(const engine_options& options = {}) const {
        return engine(plan<scores>, file.opened(), device::best(), options);
    }
    std::vector<float> image() { return random.numbers(std::size_t{3} * 20 * 20, -1, 1); }
};

bool on_cpu() { return device::best().facts().type == device_type::cpu; }
int units() { return static_cast<int>(device::best().facts().compute_units); }

/// The same OpenCL device in a context of its own, whose memory the other's cannot use, and where the machine has
/// them other devices of its type.
std::vector<device> others(std::vector<opencl::context>& keep) {
    const device here = device::best();
    cl_device_id id = here.id();
    cl_int code = CL_SUCCESS;
    keep.emplace_back(clCreateContext(nullptr, 1, &id, nullptr, nullptr, &code));
    REQUIRE(code == CL_SUCCESS);
    std::vector<device> out{device::in_context(keep.back().get(), id)};
    for (const device& dev : device::all())
        if (dev.facts().type == here.facts().type && !(dev == here)) out.push_back(dev);
    return out;
}

}  // namespace

TEST_CASE("contexts: results are the same bits for any number of threads") {
    fixture f;
    const engine made = f.made();
    const std::vector<float> image = f.image(), wanted = made.run(image).values;
    for (int threads = 0; threads <= units() && threads <= 8; ++threads) {
        CAPTURE(threads);
        context run = made.make_context({.threads = threads});
        run.set_input("image", image);
        for (int again = 0; again < 3; ++again) {
            run.run();
            const auto y = run.get("y");
            CHECK(std::vector<float>(y.begin(), y.end()) == wanted);
        }
    }
}

TEST_CASE("contexts: a number of threads that the device cannot run") {
    if (!on_cpu()) return;
    fixture f;
    const engine made = f.made();
    for (const int wrong : {-1, units() + 1}) {
        const auto fault = fault_of([&] { (void)made.make_context({.threads = wrong}); });
        CHECK(fault.code == errc::option);
        CHECK(fault.says("the option threads is " + std::to_string(wrong)));
        CHECK(fault.says("runs 1 to " + std::to_string(units())));
    }
}

TEST_CASE("contexts of few threads run at the same time") {
    fixture f;
    const engine made = f.made();
    std::vector<std::vector<float>> images, wanted;
    for (int i = 0; i < 4; ++i) {
        images.push_back(f.image());
        wanted.push_back(made.run(images.back()).values);
    }
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < images.size(); ++i)
        threads.emplace_back([&, i] {
            context run = made.make_context({.threads = 1});
            run.set_input("image", images[i]);
            for (int again = 0; again < 30; ++again) {
                run.run();
                const auto y = run.get("y");
                wrong += std::vector<float>(y.begin(), y.end()) != wanted[i];
            }
        });
    for (std::thread& t : threads) t.join();
    CHECK(wrong == 0);
}

TEST_CASE("an engine on another device has the same weights, and packs none") {
    fixture f;
    const engine made = f.made();
    const std::vector<float> image = f.image(), wanted = made.run(image).values;
    std::vector<opencl::context> keep;
    for (const device& dev : others(keep)) {
        CAPTURE(dev.describe());
        const engine there = made.on(dev);
        CHECK(there.device_of() == dev);
        CHECK(there.device_of().context() != made.device_of().context());
        CHECK(there.report().fold_ms == 0);
        CHECK(there.report().upload_ms > 0);
        CHECK(there.run(image).values == wanted);
    }
    const engine here = made.on(made.device_of(), {.merge = false, .threads = 1});
    CHECK(here.report().upload_ms == 0);
    CHECK(here.report().launches > made.report().launches);
    CHECK(here.run(image).values == wanted);
}

TEST_CASE("an engine of a network with dims on another device has them too") {
    fixture f;
    const engine made(
        plan<rows>, f.file_of_rows.opened(), device::best(), {.packing_bytes = 1 << 20});
    std::vector<opencl::context> keep;
    for (const device& dev : others(keep)) {
        const engine there = made.on(dev), three = made.at({{"batch", 3}}).on(dev);
        CHECK(three.inputs()[0].dims == shape{3, 5});
        for (const int batch : {1, 4, 6}) {
            const std::vector<float> x
                = f.random.numbers(static_cast<std::size_t>(batch) * 5, -1, 1);
            const std::vector<float> wanted = made.run(x, {batch, 5}).values;
            CHECK(there.run(x, {batch, 5}).values == wanted);
            CHECK(three.run(x, {batch, 5}).values == wanted);
        }
    }
}

TEST_CASE("a queue spreads requests over contexts and engines, and each has its own results") {
    fixture f;
    std::vector<engine> all{f.made()};
    std::vector<opencl::context> keep;
    for (const device& dev : others(keep)) all.push_back(all[0].on(dev));
    constexpr std::size_t callers = 3, each = 20;
    std::vector<std::vector<float>> images, wanted;
    for (std::size_t i = 0; i < callers * each; ++i) {
        images.push_back(f.image());
        wanted.push_back(all[0].run(images.back()).values);
    }
    for (const std::size_t engines : {std::size_t{1}, all.size()}) {
        std::atomic<int> wrong = 0;
        infer_queue queue(
            std::span<const engine>(all).first(engines), {.contexts = 2, .most_waiting = 3});
        CHECK(queue.contexts() == 2 * engines);
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < callers; ++t)
            threads.emplace_back([&, t] {
                std::vector<std::future<results>> waiting;
                for (std::size_t i = t; i < images.size(); i += callers) {
                    std::vector<float> copied = images[i];
                    waiting.push_back(queue.submit({{"image", copied}}));
                    copied.assign(copied.size(), 0);  // the queue has its own
                }
                for (std::size_t i = 0; i < waiting.size(); ++i)
                    wrong += waiting[i].get()["y"].values != wanted[t + i * callers];
            });
        for (std::thread& t : threads) t.join();
        CHECK(wrong == 0);
        const std::vector<std::size_t> counts = queue.counts();
        CHECK(counts.size() == engines);
        CHECK(std::accumulate(counts.begin(), counts.end(), std::size_t{0}) == images.size());
    }
}

TEST_CASE("a queue has as many contexts as the threads are enough for") {
    fixture f;
    if (!on_cpu()) {
        CHECK(infer_queue(f.made()).contexts() == 2);
        return;
    }
    const engine single = f.made({.threads = 1});
    const infer_queue full(single);
    const std::size_t all = full.contexts();
    CHECK(all >= 1);
    CHECK(all <= static_cast<std::size_t>(units()));
    // One thread each, so that a context more of two threads does not fit in.
    CHECK(infer_queue(single, {.threads = units() > 1 ? 2 : 1}).contexts()
        == std::max<std::size_t>(1, units() > 1 ? all / 2 : all));
    CHECK(infer_queue(single, {.contexts = 3}).contexts() == 3);
}

TEST_CASE("requests of a queue at other shapes") {
    fixture f;
    const engine made(plan<rows>, f.file_of_rows.opened());
    infer_queue queue(made, {.contexts = 2});
    std::vector<std::future<results>> waiting;
    std::vector<std::vector<float>> wanted;
    for (int i = 0; i < 18; ++i) {
        const int batch = 1 + i % 6;
        const std::vector<float> x = f.random.numbers(static_cast<std::size_t>(batch) * 5, -1, 1);
        wanted.push_back(made.run(x, {batch, 5}).values);
        waiting.push_back(queue.submit({{"x", x, {batch, 5}}}));
    }
    for (std::size_t i = 0; i < waiting.size(); ++i)
        CHECK(waiting[i].get()["y"].values == wanted[i]);
}

TEST_CASE("a queue refuses what it cannot run") {
    fixture f;
    const engine made = f.made();
    const auto none = fault_of([] { infer_queue queue(std::span<const engine>{}); });
    CHECK(none.code == errc::option);
    CHECK(none.says("got no engine"));
    const engine other(plan<rows>, f.file_of_rows.opened());
    const std::vector<engine> mixed{made, other};
    const auto unlike = fault_of([&] { infer_queue queue(mixed); });
    CHECK(unlike.code == errc::option);
    CHECK(unlike.says("has other inputs or outputs"));

    infer_queue queue(made, {.contexts = 1});
    const auto unnamed = fault_of([&] { (void)queue.submit({{"picture", f.image()}}); });
    CHECK(unnamed.code == errc::input_missing);
    const auto typed = fault_of([&] { (void)queue.submit({{"image", std::vector<int>(1200)}}); });
    CHECK(typed.code == errc::input_dtype);
    auto few = queue.submit({{"image", std::vector<float>(3)}});
    // It goes on. Run before the error is read: its thread is done with the error then, which ThreadSanitizer
    // does not see by itself, as the count of an exception's owners is in the standard library's own code.
    const std::vector<float> image = f.image();
    CHECK(queue.run({{"image", image}})["y"].values == made.run(image).values);
    const auto counted = fault_of([&] { (void)few.get(); });
    CHECK(counted.code == errc::input_shape);
}

TEST_CASE("a queue's end waits for what was submitted") {
    fixture f;
    const engine made = f.made();
    const std::vector<float> image = f.image();
    std::vector<std::future<results>> waiting;
    {
        infer_queue queue(made, {.contexts = 1, .most_waiting = 8});
        for (int i = 0; i < 8; ++i) waiting.push_back(queue.submit({{"image", image}}));
    }
    for (auto& one : waiting) {
        REQUIRE(one.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
        CHECK(one.get()["y"].values.size() == 10);
    }
}
