// SPDX-License-Identifier: Apache-2.0
// What Lamina says and does when one OpenCL call fails: this program's own calls of some functions
// go through hooks, for the functions of a program stand before those of its libraries. life.cpp
// and sweep.py try every call; here each expected answer is written down.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <lamina/run.hpp>
#include <lamina/runtime/mapped_buffer.hpp>
#include <lamina/runtime/parallel.hpp>
#include <lamina/runtime/tuner.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"
#include "../support/temporary.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::fault_of;
using lamina_test::hand_plan;
using lamina_test::hand_weights;

namespace {

/// Asked before each call of a hooked function: its name and, of clGetDeviceInfo, what is asked.
/// CL_SUCCESS lets the call go on.
std::function<cl_int(std::string_view, cl_uint)> hook;
std::atomic<int> mapped = 0, released = 0;
thread_local int refuse_allocation = 0;  ///< 1: the next one

cl_int ask(std::string_view name, cl_uint what = 0) { return hook ? hook(name, what) : CL_SUCCESS; }

/// Sets the hook for a scope.
struct with_hook {
    explicit with_hook(std::function<cl_int(std::string_view, cl_uint)> of) {
        hook = std::move(of);
    }
    with_hook(const with_hook&) = delete;
    with_hook& operator=(const with_hook&) = delete;
    ~with_hook() { hook = nullptr; }
};

/// Fails calls of one function: the `from`th and those behind it, `times` of them.
auto failing(
    std::string_view name, int from = 1, int times = 1 << 30, cl_int code = CL_OUT_OF_HOST_MEMORY) {
    return [=, n = 0](std::string_view called, cl_uint) mutable {
        if (called != name) return CL_SUCCESS;
        ++n;
        return n >= from && n - from < times ? code : CL_SUCCESS;
    };
}

template <class Function> Function real(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) real<decltype(&name)>(#name)

constexpr std::size_t count = 1000;

std::vector<float> ramp(float from) {
    std::vector<float> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = from + static_cast<float>(i);
    return out;
}

engine two_steps(const engine_options& options = {}) {
    hand_plan p;
    make_two_steps(p);
    plan_records& r = p.records;
    r.tactics.push_back({"second", "#define SECOND 1\n", p.list({8, 1, 1}), p.list({1, 1, 1}), 0});
    for (plan_kernel& k : r.kernels) k.tactics = p.list({0, 1});
    hand_weights file;
    file.add("bias", {count}, ramp(1));
    return engine(p.bytes(), file.open(), device::best(), options);
}

/// y = relu(x), so slowly that the host is long gone when it ends.
engine slow() {
    hand_plan p;
    make_relu(p);
    plan_records& r = p.records;
    r.kernels[0].family = "slow";
    r.kernels[0].defines = "";
    r.kernels[0].text
        = "__kernel void slow(OUT(y), IN(x)) {\n"
          "    OPEN(y);\n    OPEN(x);\n"
          "    for (int i = get_global_id(0) * 8; i < get_global_id(0) * 8 + 8; ++i) {\n"
          "        float v = x[i];\n"
          "        for (int k = 0; k < 300000; ++k) v = v * 1.0000001f;\n"
          "        y[i] = v > 0.0f ? x[i] : 0.0f;\n    }\n}\n";
    hand_weights none;
    return engine(p.bytes(), none.open());
}

void check_scores(std::span<const float> y, const std::vector<float>& x) {
    const auto bias = ramp(1);
    int wrong = 0;
    for (std::size_t i = 0; i < count; ++i) wrong += y[i] != (x[i] > 0 ? x[i] : 0) * 3 + bias[i];
    CHECK(wrong == 0);
}

opencl::queue user_queue(const device& dev, cl_command_queue_properties properties = 0) {
    return opencl::queue(clCreateCommandQueue(dev.context(), dev.id(), properties, nullptr));
}

cl_int status_of(const opencl::event& event) {
    cl_int status = CL_QUEUED;
    clGetEventInfo(event.get(), CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, nullptr);
    return status;
}

}  // namespace

extern "C" {
cl_int clGetDeviceInfo(
    cl_device_id of, cl_device_info what, std::size_t size, void* to, std::size_t* needed) {
    if (const cl_int code = ask("clGetDeviceInfo", what)) return code;
    return REAL(clGetDeviceInfo)(of, what, size, to, needed);
}
cl_int clGetPlatformInfo(
    cl_platform_id of, cl_platform_info what, std::size_t size, void* to, std::size_t* needed) {
    if (const cl_int code = ask("clGetPlatformInfo", what)) return code;
    return REAL(clGetPlatformInfo)(of, what, size, to, needed);
}
cl_int clFinish(cl_command_queue queue) {
    if (const cl_int code = ask("clFinish")) return code;
    return REAL(clFinish)(queue);
}
cl_int clFlush(cl_command_queue queue) {
    if (const cl_int code = ask("clFlush")) return code;
    return REAL(clFlush)(queue);
}
cl_int clWaitForEvents(cl_uint n, const cl_event* list) {
    if (const cl_int code = ask("clWaitForEvents")) return code;
    return REAL(clWaitForEvents)(n, list);
}
cl_int clSetKernelArg(cl_kernel of, cl_uint at, std::size_t size, const void* value) {
    if (const cl_int code = ask("clSetKernelArg")) return code;
    return REAL(clSetKernelArg)(of, at, size, value);
}
cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel of, cl_uint axes,
    const std::size_t* offset, const std::size_t* global, const std::size_t* local, cl_uint n,
    const cl_event* list, cl_event* event) {
    if (const cl_int code = ask("clEnqueueNDRangeKernel")) return code;
    return REAL(clEnqueueNDRangeKernel)(queue, of, axes, offset, global, local, n, list, event);
}
cl_int clBuildProgram(cl_program of, cl_uint n, const cl_device_id* on, const char* options,
    void(CL_CALLBACK* done)(cl_program, void*), void* user) {
    if (const cl_int code = ask("clBuildProgram")) return code;
    return REAL(clBuildProgram)(of, n, on, options, done, user);
}
cl_int clGetProgramInfo(
    cl_program of, cl_program_info what, std::size_t size, void* to, std::size_t* needed) {
    if (const cl_int code = ask("clGetProgramInfo")) return code;
    return REAL(clGetProgramInfo)(of, what, size, to, needed);
}
cl_int clRetainMemObject(cl_mem one) {
    if (const cl_int code = ask("clRetainMemObject")) return code;
    return REAL(clRetainMemObject)(one);
}
cl_int clReleaseMemObject(cl_mem one) {
    ++released;
    return REAL(clReleaseMemObject)(one);
}
void* clEnqueueMapBuffer(cl_command_queue queue, cl_mem of, cl_bool wait, cl_map_flags flags,
    std::size_t offset, std::size_t size, cl_uint n, const cl_event* list, cl_event* event,
    cl_int* code) {
    void* at = REAL(clEnqueueMapBuffer)(queue, of, wait, flags, offset, size, n, list, event, code);
    mapped += at != nullptr;
    ask("mapped");
    return at;
}
cl_int clEnqueueUnmapMemObject(
    cl_command_queue queue, cl_mem of, void* at, cl_uint n, const cl_event* list, cl_event* event) {
    if (const cl_int code = ask("clEnqueueUnmapMemObject")) return code;
    --mapped;
    return REAL(clEnqueueUnmapMemObject)(queue, of, at, n, list, event);
}
}

