// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/engine.hpp and context.hpp on a device: results, names, sentences, threads, and
// that a run in the steady state allocates nothing.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <thread>

#include <lamina/core/ability.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/run.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"
#include "../support/temporary.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::fault_of;
using lamina_test::hand_plan;
using lamina_test::hand_weights;

// Counts what this thread allocates with operator new, in Lamina or elsewhere. Not under
// AddressSanitizer, which has its own and tells drivers' leaks by it.
#if defined(__SANITIZE_ADDRESS__)
#define COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef COUNTS_ALLOCATIONS
#define COUNTS_ALLOCATIONS 1
namespace {
thread_local std::size_t allocations = 0;
}
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    ++allocations;
    if (void* at = std::malloc(bytes ? bytes : 1)) return at;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }
#endif

namespace {

std::vector<float> ramp(float from = -500) {
    std::vector<float> out(1000);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = from + static_cast<float>(i);
    return out;
}

engine relu_engine(dtype type = dtype::f32) {
    hand_plan p;
    make_relu(p, type);
    hand_weights none;
    return engine(p.bytes(), none.open());
}

struct two_steps {
    std::vector<float> bias = ramp(1);
    lamina::engine engine;

    two_steps()
        : engine([this] {
              hand_plan p;
              make_two_steps(p);
              hand_weights file;
              file.add("bias", {1000}, bias);
              return lamina::engine(p.bytes(), file.open());
          }()) {}

    float expected(float x, std::size_t i) const { return (x > 0 ? x : 0) * 3 + bias[i]; }
};

}  // namespace

TEST_CASE("engine: relu of 1000 numbers, f32 and f16") {
    for (const dtype type : {dtype::f32, dtype::f16}) {
        const engine e = relu_engine(type);
        const auto x = ramp();
        const result y = e.run(x);
        CHECK(y.dims == shape{1, 1000});
        for (std::size_t i = 0; i < 1000; ++i) CHECK(y[i] == (x[i] > 0 ? x[i] : 0));
        CHECK(e.run(ramp(-100))[999] == 899);
    }
}

TEST_CASE("engine: two steps, the arena and packed weights between them") {
    const two_steps t;
    const auto x = ramp();
    const results y = t.engine.run({{"image", x}});
    for (std::size_t i = 0; i < 1000; ++i) CHECK(y["scores"][i] == t.expected(x[i], i));
    CHECK(fault_of([&] { (void)y["score"]; }).says("no output 'score', it has 'scores'"));
}

TEST_CASE("engine: i32 inputs and outputs stay ints") {
    hand_plan p;
    make_relu(p);
    plan_records& r = p.records;
    r.inputs[0].type = r.outputs[0].type = r.tensors[0].type = r.tensors[1].type = dtype::i32;
    for (plan_argument& a : r.steps[0].arguments) a.type = dtype::i32;
    r.kernels[0].family = "twice";
    r.kernels[0].defines = "";
    r.kernels[0].text = "__kernel void twice(OUT_INDICES(y), INDICES(x), const int by) {\n"
                        "    OPEN(y);\n    OPEN(x);\n    const int i = get_global_id(0);\n"
                        "    if (i < 1000)\n        y[i] = x[i] * by;\n}\n";
    r.tactics[0].tile = p.list({1, 1, 1});
    r.steps[0].numbers = p.ints({3});
    hand_weights none;
    const engine e(p.bytes(), none.open());
    std::vector<int> x(1000);
    for (int i = 0; i < 1000; ++i) x[static_cast<std::size_t>(i)] = 100000000 + i;
    const result y = e.run(x);
    CHECK(y.indices[999] == 300002997);
    CHECK(fault_of([&] { e.run(ramp()); }).code == errc::input_dtype);
}

