// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/program.hpp on the device that LAMINA_DEVICE names.
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

#include <lamina/runtime/binary_cache.hpp>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/program.hpp>

#include "support/faults.hpp"
#include "support/temporary.hpp"

using namespace lamina;
using namespace lamina_test;

namespace {

constexpr std::string_view source = R"(
kernel void twice(global const float* x, global float* y) {
    size_t i = get_global_id(0);
    y[i] = SCALE * x[i];
}
)";

/// Runs the kernel on 0, 1, 2, ... and returns the last of 64 results.
float last_of_twice(const device& dev, const program& built) {
    constexpr std::size_t count = 64, group = 16;
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
    const opencl::queue queue(clCreateCommandQueue(dev.context(), dev.id(), 0, nullptr));
    const opencl::buffer in(clCreateBuffer(
        dev.context(), CL_MEM_COPY_HOST_PTR, count * sizeof(float), values.data(), nullptr));
    const opencl::buffer out(
        clCreateBuffer(dev.context(), 0, count * sizeof(float), nullptr, nullptr));
    const opencl::kernel kernel = built.kernel("twice");
    const cl_mem arguments[] = {in.get(), out.get()};
    for (cl_uint i = 0; i < 2; ++i)
        opencl::check(
            clSetKernelArg(kernel.get(), i, sizeof(cl_mem), &arguments[i]), "arg", "test");
    opencl::check(clEnqueueNDRangeKernel(
                      queue.get(), kernel.get(), 1, nullptr, &count, &group, 0, nullptr, nullptr),
        "clEnqueueNDRangeKernel", "test");
    opencl::check(clEnqueueReadBuffer(queue.get(), out.get(), CL_TRUE, 0, count * sizeof(float),
                      values.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer", "test");
    return values.back();
}

/// As an engine does it: what the cache could not be given at once it gets after the first run.
float build_run_store(const device& dev, std::string_view options, build_report& report) {
    auto built = build_program(dev, source, options, "twice", report);
    const float result = last_of_twice(dev, built);
    if (report.note == "cache: written after a run") {
        CHECK(dev.facts().compiles_lazily);
        report.note = store_binary(built);
    }
    return result;
}

}  // namespace

TEST_CASE("program: in a context of several devices it runs, and gives no binary") {
    const device first = device::best();
    std::vector<cl_device_id> ids;
    for (const device& d : device::all())
        if (d.platform() == first.platform()) ids.push_back(d.id());
    if (ids.size() < 2) {
        MESSAGE("one device only; runtime/program@2devices has two");
        return;
    }
    const opencl::context all(clCreateContext(
        nullptr, static_cast<cl_uint>(ids.size()), ids.data(), nullptr, nullptr, nullptr));
    for (const cl_device_id id : {ids[1], ids[0]}) {
        const device one = device::in_context(all.get(), id);
        build_report report;
        const program built = build_program(one, source, "-DSCALE=3", "twice", report);
        CHECK(last_of_twice(one, built) == 3 * 63.0f);
        const caught fault = fault_of([&] { program_binary(built); });
        CHECK(fault.code == errc::device_failure);
        CHECK(fault.says("its context has " + std::to_string(ids.size()) + " devices"));
    }
}

TEST_CASE("program: the second build of the same text and options comes from the cache") {
    const temporary_folder folder;
    const temporary_variable cache("LAMINA_CACHE_DIR", folder.path.string());
    const device dev = device::best();
    build_report report;
    CHECK(build_run_store(dev, "-DSCALE=2", report) == 126.0f);
    CHECK(!report.hit);
    CHECK(report.note == "cache: written");
    CHECK(report.ms > 0);
    CHECK(build_run_store(dev, "-DSCALE=2", report) == 126.0f);
    CHECK(report.hit);
    CHECK(report.note == "cache: hit");
    CHECK(build_run_store(dev, "-DSCALE=3", report) == 189.0f);
    CHECK(!report.hit);
}

TEST_CASE("program: a damaged cache file is built anew without a word, and replaced") {
    const temporary_folder folder;
    const temporary_variable cache("LAMINA_CACHE_DIR", folder.path.string());
    const device dev = device::best();
    build_report report;
    build_run_store(dev, "-DSCALE=2", report);
    const auto path = std::filesystem::directory_iterator(folder.path)->path().string();
    const auto good = read_file(path);

    auto flipped = good;
    flipped[good.size() / 2] ^= std::byte{1};
    const std::vector<std::byte> damages[]
        = {flipped, {good.begin(), good.begin() + 40}, {}, std::vector<std::byte>(5000)};
    for (const auto& damage : damages) {
        write_file(path, damage);
        CHECK(build_run_store(dev, "-DSCALE=2", report) == 126.0f);
        CHECK(!report.hit);
        CHECK(report.note == "cache: written");
        build_program(dev, source, "-DSCALE=2", "twice", report);
        CHECK(report.hit);
    }
}

TEST_CASE("program: bytes with a good checksum that the driver refuses are a miss too") {
    const temporary_folder folder;
    const temporary_variable cache("LAMINA_CACHE_DIR", folder.path.string());
    const device dev = device::best();
    const cache_key key = make_cache_key(source, "-DSCALE=2", detail::cache_material(dev));
    REQUIRE(write_cache(folder.path, key, std::vector<std::byte>(64, std::byte{'x'})) == "");
    build_report report;
    CHECK(build_run_store(dev, "-DSCALE=2", report) == 126.0f);
    CHECK(!report.hit);
}

TEST_CASE("program: a cache that cannot be written is a note, and off is off") {
    const temporary_folder folder;
    write_file(folder / "file", "x");
    const device dev = device::best();
    build_report report;
    {
        const temporary_variable cache("LAMINA_CACHE_DIR", folder / "file");
        CHECK(build_run_store(dev, "-DSCALE=2", report) == 126.0f);
        CHECK(report.note == "cache: not written (Not a directory)");
    }
    const temporary_variable cache("LAMINA_CACHE_DIR", "off");
    auto built = build_program(dev, source, "-DSCALE=2", "twice", report);
    CHECK(report.note == "cache: off");
    CHECK(store_binary(built) == "cache: off");
}

TEST_CASE("program: a stored binary is not stored again") {
    const temporary_folder folder;
    const temporary_variable cache("LAMINA_CACHE_DIR", folder.path.string());
    const device dev = device::best();
    build_report report;
    auto built = build_program(dev, source, "-DSCALE=2", "twice", report);
    last_of_twice(dev, built);
    const bool lazily = dev.facts().compiles_lazily;
    CHECK(store_binary(built) == (lazily ? "cache: written" : "cache: up to date"));
    CHECK(store_binary(built) == "cache: up to date");
    auto again = build_program(dev, source, "-DSCALE=2", "twice", report);
    CHECK(report.hit);
    CHECK(store_binary(again) == "cache: up to date");
}

TEST_CASE("program: a binary taken from one program makes another that runs") {
    const temporary_variable cache("LAMINA_CACHE_DIR", "off");
    const device dev = device::best();
    build_report report;
    const auto first = build_program(dev, source, "-DSCALE=2", "twice", report);
    const auto binary = program_binary(first);
    CHECK(!binary.empty());
    auto second = from_binary(dev, binary, "-DSCALE=2");
    CHECK(last_of_twice(dev, second) == 126.0f);
    const temporary_folder folder;
    const temporary_variable on("LAMINA_CACHE_DIR", folder.path.string());
    CHECK(store_binary(second) == "cache: not written (the program came without source)");
}

TEST_CASE(
    "program: text that does not build is LAM-R17 with step, device and the compiler's lines") {
    const temporary_folder folder;
    const temporary_variable cache("LAMINA_CACHE_DIR", folder.path.string());
    const device dev = device::best();
    build_report report;
    try {
        build_program(dev, "kernel void f() { int x = not_declared; }", "-DB=1",
            "step 12 (conv2d_direct)", report);
        FAIL("it built");
    } catch (const error& fault) {
        const std::string said = fault.what();
        CAPTURE(said);
        CHECK(fault.code() == errc::kernel_build);
        CHECK(fault.subject() == "step 12 (conv2d_direct)");
        CHECK(said.starts_with("step 12 (conv2d_direct): the kernel does not build on device '"));
        CHECK(said.find(dev.name()) != std::string::npos);
        CHECK(said.find("not_declared") != std::string::npos);
        CHECK(said.find("-DB=1") != std::string::npos);
    }
    CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("program: PTX text for sm_90 becomes text for sm_90a, with the marked lines") {
    const auto bytes = [](std::string_view text) {
        const auto all = std::as_bytes(std::span(text));
        return std::vector<std::byte>(all.begin(), all.end());
    };
    using namespace std::string_view_literals;
    const auto made = detail::for_sm_90a(
        bytes(
            ".version 9.0\n.target sm_90, texmode\n//sm_90a wgmma.fence;\nret;\n//sm_90a x;\n\0\0"sv),
        "step 1");
    CHECK(made
        == bytes(
            ".version 9.0\n.target sm_90a, texmode\n         wgmma.fence;\nret;\n         x;\n"));
    // A line of the kernel's head says how many groups a unit's registers are to hold.
    CHECK(detail::for_sm_90a(
              bytes(".target sm_90\n.entry k()\n.reqntid 128, 1, 1\n{\n//sm_90a_groups "
                    "3\n//sm_90a x;\n}\n"),
              "step 1")
        == bytes(".target sm_90a\n.entry k()\n.reqntid 128, 1, 1\n.minnctapersm 3\n{\n"
                 "//sm_90a_groups 3\n         x;\n}\n"));
    // Another target, no marked line, and what is no text at all.
    for (const std::string_view other : {".target sm_100, x\n//sm_90a y;"sv,
             ".target sm_90a\n//sm_90a y;"sv, ".target sm_90\nret;"sv,
             "\x7f"
             "ELF"sv,
             ""sv}) {
        CAPTURE(std::string(other));
        try {
            detail::for_sm_90a(bytes(other), "step 1");
            FAIL("took it");
        } catch (const error& fault) {
            CHECK(fault.code() == errc::kernel_build);
            CHECK(
                std::string(fault.what()).starts_with("step 1: the driver's form of the program "));
        }
    }
}

TEST_CASE("program: a kernel name that is not in the text is named in the error") {
    const temporary_variable cache("LAMINA_CACHE_DIR", "off");
    build_report report;
    const auto built = build_program(device::best(), source, "-DSCALE=2", "twice", report);
    try {
        built.kernel("thrice");
        FAIL("found it");
    } catch (const error& fault) {
        CHECK(fault.code() == errc::device_failure);
        CHECK(std::string(fault.what()).find("'thrice'") != std::string::npos);
    }
}