// Not under AddressSanitizer, which has its own: nothing is refused there.
#if defined(__SANITIZE_ADDRESS__)
#define REFUSES_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REFUSES_ALLOCATIONS 0
#endif
#endif
#ifndef REFUSES_ALLOCATIONS
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    if (refuse_allocation && --refuse_allocation == 0) throw std::bad_alloc();
    if (void* at = std::malloc(bytes ? bytes : 1)) return at;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept { std::free(at); }
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept { std::free(at); }
#endif

TEST_CASE("device: a fact that decides how to run and cannot be read is a sentence with its name") {
    const device there = device::best();
    for (const auto& [what, name] : {std::pair<cl_uint, const char*>{CL_DEVICE_NAME, "name"},
             {CL_DEVICE_VENDOR, "vendor"}, {CL_DRIVER_VERSION, "driver's version"},
             {CL_DEVICE_VERSION, "OpenCL version"}, {CL_DEVICE_EXTENSIONS, "extensions"},
             {CL_DEVICE_TYPE, "type"}, {CL_DEVICE_MAX_COMPUTE_UNITS, "number of compute units"},
             {CL_DEVICE_MAX_WORK_GROUP_SIZE, "largest work-group"},
             {CL_DEVICE_MAX_WORK_ITEM_SIZES, "largest work-group along each dimension"},
             {CL_DEVICE_LOCAL_MEM_SIZE, "size of local memory"},
             {CL_DEVICE_GLOBAL_MEM_SIZE, "size of memory"},
             {CL_DEVICE_MAX_MEM_ALLOC_SIZE, "largest buffer"},
             {CL_DEVICE_MEM_BASE_ADDR_ALIGN, "alignment"},
             {CL_DEVICE_HOST_UNIFIED_MEMORY, "sharing of the host's memory"}}) {
        const with_hook failure([what = what](std::string_view name, cl_uint asked) {
            return name == "clGetDeviceInfo" && asked == what ? CL_OUT_OF_HOST_MEMORY : CL_SUCCESS;
        });
        CAPTURE(name);
        const caught fault = fault_of([&] { device::in_context(there.context(), there.id()); });
        CHECK(fault.code == errc::device_failure);
        CHECK(fault.says(std::string("does not report its ") + name
            + ": 'the host ran out of memory (CL_OUT_OF_HOST_MEMORY, -6)'"));
        CHECK(fault.says("LAMINA_DEVICE"));
    }
    for (const cl_uint what : {CL_PLATFORM_NAME, CL_PLATFORM_VERSION}) {
        const with_hook failure([what](std::string_view name, cl_uint asked) {
            return name == "clGetPlatformInfo" && asked == what ? CL_OUT_OF_RESOURCES : CL_SUCCESS;
        });
        CHECK(fault_of([&] {
            device::in_context(there.context(), there.id());
        }).says("the platform of " + there.subject() + " does not report its "));
    }
    CHECK_NOTHROW(device::in_context(there.context(), there.id()));
}