TEST_CASE("engine: names, shapes and types of inputs are checked with both values") {
    const engine e = relu_engine();
    CHECK(e.input("image").dims == shape{1, 1000});
    CHECK(e.output("scores").type == dtype::f32);
    caught fault = fault_of([&] { e.input("picture"); });
    CHECK(fault.code == errc::input_missing);
    CHECK(fault.says("no input 'picture', it has 'image'"));
    CHECK(fault_of([&] { e.output("x"); }).code == errc::output_missing);

    fault = fault_of([&] { e.run(std::vector<float>(999)); });
    CHECK(fault.code == errc::input_shape);
    CHECK(fault.says("got 999 values, it is 1x1000 = 1000"));
    CHECK(fault_of([&] { e.run(std::vector<int>(1000)); }).code == errc::input_dtype);

    context c = e.make_context();
    fault = fault_of([&] { c.run(); });
    CHECK(fault.code == errc::input_missing);
    CHECK(fault.says("input 'image' has no values"));
    CHECK(fault_of([&] { c.get("scores"); }).says("call run() before get()"));
    c.set_input("image", ramp()).run();
    CHECK(c.get("scores")[999] == 499);
    CHECK(fault_of([&] { c.get<int>("scores"); }).says("is f32"));
}

#if COUNTS_ALLOCATIONS
TEST_CASE("context: a run in the steady state allocates nothing") {
    const two_steps t;
    context c = t.engine.make_context();
    const auto x = ramp();
    for (int warm = 0; warm < 3; ++warm) c.set_input("image", x).run();
    const std::size_t before = allocations;
    float sum = 0;
    for (int i = 0; i < 10; ++i) {
        c.set_input("image", x);
        c.run();
        sum += c.get("scores")[0];
    }
    CHECK(allocations == before);
    CHECK(before > 0);
    CHECK(sum == 10 * t.expected(x[0], 0));
}
#endif

TEST_CASE("context: devices with memory of their own get values through pinned memory") {
    hand_plan p;
    make_two_steps(p);
    hand_weights file;
    file.add("bias", {1000}, ramp(1));
    const device host = device::best();
    const device apart = device::in_context(host.context(), host.id());
    // As if this device did not share the host's memory.
    const_cast<device_facts&>(apart.facts()).shares_host_memory = false;
    const engine e(p.bytes(), file.open(), apart);
    context c = e.make_context();
    for (int round = 0; round < 3; ++round) {
        const auto x = ramp(static_cast<float>(round * 300 - 600));
        c.set_input("image", x).run();
        CHECK(c.get("scores")[999] == (x[999] > 0 ? x[999] : 0) * 3 + 1000);
        CHECK(
            e.run(x).values == std::vector<float>(c.get("scores").begin(), c.get("scores").end()));
        const opencl::event done = c.enqueue();
        const cl_event wait = done.get();
        clWaitForEvents(1, &wait);
        CHECK(c.get("scores")[0] == (x[0] > 0 ? x[0] : 0) * 3 + 1);
    }
}

TEST_CASE("context: four threads share one engine, each with its own values") {
    const two_steps t;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int n = 0; n < 4; ++n)
        threads.emplace_back([&, n] {
            context c = t.engine.make_context();
            for (int round = 0; round < 20; ++round) {
                const auto x = ramp(static_cast<float>(n * 1000 - 1500 + round));
                c.set_input("image", x).run();
                const auto y = c.get("scores");
                for (std::size_t i = 0; i < 1000; ++i) wrong += y[i] != t.expected(x[i], i);
                // The engine's own context is for everybody, one at a time.
                wrong += t.engine.run(x)[7] != t.expected(x[7], 7);
            }
        });
    for (std::thread& each : threads) each.join();
    CHECK(wrong == 0);
}

