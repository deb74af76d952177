// SPDX-License-Identifier: Apache-2.0
// Memory of contexts that change their shape: what one shape needs, and not a sum over those that are kept.
#include <doctest/doctest.h>

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

#include <lamina/plan.hpp>
#include <lamina/run.hpp>

using namespace lamina;

namespace {

/// Buffers that the program has made.
struct counted_buffers {
    std::size_t made = 0, largest = 0, most = 0;  ///< since the last call of start()
    std::atomic<std::size_t> bytes = 0;

    /// Bytes that are there: drivers may destroy buffers in a thread of their own, a little later.
    std::size_t settled() const {
        std::size_t last = bytes;
        for (int same = 0; same < 10;) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            same = bytes == last ? same + 1 : 0;
            last = bytes;
        }
        return last;
    }
    void start() {
        most = settled();
        made = largest = 0;
    }
};
counted_buffers counted;

/// Its inputs and outputs are large beside its steps' tables.
struct wide_images {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 6});
        const int side = net.dim("side", {.min = 16, .max = 64, .step = 4});
        auto x = net.input("image", {batch, 3, side, side});
        const auto by = net.input("by", {3, 1, 1});
        x = (x * by) | max_pool{{.kernel = 3, .stride = 1, .pad = 1}} | relu{};
        net.output("map", x | max_pool{{.kernel = 5, .stride = 1, .pad = 2}});
    }
};

struct at_shape {
    int batch, side;
};

std::vector<float> image_of(const at_shape& s) {
    return std::vector<float>(static_cast<std::size_t>(s.batch * 3 * s.side * s.side), 2.0f);
}

void run_at(context& run, const at_shape& s) {
    const std::vector<float> image = image_of(s);
    run.set_input("image", image, {s.batch, 3, s.side, s.side}).run();
    const auto map = run.get("map");
    REQUIRE(map.size() == image.size());
    CHECK(map[map.size() / 2] == 6);
}

/// Bytes of a context at the largest shape, which has run.
std::size_t bytes_at_max(const engine& made) {
    const std::size_t before = counted.settled();
    context largest = made.at({{"batch", 6}, {"side", 64}}).make_context();
    largest.set_input("by", std::vector<float>(3, 3.0f));
    run_at(largest, {6, 64});
    return counted.settled() - before;
}

constexpr std::size_t of_steps
    = 8192;  ///< bytes of a shape's tables and states of merged steps, at most

constexpr at_shape shapes[]
    = {{1, 16}, {4, 64}, {2, 32}, {6, 64}, {3, 48}, {1, 20}, {5, 60}, {1, 64}, {6, 16}};

}  // namespace

extern "C" cl_mem CL_API_CALL clCreateBuffer(
    cl_context where, cl_mem_flags flags, std::size_t bytes, void* data, cl_int* code) {
    static const auto real
        = reinterpret_cast<decltype(&clCreateBuffer)>(::dlsym(RTLD_NEXT, "clCreateBuffer"));
    if (!real) std::abort();
    const cl_mem made = real(where, flags, bytes, data, code);
    if (!made) return made;
    ++counted.made;
    counted.bytes += bytes;
    counted.largest = std::max(counted.largest, bytes);
    counted.most = std::max(counted.most, counted.bytes.load());
    clSetMemObjectDestructorCallback(
        made, [](cl_mem, void* size) { counted.bytes -= reinterpret_cast<std::uintptr_t>(size); },
        reinterpret_cast<void*>(bytes));
    return made;
}

TEST_CASE("a context has the memory of the largest shape from the start") {
    const engine made(plan<wide_images>, weights());
    const std::size_t at_max = bytes_at_max(made);
    for (const at_shape& s : shapes) made.at({{"batch", s.batch}, {"side", s.side}});
    counted.start();
    const std::size_t before = counted.bytes;
    context run = made.make_context();
    run.set_input("by", std::vector<float>(3, 3.0f));
    CHECK(counted.largest >= image_of({6, 64}).size() * sizeof(float));
    counted.start();
    for (const at_shape& s : shapes) run_at(run, s);
    CHECK(counted.largest <= of_steps);
    CHECK(counted.most - before <= at_max + std::size(shapes) * of_steps);
    // A shape that returns makes nothing.
    counted.start();
    for (const at_shape& s : shapes) run_at(run, s);
    CHECK(counted.made == 0);
}

TEST_CASE("memory that grows is never more than that of the largest shape") {
    const engine made(plan<wide_images>, weights(), device::best(), {.reserve_arena = false});
    const std::size_t at_max = bytes_at_max(made);
    for (const at_shape& s : shapes) made.at({{"batch", s.batch}, {"side", s.side}});
    counted.start();
    const std::size_t before = counted.bytes;
    context run = made.make_context();
    run.set_input("by", std::vector<float>(3, 3.0f));
    CHECK(counted.largest <= image_of({1, 16}).size() * sizeof(float) + of_steps);
    for (const at_shape& s : shapes) {
        run_at(run, s);
        CHECK(counted.settled() - before <= at_max + std::size(shapes) * of_steps);
    }
    // Once it has been at the largest one, others make nothing large.
    counted.start();
    for (const at_shape& s : shapes) run_at(run, s);
    CHECK(counted.largest <= of_steps);
}