TEST_CASE("context: after a run that failed there is nothing to get until one has ended well") {
    for (const bool merge : {true, false}) {
        const engine e = two_steps({.merge = merge});
        context c = e.make_context();
        c.set_input("image", ramp(-500)).run();
        check_scores(c.get("scores"), ramp(-500));
        for (const char* call : {"clFinish", "clEnqueueNDRangeKernel"}) {
            c.set_input("image", ramp(-100));
            {
                const with_hook failure(failing(call));
                CHECK(fault_of([&] { c.run(); }).code == errc::device_limit);
            }
            const caught fault = fault_of([&] { c.get("scores"); });
            CHECK(fault.code == errc::output_missing);
            CHECK(fault.says("output 'scores' has no values: the last run failed"));
            c.run();
            check_scores(c.get("scores"), ramp(-100));
        }
        {
            const with_hook failure(failing("clEnqueueNDRangeKernel"));
            CHECK(fault_of([&] { c.enqueue(); }).code == errc::device_limit);
        }
        CHECK(fault_of([&] { c.get("scores"); }).says("the last run failed"));
        {
            const with_hook failure(failing("clFinish", 2));
            CHECK(fault_of([&] { c.profile(); }).code != errc{});
        }
        CHECK(fault_of([&] { c.get("scores"); }).says("the last run failed"));
        const opencl::event done = c.enqueue();
        check_scores(c.get("scores"), ramp(-100));
        CHECK(status_of(done) == CL_COMPLETE);
    }
}