TEST_CASE("context: the user's own buffers and queue, and no wait before the event") {
    const two_steps t;
    const device dev = t.engine.device_of();
    const auto x = ramp();
    cl_int code = CL_SUCCESS;
    const auto buffer = [&](std::size_t floats) {
        return opencl::buffer(
            clCreateBuffer(dev.context(), CL_MEM_READ_WRITE, floats * 4, nullptr, &code));
    };
    for (const cl_command_queue_properties properties : {cl_command_queue_properties{0},
             cl_command_queue_properties{CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE}}) {
        opencl::queue queue(clCreateCommandQueue(dev.context(), dev.id(), properties, &code));
        if (!queue) continue;
        const opencl::buffer in = buffer(1064), out = buffer(2000);
        context c = t.engine.make_context();
        c.bind("image", in.get(), 256).bind("scores", out.get(), 4000);
        opencl::event written;
        clEnqueueWriteBuffer(
            queue.get(), in.get(), CL_FALSE, 256, 4000, x.data(), 0, nullptr, written.fill());
        const cl_event after[] = {written.get()};
        const opencl::event done = c.enqueue(queue.get(), after);
        std::vector<float> y(1000);
        const cl_event ready = done.get();
        clEnqueueReadBuffer(
            queue.get(), out.get(), CL_TRUE, 4000, 4000, y.data(), 1, &ready, nullptr);
        for (std::size_t i = 0; i < 1000; ++i) CHECK(y[i] == t.expected(x[i], i));
        CHECK(fault_of([&] { c.get("scores"); }).says("was bound"));

        // Inputs set and outputs read through the host, work in the user's queue.
        context d = t.engine.make_context();
        d.set_input("image", x);
        const opencl::event finished = d.enqueue(queue.get());
        const cl_event wait = finished.get();
        clWaitForEvents(1, &wait);
        for (std::size_t i = 0; i < 1000; ++i) CHECK(d.get("scores")[i] == t.expected(x[i], i));
        d.set_input("image", ramp(7));
        d.run();
        CHECK(d.get("scores")[0] == t.expected(7, 0));
        const opencl::event own = d.enqueue();
        const cl_event last = own.get();
        clWaitForEvents(1, &last);
        CHECK(d.get("scores")[0] == t.expected(7, 0));
    }
    const opencl::buffer small = buffer(999);
    context c = t.engine.make_context();
    const caught fault = fault_of([&] { c.bind("image", small.get()); });
    CHECK(fault.code == errc::input_shape);
    CHECK(fault.says("the buffer has 3996 bytes, from byte 0 on 4000 are needed"));
    CHECK(fault_of([&] { c.bind("picture", small.get()); }).code == errc::output_missing);
    const caught null = fault_of([&] { c.bind("image", nullptr); });
    CHECK(null.code == errc::input_missing);
    CHECK(null.says("bind 'image': the cl_mem is null; pass a buffer of this context"));
}

TEST_CASE("context: a profile names every step and takes time") {
    const two_steps t;
    context c = t.engine.make_context();
    c.set_input("image", ramp());
    const run_profile profile = c.profile();
    CHECK(profile.steps.size() == 2);
    CHECK(profile.steps[1].name == "scale");
    CHECK(profile.steps[0].kernel == "pointwise");
    CHECK(profile.total_ms > 0);
    CHECK(profile.table().find("2 steps, ") != std::string::npos);
    CHECK(profile.json().find("\"name\": \"act\"") != std::string::npos);
    CHECK(c.get("scores")[0] == t.expected(-500, 0));
}

TEST_CASE("context: step by step, each tensor is seen as it is at that moment") {
    const two_steps t;
    context c = t.engine.make_context();
    const auto x = ramp();
    c.set_input("image", x);
    std::vector<std::string> seen;
    c.run_steps([&](std::size_t step, const plan_tensor& tensor, std::span<const float> values) {
        seen.push_back(std::string(tensor.name));
        CHECK(values.size() == 1000);
        CHECK(values[900] == (step == 0 ? 400.0f : t.expected(x[900], 900)));
    });
    CHECK(seen == std::vector<std::string>{"relu", "sum"});
}

TEST_CASE("engine: a tactic that the device cannot run gives way to the next, or to a sentence") {
    hand_plan p;
    make_relu(p);
    plan_records& r = p.records;
    const auto too_large = static_cast<std::uint32_t>(65536);
    r.tactics.push_back({"wide", "", p.list({8, 1, 1}), p.list({too_large, 1, 1}), 0});
    r.tactics.push_back({"deep", "", p.list({8, 1, 1}), p.list({1, 1, 1}), 0xffffffff});
    r.steps[0].tactic = 1;
    r.kernels[0].tactics = p.list({1, 2});
    hand_weights none;
    const weights file = none.open();
    const caught fault = fault_of([&] { engine(p.bytes(), file); });
    CHECK(fault.code == errc::device_limit);
    CHECK(fault.says("step 0 'act' (pointwise) needs 4294967295 bytes of local memory"));
    r.kernels[0].tactics = p.list({1, 2, 0});
    const engine e(p.bytes(), file);
    CHECK(e.report().kernels[0].tactic == "plain");
    CHECK(e.run(ramp())[999] == 499);
}

