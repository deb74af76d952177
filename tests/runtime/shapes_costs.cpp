// SPDX-License-Identifier: Apache-2.0
// What a change of shape asks the driver for, counted: programs, kernels, arguments and bytes that are cleared.
#include <doctest/doctest.h>

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <vector>

#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include "support/quick_kernels.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"

using namespace lamina;

namespace {

/// Calls of the program since the last start.
struct counted_calls {
    std::size_t programs = 0, kernels = 0, arguments = 0, cleared = 0;  ///< the last one in bytes
};
counted_calls counted;

template <class Call> Call driver_call(const char* name) {
    const auto found = reinterpret_cast<Call>(::dlsym(RTLD_NEXT, name));
    if (!found) std::abort();
    return found;
}

/// A recurrent layer whose threads meet at counters in the arena, behind steps that all merge.
struct texts {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 4});
        const int length = net.dim("length", {.min = 4, .opt = 8, .max = 64, .step = 4});
        const auto x = net.input("x", {length, batch, 64});
        const auto out = (x | lstm{"layer", {.hidden_size = 64}}).output;
        net.output("y", out | relu{} | linear{"fc", 24});
    }
};

/// Without shapes of one, and with extents that the same numbers divide: of one class.
struct pictures {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.min = 2, .max = 8, .step = 2});
        const auto x = net.input("x", {batch, 16, 8, 8});
        net.output("y", x | conv2d{"a", {.out = 32}} | relu{} | conv2d{"b", {.out = 16}});
    }
};

/// Convolutions with and without padding, a residual, attention and linear layers: of two kinds of programs on gpu,
/// with sizes as arguments and with ways to cut products as constants.
struct photos {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.opt = 2, .max = 12});
        const int size = net.dim("size", {.min = 12, .opt = 32, .max = 60, .step = 4});
        auto x = net.input("x", {batch, 3, size, size});
        x = x | conv2d{"stem", {.out = 16, .kernel = 3, .stride = 2, .pad = 1}} | relu{};
        x = (x | conv2d{"body", {.out = 16, .kernel = 3, .pad = 1}}) + x | relu{};
        x = x | conv2d{"wide", {.out = 32}} | relu{} | max_pool{{.kernel = 2, .stride = 2}};
        const int pixels = (size / 4) * (size / 4);
        auto rows = x | reshape{{batch, 32, pixels}} | permute{{0, 2, 1}};
        rows = attention(rows | linear{"q", 32}, rows | linear{"k", 32}, rows | linear{"v", 32});
        net.output("scores", rows | reduce_mean{1} | linear{"fc", 10});
    }
};

struct at_shape {
    int batch, length;
    std::vector<shape_value> values() const { return {{"batch", batch}, {"length", length}}; }
};
constexpr at_shape shapes[] = {{1, 64}, {4, 8}, {2, 12}, {4, 64}, {3, 36}, {1, 4}, {4, 32}};

template <class Net> lamina_test::random_weights weights_of(lamina_test::random_source& random) {
    network net;
    Net::define(net);
    return lamina_test::random_weights(net, random);
}

}  // namespace

extern "C" {
cl_int CL_API_CALL clBuildProgram(cl_program program, cl_uint count, const cl_device_id* devices,
    const char* options, void(CL_CALLBACK* done)(cl_program, void*), void* data) {
    static const auto real = driver_call<decltype(&clBuildProgram)>("clBuildProgram");
    ++counted.programs;
    return real(program, count, devices, options, done, data);
}
cl_kernel CL_API_CALL clCreateKernel(cl_program program, const char* name, cl_int* code) {
    static const auto real = driver_call<decltype(&clCreateKernel)>("clCreateKernel");
    ++counted.kernels;
    return real(program, name, code);
}
cl_int CL_API_CALL clSetKernelArg(
    cl_kernel kernel, cl_uint at, std::size_t bytes, const void* value) {
    static const auto real = driver_call<decltype(&clSetKernelArg)>("clSetKernelArg");
    ++counted.arguments;
    return real(kernel, at, bytes, value);
}
cl_int CL_API_CALL clEnqueueFillBuffer(cl_command_queue queue, cl_mem buffer, const void* pattern,
    std::size_t pattern_bytes, std::size_t offset, std::size_t bytes, cl_uint count,
    const cl_event* after, cl_event* done) {
    static const auto real = driver_call<decltype(&clEnqueueFillBuffer)>("clEnqueueFillBuffer");
    counted.cleared += bytes;
    return real(queue, buffer, pattern, pattern_bytes, offset, bytes, count, after, done);
}
}