TEST_CASE("context: its end waits for the user's queue, and for runs that failed in the middle") {
    const engine e = slow();
    const device dev = e.device_of();
    for (const cl_command_queue_properties properties : {cl_command_queue_properties{0},
             cl_command_queue_properties{CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE}}) {
        const opencl::queue queue = user_queue(dev, properties);
        if (!queue) continue;
        opencl::event done;
        {
            context c = e.make_context();
            c.set_input("image", ramp(-500));
            done = c.enqueue(queue.get());
            CHECK(status_of(done) != CL_COMPLETE);  // or this test shows nothing
        }
        CHECK(status_of(done) == CL_COMPLETE);
        // The call that waits may fail, the memory is in use all the same.
        {
            context c = e.make_context();
            c.set_input("image", ramp(-500));
            done = c.enqueue(queue.get());
            hook = failing("clWaitForEvents");
        }
        hook = nullptr;
        CHECK(status_of(done) == CL_COMPLETE);
        // A run whose last call failed has no event, and is in the queue.
        {
            context c = e.make_context();
            c.set_input("image", ramp(-500));
            {
                const with_hook failure(failing("clFlush", 2));
                CHECK(fault_of([&] { c.enqueue(queue.get()); }).code == errc::device_limit);
            }
            REQUIRE(
                clEnqueueMarkerWithWaitList(queue.get(), 0, nullptr, done.fill()) == CL_SUCCESS);
            REQUIRE(clFlush(queue.get()) == CL_SUCCESS);
            CHECK(status_of(done) != CL_COMPLETE);
        }
        CHECK(status_of(done) == CL_COMPLETE);
    }
    // The user's queue may go before the context; runs in one queue wait for those in another.
    context c = e.make_context();
    c.set_input("image", ramp(-500));
    opencl::event first;
    {
        const opencl::queue queue = user_queue(dev);
        first = c.enqueue(queue.get());
    }
    const opencl::event second = c.enqueue();
    const cl_event wait = second.get();
    CHECK(clWaitForEvents(1, &wait) == CL_SUCCESS);
    CHECK(status_of(first) == CL_COMPLETE);
    CHECK(c.get("scores")[999] == 499);
    CHECK(c.get("scores")[0] == 0);
}

TEST_CASE("context: memory stays where it cannot be known whether the device has ended") {
    const engine e = slow();
    (void)e.run(ramp(0));  // compiled
    std::optional<context> c = e.make_context();
    c->set_input("image", ramp(-500));
    {
        const with_hook failure(failing("clFinish"));
        CHECK(fault_of([&] { c->run(); }).code == errc::device_limit);
        const int before = released;
        c.reset();
        CHECK(released == before);
    }
    CHECK(e.run(ramp(-500))[999] == 499);
}

TEST_CASE("context: one that was moved from is told, and so is an engine") {
    engine e = two_steps();
    context c = e.make_context();
    context to = std::move(c);
    to.set_input("image", ramp(-500)).run();
    check_scores(to.get("scores"), ramp(-500));
    for (const std::function<void()>& call : std::vector<std::function<void()>>{[&] { c.run(); },
             [&] { c.set_input("image", ramp(0)); }, [&] { c.get("scores"); }, [&] { c.enqueue(); },
             [&] { c.profile(); }, [&] { c.plan(); }}) {
        const caught fault = fault_of(call);
        CHECK(fault.code == errc::option);
        CHECK(fault.says("this context was moved from"));
    }
    const engine other = std::move(e);
    for (const std::function<void()>& call :
        std::vector<std::function<void()>>{[&] { (void)e.make_context(); }, [&] { e.run(ramp(0)); },
            [&] { e.save("/dev/null"); }, [&] { (void)e.report(); }, [&] { (void)e.tuned({}); }})
        CHECK(fault_of(call).says("this engine was moved from"));
    // A context keeps what it needs of its engine.
    context last = std::optional<engine>(two_steps())->make_context();
    last.set_input("image", ramp(-20)).run();
    check_scores(last.get("scores"), ramp(-20));
}