TEST_CASE("engine: a tactic that needs an ability gives way where the device has none such") {
    hand_plan p;
    make_relu(p);
    plan_records& r = p.records;
    r.tactics.push_back({"units", "", p.list({8, 1, 1}), p.list({1, 1, 1}), 0, "warp_speed"});
    r.steps[0].tactic = 1;
    r.kernels[0].tactics = p.list({1});
    hand_weights none;
    const weights file = none.open();
    const caught fault = fault_of([&] { engine(p.bytes(), file); });
    CHECK(fault.code == errc::device_limit);
    CHECK(fault.says("step 0 'act' (pointwise) needs the ability 'warp_speed', the device has "));
    r.kernels[0].tactics = p.list({1, 0});
    const engine e(p.bytes(), file);
    CHECK(e.report().kernels[0].tactic == "plain");
    CHECK(e.tactic_chosen_by(0) == chosen_by::device);
    CHECK(e.run(ramp())[999] == 499);
    CHECK(plan_view::open(p.bytes(), "plan")->tactics[1].needs == "warp_speed");
}

TEST_CASE("engine: without any of the abilities it takes the portable tactic, or says so") {
    hand_weights none;
    const weights file = none.open();
    int missing = 0;
    for (int i = 1; i < static_cast<int>(ability::end); ++i) {
        const std::string_view name = to_text(static_cast<ability>(i));
        if (device::best().facts().is_able(name)) continue;
        CAPTURE(std::string(name));
        ++missing;
        hand_plan p;
        make_relu(p);
        p.records.tactics.push_back({"units", "", p.list({8, 1, 1}), p.list({1, 1, 1}), 0, name});
        p.records.steps[0].tactic = 1;
        p.records.kernels[0].tactics = p.list({1});
        const caught fault = fault_of([&] { engine(p.bytes(), file); });
        CHECK(fault.code == errc::device_limit);
        CHECK(fault.says("needs the ability '" + std::string(name) + "', the device has "));
        p.records.kernels[0].tactics = p.list({1, 0});
        const engine e(p.bytes(), file);
        CHECK(e.report().kernels[0].tactic == "plain");
        CHECK(e.run(ramp())[999] == 499);
    }
    CHECK(missing > 0);
}

TEST_CASE("engine: a merged step with more work-items than can be counted is named") {
    if (device::best().facts().type != device_type::cpu) return;
    hand_plan p;
    make_two_steps(p);
    p.records.steps[1].extents = p.list({0x40000000, 64, 1});
    hand_weights file;
    file.add("bias", {1000}, ramp());
    const weights opened = file.open();
    const caught fault = fault_of([&] { engine(p.bytes(), opened); });
    CHECK(fault.code == errc::device_limit);
    CHECK(fault.says("step 1 'scale' (pointwise) has 8589934592 work-items, at most 2147483647"));
}

TEST_CASE("engine: rows of measured tactics come before the plan's choice") {
    hand_plan p;
    make_relu(p);
    plan_records& r = p.records;
    r.tactics.push_back({"pairs", "", p.list({8, 1, 1}), p.list({1, 1, 1}), 0});
    r.kernels[0].tactics = p.list({0, 1});
    hand_weights none;
    const weights file = none.open();
    const device dev = device::best();
    const std::vector<tuning_row> rows
        = {{tuning_scope::type, std::string(to_text(dev.facts().type)), "pointwise", {}, "pairs"}};
    CHECK(engine(p.bytes(), file, dev, {.tuning = rows}).report().kernels[0].tactic == "pairs");
    CHECK(engine(p.bytes(), file, dev).report().kernels[0].tactic == "plain");
    const std::vector<tuning_row> sizes
        = {{tuning_scope::type, std::string(to_text(dev.facts().type)), "pointwise", {1000, 1, 1},
               "plain"},
            {tuning_scope::name, dev.name(), "pointwise", {}, "pairs"}};
    CHECK(*find_tactic(sizes, dev.facts(), "pointwise", r.steps[0].extents) == "plain");
    CHECK(*find_tactic(sizes, dev.facts(), "pointwise", p.list({9, 1, 1})) == "pairs");
    CHECK(!find_tactic(sizes, dev.facts(), "conv2d", p.list({9, 1, 1})));
}

