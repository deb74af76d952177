// SPDX-License-Identifier: Apache-2.0
// The programs of docs/guide and docs/start, as test cases on the default device.
#include "my_square.hpp"
#include "tests/support/near.hpp"
#include "tests/support/random_weights.hpp"
#include "tests/support/temporary.hpp"

#include "examples/resnet20/resnet20.hpp"

#include <lamina/calibrate.hpp>
#include <lamina/debug.hpp>
#include <lamina/graph/print.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/infer_queue.hpp>

#include <doctest/doctest.h>

#include <thread>

namespace {

using net = zoo::resnet20<>;

std::string weights_file() { return LAMINA_EXAMPLES_DIR "/resnet20/resnet20_lamina.safetensors"; }

/// A picture's worth of numbers.
std::vector<float> read_image() {
    lamina_test::random_source random("docs");
    return random.numbers(3 * 32 * 32);
}

/// Runs an engine of resnet20 and compares with the reference.
lamina_test::difference off_from_reference(
    const lamina::engine& engine, const std::vector<float>& image) {
    lamina::network graph;
    net::define(graph);
    const auto weights = lamina::weights::open(weights_file());
    const lamina::reference oracle(graph, lamina::lookup_in(weights));
    lamina::reference_tensor input({1, 3, 32, 32});
    input.values = image;
    const auto by = lamina::arithmetic_of(engine.plan());
    const auto expected = oracle.run({{"image", input}}, by);
    const lamina::result found = engine.run(image);
    return lamina_test::near(
        std::span<const float>(found.values), oracle.output(expected, "logits"), by);
}

}  // namespace

TEST_CASE("docs: load, run, look at the result") {
    const auto path = weights_file();
    // [run]
    auto device = lamina::device::best();
    auto weights = lamina::weights::open(path);
    auto engine = lamina::engine(lamina::plan_for<net>(device), weights, device);

    std::vector<float> image = read_image();  // 1x3x32x32, row-major
    lamina::result logits = engine.run(image);
    std::printf("class %d of %d\n", argmax(logits), logits.dims.c);
    // [/run]
    CHECK(logits.dims == lamina::shape{1, 10});

    // [several_targets]
    using lamina::cpu, lamina::cpu_avx2, lamina::gpu;
    auto several
        = lamina::engine(lamina::plan_for<net, cpu, cpu_avx2, gpu>(device), weights, device);
    // [/several_targets]
    CHECK(several.run(image).dims == logits.dims);

    const auto plan = lamina::plan_for<net>(device);
    // [build_processes]
    // No other process: for a program that limits them, or counts its children.
    lamina::engine alone(plan, weights, device, {.build_processes = 1});
    // [/build_processes]
    CHECK(alone.report().build_processes == 1);

    // [by_name]
    lamina::results all = engine.run({{"image", image}});
    const lamina::result& same = all["logits"];
    // [/by_name]
    CHECK(same.values == logits.values);

    // [top]
    std::vector<float> probabilities = lamina::softmax_of(logits);
    for (int i : lamina::top_k(probabilities, 3))
        std::printf("%d: %.1f %%\n", i, 100 * probabilities[static_cast<std::size_t>(i)]);
    // [/top]

    // [report]
    std::fputs(engine.report().table().c_str(), stdout);
    // [/report]
}

TEST_CASE("docs: contexts for threads") {
    const auto engine = lamina::engine(lamina::plan_for<net>(lamina::device::best()),
        lamina::weights::open(weights_file()), lamina::device::best());
    const auto image = read_image();
    // [threads]
    auto work = [&engine, &image] {
        lamina::context context = engine.make_context();  // own arena, own queue
        context.set_input("image", image);
        context.run();
        std::span<const float> logits = context.get("logits");  // until the next run
        std::printf("%g\n", static_cast<double>(logits[0]));
    };
    std::thread one(work), two(work);
    one.join();
    two.join();
    // [/threads]

    auto context = engine.make_context();
    context.set_input("image", image);
    // [profile]
    std::fputs(context.profile().table().c_str(), stdout);
    // [/profile]
    // [enqueue]
    lamina::opencl::event done = context.enqueue();  // returns at once; see also bind()
    cl_event event = done.get();
    clWaitForEvents(1, &event);
    // [/enqueue]
    CHECK(context.get("logits").size() == 10);
}