TEST_CASE("context: a bind that fails in the middle leaves the binding that there was") {
    for (const bool merge : {true, false}) {
        const engine e = two_steps({.merge = merge});
        const device dev = e.device_of();
        context c = e.make_context();
        c.set_input("image", ramp(-500));
        for (int n = 1;; ++n) {
            opencl::buffer in(
                clCreateBuffer(dev.context(), CL_MEM_READ_WRITE, count * 4, nullptr, nullptr));
            caught fault;
            {
                const with_hook failure(failing("clSetKernelArg", n, 2));
                fault = fault_of([&] { c.bind("image", in.get()); });
            }
            if (fault.code == errc{}) break;
            CHECK(fault.says(": setting its arguments on device '"));
            CHECK(!fault.says("launching it"));
            in = {};
            c.run();
            check_scores(c.get("scores"), ramp(-500));
        }
        opencl::buffer in(
            clCreateBuffer(dev.context(), CL_MEM_READ_WRITE, count * 4, nullptr, nullptr));
        {
            const with_hook failure(failing("clRetainMemObject"));
            CHECK(fault_of([&] { c.bind("image", in.get()); }).code == errc::device_limit);
        }
        // An input that could not be set has no values.
        {
            const with_hook failure(failing("clEnqueueUnmapMemObject"));
            if (dev.facts().shares_host_memory) {
                CHECK(fault_of([&] { c.set_input("image", ramp(0)); }).code == errc::device_limit);
                CHECK(fault_of([&] { c.run(); }).code == errc::input_missing);
            }
        }
        c.set_input("image", ramp(-7)).run();
        check_scores(c.get("scores"), ramp(-7));
    }
    CHECK(mapped <= 8);  // the outputs of living contexts at most
}

TEST_CASE("context: a cache that cannot be stored is no error of a run or of a destructor") {
    const lamina_test::temporary_folder folder;
    const lamina_test::temporary_variable cache("LAMINA_CACHE_DIR", folder / "cache");
    const engine e = two_steps();
    const with_hook failure([](std::string_view name, cl_uint) -> cl_int {
        if (name == "clGetProgramInfo") throw std::bad_alloc();
        return CL_SUCCESS;
    });
    context c = e.make_context();
    c.set_input("image", ramp(-500)).run();
    CHECK_NOTHROW(c.run());
    check_scores(c.get("scores"), ramp(-500));
}

