// SPDX-License-Identifier: Apache-2.0
// Binaries of PoCL that come from the cache or a plan are loaded without LLVM's form of their kernels.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <lamina/plan.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/program.hpp>

#include "../support/faults.hpp"
#include "../support/temporary.hpp"

using namespace lamina;
using namespace lamina_test;
using bytes = std::vector<std::byte>;

namespace {

constexpr std::string_view one_size = R"(
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void twice(global const float* x, global float* y) {
    y[get_global_id(0)] = 2 * x[get_global_id(0)];
}
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void thrice(global const float* x, global float* y) {
    y[get_global_id(0)] = 3 * x[get_global_id(0)];
}
)";
constexpr std::string_view any_size = "kernel void twice(global const float* x, global float* y) "
                                      "{ y[get_global_id(0)] = 2 * x[get_global_id(0)]; }";

/// The kernel's result for 21.
float result_of(const device& dev, const program& built, const char* name) {
    float x = 21, y = 0;
    const opencl::queue queue(clCreateCommandQueue(dev.context(), dev.id(), 0, nullptr));
    const opencl::buffer in(
        clCreateBuffer(dev.context(), CL_MEM_COPY_HOST_PTR, sizeof x, &x, nullptr));
    const opencl::buffer out(clCreateBuffer(dev.context(), 0, sizeof y, nullptr, nullptr));
    const opencl::kernel kernel = built.kernel(name);
    const cl_mem arguments[] = {in.get(), out.get()};
    for (cl_uint i = 0; i < 2; ++i)
        opencl::check(
            clSetKernelArg(kernel.get(), i, sizeof(cl_mem), &arguments[i]), "arg", "test");
    const std::size_t one = 1;
    opencl::check(clEnqueueNDRangeKernel(
                      queue.get(), kernel.get(), 1, nullptr, &one, &one, 0, nullptr, nullptr),
        "clEnqueueNDRangeKernel", "test");
    opencl::check(
        clEnqueueReadBuffer(queue.get(), out.get(), CL_TRUE, 0, sizeof y, &y, 0, nullptr, nullptr),
        "clEnqueueReadBuffer", "test");
    return y;
}

/// Whether some of the bytes begin as a module of LLVM's does.
bool has_bitcode(std::span<const std::byte> all) {
    constexpr std::array<std::byte, 4> magic{
        std::byte{'B'}, std::byte{'C'}, std::byte{0xc0}, std::byte{0xde}};
    return !std::ranges::search(all, magic).empty();
}

/// The binary of a program whose kernels have run.
bytes binary_of(const device& dev, std::string_view source) {
    const temporary_variable cache("LAMINA_CACHE_DIR", "off");
    build_report report;
    const program built = build_program(dev, source, "-cl-std=CL1.2", "test", report);
    CHECK(result_of(dev, built, "twice") == 42);
    return program_binary(built);
}

/// The version whose binaries are known.
bool is_pocl_3_1(const device& dev) {
    return dev.facts().compiles_lazily && dev.facts().driver.starts_with("3.1");
}

struct two_layers {
    static constexpr void define(network& net) {
        const auto x = net.input("x", {4, 8});
        net.output("y", (x | softmax{}) + (x | reduce_max{1, true}));
    }
};

}  // namespace

TEST_CASE("a binary whose kernels have one size of work-groups goes without bitcode, and runs") {
    const device dev = device::best();
    if (!is_pocl_3_1(dev)) return;
    const bytes whole = binary_of(dev, one_size);
    REQUIRE(has_bitcode(whole));
    const auto less = detail::without_bitcode(whole);
    REQUIRE(less);
    CHECK(!has_bitcode(*less));
    CHECK(less->size() < whole.size());
    const program made = from_binary(dev, *less, "-cl-std=CL1.2");
    CHECK(result_of(dev, made, "twice") == 42);
    CHECK(result_of(dev, made, "thrice") == 63);
    // PoCL would compile a kernel once more for the size of each launch.
    CHECK(!detail::without_bitcode(binary_of(dev, any_size)));
    // What it would make of this one is the same.
    CHECK(!detail::without_bitcode(*less));
}

TEST_CASE("other bytes are left as they are") {
    const device dev = device::best();
    if (!is_pocl_3_1(dev)) return;
    const bytes whole = binary_of(dev, one_size);
    for (std::size_t end = 0; end < whole.size(); end += end < 4096 ? 1 : 97)
        CHECK(!detail::without_bitcode(std::span(whole).first(end)));
    bytes longer = whole;
    longer.push_back(std::byte{0});
    CHECK(!detail::without_bitcode(longer));
    // Sizes that reach beyond the end, or nowhere: nothing but the letters of the hash and contents may change.
    const auto kept = detail::find_bitcode(whole);
    REQUIRE(kept);
    for (std::size_t at = 0; at < whole.size(); at += at < kept->begin + 64 ? 1 : 211)
        for (const std::byte with : {std::byte{0x80}, std::byte{0xff}, std::byte{1}}) {
            bytes other = whole;
            other[at] ^= with;
            const auto less = detail::without_bitcode(other);
            if (at < 8) CHECK(!less);
            if (less) CHECK(less->size() < other.size());
        }
}

TEST_CASE("a program that came from the cache gives the binary that is there") {
    const temporary_folder folder;
    const temporary_variable cache("LAMINA_CACHE_DIR", folder.path.string());
    const device dev = device::best();
    build_report report;
    program built = build_program(dev, one_size, "-cl-std=CL1.2", "test", report);
    CHECK(result_of(dev, built, "twice") == 42);
    store_binary(built);
    const bytes whole = program_binary(built);
    const program found = build_program(dev, one_size, "-cl-std=CL1.2", "test", report);
    REQUIRE(report.hit);
    CHECK(result_of(dev, found, "thrice") == 63);
    CHECK(program_binary(found) == whole);
    if (!is_pocl_3_1(dev)) return;
    std::filesystem::remove_all(folder.path);
    const caught fault = fault_of([&] { program_binary(found); });
    CHECK(fault.code == errc::device_failure);
    CHECK(fault.what
        == "test: its binary was in the cache when the engine was made, and is no longer; make the "
           "engine again, or save without binaries");
}

TEST_CASE("engines from the cache, and from plans, are saved with whole binaries") {
    const temporary_folder folder;
    const temporary_variable cache("LAMINA_CACHE_DIR", folder / "cache");
    const std::vector<float> x(32, 1);
    const std::vector<float> wanted = engine(plan<two_layers>, weights()).run(x).values;
    const engine made(plan<two_layers>, weights());
    CHECK(made.run(x).values == wanted);
    made.save(folder / "first.plan", {.with_binaries = true});
    const load_options trusted{.trust = trust::binaries};
    const engine first = engine::load(folder / "first.plan", device::best(), trusted);
    CHECK(first.run(x).values == wanted);
    first.save(folder / "second.plan", {.with_binaries = true});
    const engine second = engine::load(folder / "second.plan", device::best(), trusted);
    CHECK(second.run(x).values == wanted);
    for (const engine& one : {first, second})
        for (const engine_report::kernel_row& row : one.report().kernels)
            CHECK(row.note == "binary: from the plan");
    REQUIRE(first.plan().binaries.size() == second.plan().binaries.size());
    for (std::size_t i = 0; i < first.plan().binaries.size(); ++i)
        CHECK(std::ranges::equal(first.plan().binaries[i].bytes, second.plan().binaries[i].bytes));
}