TEST_CASE("docs: a stream of requests") {
    const auto device = lamina::device::best();
    const auto weights = lamina::weights::open(weights_file());
    const std::vector<float> image = read_image();
    const std::vector<std::vector<float>> pictures(6, image);
    // [stream]
    // Steps cut for one thread; as many contexts as there are threads.
    lamina::engine engine(lamina::plan_for<net>(device), weights, device, {.threads = 1});
    lamina::infer_queue queue(engine);
    std::vector<std::future<lamina::results>> answers;
    for (const std::vector<float>& picture : pictures)
        answers.push_back(queue.submit({{"image", picture}}));  // waits while the queue is full
    for (auto& answer : answers) std::printf("class %d\n", argmax(answer.get()["logits"]));
    // [/stream]
    CHECK(answers.size() == pictures.size());
    CHECK(queue.run({{"image", image}})["logits"].values == engine.run(image).values);

    // [several_devices]
    std::vector<lamina::engine> engines;
    for (const lamina::device& one : lamina::device::all())
        if (one.facts().type == engine.device_of().facts().type)
            engines.push_back(engine.on(one));  // its weights are copied, not packed again
    lamina::infer_queue all(engines);
    lamina::results answer = all.run({{"image", image}});
    // [/several_devices]
    CHECK(answer["logits"].values == engine.run(image).values);

    // [few_threads]
    lamina::context background = engine.make_context({.threads = 1});
    // [/few_threads]
    background.set_input("image", image);
    background.run();
    const auto logits = background.get("logits");
    CHECK(std::equal(logits.begin(), logits.end(), answer["logits"].begin()));
}

TEST_CASE("docs: devices") {
    // [devices]
    for (const lamina::device& device : lamina::device::all())
        std::printf("%s\n", device.describe().c_str());
    auto cpu = lamina::device::find("cpu");  // a type, an index, or a part of a name
    // [/devices]
    CHECK(!cpu.name().empty());

    // [error]
    try {
        lamina::device::find("Mali");
    } catch (const lamina::error& fault) {
        std::printf("%s: %s\n", id(fault.code()), fault.what());  // LAM-R14: no device is ...
    }
    // [/error]
}

TEST_CASE("docs: save and load") {
    const lamina_test::temporary_folder folder;
    const std::string path = folder / "resnet20.plan";
    const auto image = read_image();
    const auto weights = lamina::weights::open(weights_file());
    // [save]
    auto engine = lamina::engine(lamina::plan<net>, weights);
    engine.save(path);                       // plan, packed weights, kernel texts
    auto same = lamina::engine::load(path);  // in a program that has no network and no weights
    // [/save]
    CHECK(same.run(image).values == engine.run(image).values);
}

TEST_CASE("docs: embedding") {
    const auto image = read_image();
    // [embedded]
    auto engine = lamina::engine(lamina::plan<net>, lamina::embedded("resnet20"));
    // [/embedded]
    CHECK(engine.run(image).size() == 10);
}

TEST_CASE("docs: tuning") {
    const lamina_test::temporary_folder folder;
    const std::string path = folder / "resnet20.timings", plan_path = folder / "resnet20.plan";
    const auto image = read_image();
    const auto weights = lamina::weights::open(weights_file());
    const auto device = lamina::device::best();
    const auto engine = lamina::engine(lamina::plan<net>, weights, device);
    const double seconds = 0.5;
    // [tune]
    auto cache = lamina::timing_cache::open_or_new(path);
    auto report = lamina::tune(engine, cache, {.seconds = seconds});
    cache.save(path);
    std::fputs(report.table().c_str(), stdout);
    if (!report.complete()) std::puts("run it again to go on");
    // [/tune]
    CHECK(cache.size() > 0);
    // [tuned]
    auto tuned = engine.tuned(cache);  // this engine, with the fastest tactics
    auto next = lamina::engine(lamina::plan<net>, weights, device, {.timings = &cache});
    std::puts(next.report().timings.c_str());
    // [/tuned]
    for (const lamina::engine& each : {tuned, engine}) {
        const auto off = off_from_reference(each, image);
        CHECK_MESSAGE(off.is_near, off.what);
    }
    for (std::size_t step = 0; step < next.plan().steps.size(); ++step)
        CHECK(next.tactic(step) == tuned.tactic(step));
    // [tuned_plan]
    tuned.save(plan_path, {.with_binaries = true});
    // in the next start, from a folder that only you can write to
    auto again = lamina::engine::load(plan_path, device, {.trust = lamina::trust::binaries});
    // [/tuned_plan]
    CHECK(again.tactic(0) == tuned.tactic(0));
    // [shared]
    auto shared = lamina::timing_cache::open(lamina::embedded("timings"));
    shared.merge(lamina::timing_cache::open(path));
    auto both = lamina::engine(lamina::plan<net>, weights, device, {.timings = &shared});
    // [/shared]
    CHECK(shared.all().size() == 3);
    CHECK(both.tactic(0) == tuned.tactic(0));
}