TEST_CASE("engine: threads that save it, or engines that share its weights, map them in turn") {
    const lamina_test::temporary_folder folder;
    const engine first = two_steps();
    const engine tuned = first.tuned(timing_cache());
    const int before = mapped;
    std::atomic<int> most = 0, saved = 0;
    const with_hook slowly([&](std::string_view name, cl_uint) {
        if (name == "mapped") {
            const int now = mapped - before;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {}
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return CL_SUCCESS;
    });
    std::vector<std::thread> threads;
    for (int n = 0; n < 4; ++n)
        threads.emplace_back([&, n] {
            (n % 2 ? tuned : first).save(folder / (std::to_string(n) + ".plan"));
            ++saved;
        });
    for (std::thread& each : threads) each.join();
    CHECK(saved == 4);
    CHECK(most == 1);
    CHECK(mapped == before);
}

TEST_CASE("mapped buffer: the text of an error that does not come costs no mapping") {
    const device dev = device::best();
    const opencl::buffer memory(
        clCreateBuffer(dev.context(), CL_MEM_READ_WRITE, 4096, nullptr, nullptr));
    for (int n = 1; n < 4; ++n) {
        const int before = mapped;
        const with_hook failure([n](std::string_view name, cl_uint) {
            if (name == "mapped") refuse_allocation = n;
            return CL_SUCCESS;
        });
        try {
            const detail::mapped_buffer bytes(dev, memory.get(), 4096, CL_MAP_WRITE);
            refuse_allocation = 0;
            CHECK(mapped == before + 1);
        } catch (const std::bad_alloc&) {}
        refuse_allocation = 0;
        CHECK(mapped == before);
    }
}

TEST_CASE("parallel: without memory for another thread those that there are do the work") {
    for (int n = 1; n < 12; ++n) {
        std::vector<std::atomic<int>> times(100);
        refuse_allocation = n;
        detail::in_parallel(times.size(), [&](std::size_t i) { ++times[i]; }, 4);
        refuse_allocation = 0;
        for (const auto& t : times) CHECK(t == 1);
        bool done = false;
        refuse_allocation = n;
        detail::side_work side([&](const std::atomic<bool>&) { done = true; });
        refuse_allocation = 0;
        side.done();
        CHECK(done);
    }
}

TEST_CASE("program: memory that ran out while building says nothing about the kernel's text") {
    const lamina_test::temporary_variable cache("LAMINA_CACHE_DIR", "off");
    {
        const with_hook failure(failing("clBuildProgram"));
        const caught fault = fault_of([] { two_steps(); });
        CHECK(fault.code == errc::device_limit);
        CHECK(fault.says("clBuildProgram on device "));
    }
    const with_hook failure(failing("clBuildProgram", 1, 1 << 30, CL_BUILD_PROGRAM_FAILURE));
    CHECK(fault_of([] { two_steps(); }).code == errc::kernel_build);
}

TEST_CASE("tune: refused is what the device refuses, not what failed once or for want of memory") {
    const lamina_test::temporary_variable cache("LAMINA_CACHE_DIR", "off");
    const engine e = two_steps({.merge = false});
    struct outcome {
        std::size_t refused = 0, timed = 0;
        tuning_report report;
    };
    const auto tune_with = [&](std::function<cl_int(std::string_view, cl_uint)> of) {
        timing_cache times;
        outcome out;
        {
            detail::tuner one(e, times, {});
            const with_hook failure(std::move(of));
            out.report = one.run();
        }
        for (const auto& [device, problems] : times.all())
            for (const auto& [problem, entry] : problems)
                for (const timed_tactic& t : entry.tactics)
                    ++(t.nanoseconds == 0 ? out.refused : out.timed);
        return out;
    };
    // A launch, or a build, that fails once.
    for (int n = 12; n < 20; ++n) {
        CAPTURE(n);
        try {
            const outcome once = tune_with(failing("clEnqueueNDRangeKernel", n, 1));
            CHECK(once.refused == 0);
        } catch (const error&) {}  // in a part that is not about one tactic
    }
    for (const cl_int code : {CL_BUILD_PROGRAM_FAILURE, CL_OUT_OF_HOST_MEMORY}) {
        const outcome once = tune_with(failing("clBuildProgram", 1, 1, code));
        CHECK(once.refused == 0);
        CHECK(once.timed == 4);
        CHECK(once.report.failures.empty());
    }
    // A build that always fails: for its text it is refused, for want of memory it is left out.
    outcome always = tune_with(failing("clBuildProgram", 1, 1 << 30, CL_BUILD_PROGRAM_FAILURE));
    CHECK(always.refused == 2);
    CHECK(always.report.failures.empty());
    always = tune_with(failing("clBuildProgram", 1, 1 << 30, CL_OUT_OF_HOST_MEMORY));
    CHECK(always.refused == 0);
    CHECK(always.timed == 2);
    CHECK(always.report.failures.size() == 2);
    CHECK(always.report.complete());
    CHECK(!always.report.problems[0].complete());
    CHECK(
        always.report.table().find("not measured: kernel pointwise (second)") != std::string::npos);
}