TEST_CASE("a change of shape builds nothing, and clears counters alone") {
    lamina_test::random_source random("runtime shapes_costs");
    const lamina_test::random_weights file = weights_of<texts>(random);
    const engine made(plan<texts>, file.opened());
    if (made.plan().steps.size() == made.report().launches) return;  // no merged steps: not a CPU
    const std::vector<float> all = random.numbers(64 * 4 * 64, -1, 1);
    std::vector<std::vector<float>> expected;
    std::size_t largest = 0;
    for (const at_shape& s : shapes) {
        const engine at = made.at(s.values());
        largest = std::max(largest, static_cast<std::size_t>(at.plan().arena_bytes));
        expected.push_back(
            at.run(std::span(all).first(static_cast<std::size_t>(s.length * s.batch * 64))).values);
    }
    counted = {};
    context run = made.make_context();
    // Pages are there before a larger shape needs them.
    CHECK(counted.cleared >= largest);
    const auto run_all = [&] {
        for (std::size_t i = 0; i < std::size(shapes); ++i) {
            const at_shape& s = shapes[i];
            CAPTURE(s.batch);
            CAPTURE(s.length);
            const auto x = std::span(all).first(static_cast<std::size_t>(s.length * s.batch * 64));
            run.set_input("x", x, {s.length, s.batch, 64}).run();
            const std::span<const float> got = run.get("y");
            CHECK(std::vector<float>(got.begin(), got.end()) == expected[i]);
        }
    };
    constexpr std::size_t of_counters = 4096;
    counted = {};
    run_all();
    CHECK(counted.programs == 0);
    CHECK(counted.kernels == std::size(shapes));  // one launch each
    CHECK(counted.cleared <= std::size(shapes) * of_counters);
    for (int round = 0; round < 3; ++round) {
        counted = {};
        run_all();
        CHECK(counted.programs == 0);
        CHECK(counted.kernels == 0);
        CHECK(counted.arguments == 0);
        CHECK(counted.cleared > 0);
        CHECK(counted.cleared <= std::size(shapes) * of_counters);
    }
}

TEST_CASE("kernels with general sizes: a batch that is new builds nothing") {
    lamina_test::random_source random("runtime shapes_costs gpu");
    const lamina_test::random_weights file = weights_of<pictures>(random);
    const engine made(plan<pictures, gpu.general_sizes()>, file.opened());
    const engine first = made.at({{"batch", 4}});
    const std::vector<float> all = random.numbers(8 * 16 * 64, -1, 1);
    for (const int batch : {6, 8, 2}) {
        CAPTURE(batch);
        counted = {};
        const engine at = made.at({{"batch", batch}});
        CHECK(counted.programs == 0);
        const auto x = std::span(all).first(static_cast<std::size_t>(batch * 16 * 64));
        const std::vector<float> got = at.run(x).values;
        const shape_words alone
            = plan<pictures, gpu.general_sizes()>.shapes->plan(std::vector<int>{batch});
        const engine fixed(std::as_bytes(std::span(alone.words)), file.opened());
        CHECK(got == fixed.run(x).values);
    }
}

TEST_CASE_TEMPLATE("on gpu, shapes build nothing once min, opt and max are prepared", Numbers,
    std::integral_constant<int, 0>, std::integral_constant<int, 1>) {
    constexpr target to = Numbers::value ? gpu.half() : gpu;
    CAPTURE(Numbers::value);
    const lamina_test::quick_kernels quick(to);
    lamina_test::random_source random("runtime shapes_costs photos");
    const lamina_test::random_weights file = weights_of<photos>(random);
    const engine made(plan<photos, to>, file.opened(), device::best(), {.merge = false});
    counted = {};
    made.prepare({{{"batch", 1}, {"size", 12}}, {{"batch", 2}, {"size", 32}},
        {{"batch", 12}, {"size", 60}}});
    CHECK(counted.programs > 0);
    const std::vector<float> all = random.numbers(12 * 3 * 60 * 60, -1, 1);
    for (int round = 0; round < 20; ++round) {
        const int batch = random.integer(1, 12), size = random.integer(3, 15) * 4;
        CAPTURE(batch);
        CAPTURE(size);
        counted = {};
        const engine at = made.at({{"batch", batch}, {"size", size}});
        CHECK(counted.programs == 0);
        if (round > 1) continue;
        const auto x = std::span(all).first(static_cast<std::size_t>(batch * 3 * size * size));
        const shape_words alone = plan<photos, to>.shapes->plan(std::vector<int>{batch, size});
        const engine fixed(
            std::as_bytes(std::span(alone.words)), file.opened(), device::best(), {.merge = false});
        CHECK(at.run(x).values == fixed.run(x).values);
    }
}