TEST_CASE("docs: calibrate, and run in 8 bits") {
    using lamina::precision;
    auto weights = lamina::weights::open(weights_file());
    const std::vector<std::vector<float>> pictures{read_image(), read_image()};
    const lamina_test::temporary_folder folder;
    const std::string path = folder / "net_int8.safetensors";
    // [calibrate]
    auto ranges = lamina::calibrate<net>(weights, pictures.size(),
        [&](lamina::context& c, std::size_t i) { c.set_input("image", pictures[i]); });
    ranges.write(path, weights);
    auto small = lamina::engine(
        lamina::plan<net, lamina::cpu, precision::int8>, lamina::weights::open(path));
    // [/calibrate]
    static_assert(lamina::plan<net, lamina::cpu, precision::int8>.weight_bytes * 2
        < lamina::plan<net, lamina::cpu>.weight_bytes);
    static_assert(lamina::plan<net, lamina::cpu, precision::int8>.arena_bytes
        < lamina::plan<net, lamina::cpu>.arena_bytes);
    const auto full = lamina::engine(lamina::plan<net, lamina::cpu>, weights);
    const auto wanted = full.run(read_image()), got = small.run(read_image());
    for (std::size_t i = 0; i < wanted.values.size(); ++i)
        CHECK(std::fabs(got.values[i] - wanted.values[i]) < 1);
}

TEST_CASE("docs: half-precision storage") {
    const auto image = read_image();
    const auto weights = lamina::weights::open(weights_file());
    // [half]
    using lamina::precision;
    auto full = lamina::engine(lamina::plan<net, lamina::cpu>, weights);
    auto half = lamina::engine(lamina::plan<net, lamina::cpu, precision::fp16>, weights);
    // [/half]
    CHECK(half.plan().weight_bytes < full.plan().weight_bytes);
    for (const lamina::engine& each : {full, half}) {
        const auto off = off_from_reference(each, image);
        CHECK_MESSAGE(off.is_near, off.what);
    }
}

TEST_CASE("docs: compare each step with the reference") {
    const auto image = read_image();
    const auto weights = lamina::weights::open(weights_file());
    const auto engine = lamina::engine(lamina::plan<net>, weights);
    // [compare]
    lamina::network graph;
    net::define(graph);
    lamina::reference oracle(graph, lamina::lookup_in(weights));
    lamina::reference_tensor input({1, 3, 32, 32});
    input.values = image;

    lamina::context context = engine.make_context();
    auto found = lamina::compare_steps(context, oracle, {{"image", input}});
    std::printf("%s\n", found.sentence().c_str());
    // [/compare]
    CHECK(found.same);
}

TEST_CASE("docs: the ranges of an fp16 plan") {
    const auto weights = lamina::weights::open(weights_file());
    const auto half
        = lamina::engine(lamina::plan<net, lamina::cpu, lamina::precision::fp16>, weights);
    lamina::context context = half.make_context();
    context.set_input("image", read_image());
    // [ranges]
    lamina::range_report ranges = context.ranges();
    std::fputs(ranges.table().c_str(), stdout);
    if (const lamina::step_range* bad = ranges.first_not_finite())
        std::printf("step %zu '%s' is the first\n", bad->step, bad->name.c_str());
    // [/ranges]
    CHECK(ranges.first_not_finite() == nullptr);
    CHECK(ranges.steps.size() > 10);
}

TEST_CASE("docs: a plan made at run time") {
    const auto weights = lamina::weights::open(weights_file());
    // [at_run_time]
    lamina::network graph;
    net::define(graph);
    lamina::check(graph);
    if (lamina::print_problems(graph) == 0) {
        auto plan = lamina::plan_at_run_time(graph, lamina::cpu);
        auto engine = lamina::engine(plan, weights);
        std::printf("%d steps\n", plan.steps);
    }
    // [/at_run_time]
}

TEST_CASE("docs: a custom layer equals its reference") {
    struct squares {
        static constexpr void define(lamina::network& graph) {
            auto x = graph.input("x", {2, 3, 5, 7});
            // [use_custom]
            auto y = x | lamina::relu{};
            y = mine::my_square(y, "square", 0.5f);
            graph.output("y", y);
            // [/use_custom]
        }
    };
    lamina::network graph;
    squares::define(graph);
    lamina_test::random_source random("custom");
    const lamina_test::random_weights weights(graph, random);
    lamina::reference_tensor x({2, 3, 5, 7});
    x.values = random.numbers(x.values.size());
    const lamina::reference oracle(graph, weights.lookup());
    const lamina::arithmetic by;
    const auto values = oracle.run({{"x", x}}, by);
    for (const lamina::target& target : {lamina::cpu, lamina::gpu}) {
        const auto plan = lamina::plan_at_run_time(graph, target);
        const auto engine = lamina::engine(plan, weights.opened());
        const lamina::result found = engine.run(x.values);
        const auto off = lamina_test::near(
            std::span<const float>(found.values), oracle.output(values, "y"), by);
        CHECK_MESSAGE(off.is_near, off.what);
    }
}