TEST_CASE("engine: kernels that do not build, or are not known, are named") {
    hand_plan p;
    make_relu(p);
    hand_weights none;
    const weights file = none.open();
    p.records.kernels[0].text = "this is not OpenCL";
    CHECK(fault_of([&] { engine(p.bytes(), file); }).code == errc::kernel_build);
    p.records.kernels[0].text = "";
    p.records.kernels[0].family = "no_such_family";
    const caught fault = fault_of([&] { engine(p.bytes(), file); });
    CHECK(fault.code == errc::plan_version);
    CHECK(fault.says("'no_such_family'"));
    p.records.kernels[0].family = "pointwise";
    p.records.arena_bytes = std::uint64_t{1} << 41;
    CHECK(fault_of([&] { engine(p.bytes(), file).make_context(); }).code == errc::device_limit);
}

TEST_CASE("engine: a second one finds its kernels in the cache") {
    relu_engine();
    CHECK(relu_engine().report().cache_hits + relu_engine().report().cache_misses == 1);
    CHECK(relu_engine().report().table().find("pointwise") != std::string::npos);
}

TEST_CASE("engine: a first result does not wait for the cache, a second run or the end writes it") {
    const lamina_test::temporary_folder folder;
    const lamina_test::temporary_variable cache("LAMINA_CACHE_DIR", folder.path.string());
    const auto files
        = [&] { return std::distance(std::filesystem::directory_iterator(folder.path), {}); };
    const std::vector<float> values(1000, 1.0f);
    const bool lazily = device::best().facts().compiles_lazily;
    std::ptrdiff_t programs = 0;
    {
        const two_steps one;
        programs = static_cast<std::ptrdiff_t>(one.engine.report().launches);
        one.engine.run(values);
        CHECK(files() == (lazily ? 0 : programs));
        one.engine.run(values);
        CHECK(files() == programs);
    }
    {
        const two_steps found;
        CHECK(found.engine.report().cache_hits == 2);
    }
    for (const auto& file : std::filesystem::directory_iterator(folder.path))
        std::filesystem::remove(file);
    {
        const two_steps once;
        once.engine.run(values);
    }
    CHECK(files() == programs);
    for (const auto& file : std::filesystem::directory_iterator(folder.path))
        std::filesystem::remove(file);
    {
        const two_steps enqueued;
        context c = enqueued.engine.make_context();
        c.set_input("image", values);
        const opencl::event done = c.enqueue();
        const cl_event event = done.get();
        clWaitForEvents(1, &event);
    }
    CHECK(files() == programs);
}

TEST_CASE("engine: a fault of the weights is told, whatever the kernels are about") {
    hand_plan p;
    make_two_steps(p);
    p.records.kernels[0].text = "this is not OpenCL";
    hand_weights file;
    file.add("bais", {1000}, ramp(1));
    CHECK(fault_of([&] { engine(p.bytes(), file.open()); }).code == errc::tensor_missing);
}

TEST_CASE("engine: LAMINA_SHOW takes words that are known") {
    setenv("LAMINA_SHOW", "plan,tims", 1);
    const caught fault = fault_of([] { relu_engine(); });
    unsetenv("LAMINA_SHOW");
    CHECK(fault.code == errc::option);
    CHECK(fault.says("'tims'"));
}

TEST_CASE("run: argmax_of, top_k and softmax_of") {
    const std::vector<float> scores = {1, 3, 3, -2};
    CHECK(argmax_of(scores) == 1);
    CHECK(argmax_of(std::vector<float>()) == -1);
    CHECK(argmax(result{scores, {}, {4}}) == 1);
    CHECK(top_k(scores, 3) == std::vector<int>{1, 2, 0});
    CHECK(top_k(scores, 9).size() == 4);
    const float n = std::nanf("");
    CHECK(argmax_of(std::vector<float>{1, n, 3, n}) == 1);
    CHECK(top_k(std::vector<float>{1, n, 3, n, 2}, 4) == std::vector<int>{1, 3, 2, 4});
    const auto p = softmax_of(scores);
    CHECK(p[0] + p[1] + p[2] + p[3] == doctest::Approx(1));
    CHECK(p[1] == doctest::Approx(0.4666).epsilon(0.001));
}
