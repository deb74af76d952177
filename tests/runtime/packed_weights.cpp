// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/packed_weights.hpp: a buffer has the bytes that were written, whichever way they take to it. Engines
// choose by the device; here every device takes both.
#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

#include <lamina/lamina.hpp>
#include <lamina/runtime/packed_weights.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"

using namespace lamina;
using namespace lamina::detail;
using namespace lamina_test;

namespace {

/// Around a page, a large page and several of them.
constexpr std::size_t sizes[] = {1, 4095, 4097, (std::size_t{2} << 20) + 1, std::size_t{5} << 20};

void write_numbers(std::span<std::byte> to) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::byte>(i % 251 + i / 4096);
}

std::vector<std::byte> read_back(const device& dev, cl_mem memory, std::size_t bytes) {
    const mapped_buffer mapped(dev, memory, bytes, CL_MAP_READ);
    return {mapped.bytes().begin(), mapped.bytes().end()};
}

template <class Fill> void check_ways(const device& dev, Fill fill) {
    CAPTURE(dev.name());
    for (const std::size_t size : sizes) {
        CAPTURE(size);
        std::vector<std::byte> expected(size);
        write_numbers(expected);
        fill_times times;
        std::size_t given = 0;
        const opencl::buffer made = fill(
            dev, size, "some weights",
            [&](std::span<std::byte> to) {
                given = to.size();
                write_numbers(to);
            },
            times);
        CHECK(given == size);
        CHECK(read_back(dev, made.get(), size) == expected);
        CHECK(times.write_ms > 0);
        CHECK(times.transfer_ms > 0);
    }
    fill_times times;
    const auto fails = [](std::span<std::byte>) { throw std::runtime_error("no numbers"); };
    CHECK_THROWS_WITH(fill(dev, 4096, "some weights", fails, times), "no numbers");
    bool is_asked = false;
    const auto writes = [&](std::span<std::byte>) { is_asked = true; };
    const auto fault = fault_of(
        [&] { fill(dev, dev.facts().max_alloc_bytes + 1, "some weights", writes, times); });
    CHECK(fault.code == errc::device_limit);
    CHECK_FALSE(is_asked);
    CHECK(fault.what.find("some weights takes") != std::string::npos);
}

}  // namespace

TEST_CASE("packed weights: a mapped buffer has the bytes that were written") {
    for (const device& dev : device::all())
        check_ways(dev, [](auto&&... all) { return fill_mapped(all...); });
}

TEST_CASE(
    "packed weights: a copied buffer has the bytes that were written, and no size too large is tried") {
    for (const device& dev : device::all())
        check_ways(dev, [](auto&&... all) { return fill_copied(all...); });
}

TEST_CASE("packed weights: without a byte there is a buffer, and nothing is asked for") {
    for (const device& dev : device::all()) {
        fill_times times;
        const auto refuses = [](std::span<std::byte>) { throw std::runtime_error("asked for"); };
        CHECK(filled_buffer(dev, 0, "no weights", refuses, times).get() != nullptr);
    }
}

TEST_CASE(
    "packed weights: a plan that may not run is refused for that, whatever becomes of its weights") {
    // The check runs while weights are packed: often enough that either is ready first.
    for (int round = 0; round < 20; ++round) {
        hand_plan p;
        make_two_steps(p);
        hand_weights file;  // without the tensor that the plan reads
        const caught missing = fault_of([&] { engine(p.bytes(), file.open()); });
        CHECK(missing.says("bias"));
        CHECK(missing.code != errc::plan_limits);
        p.records.steps[1].arguments[2].offset = 64;  // of its weights
        const caught refused = fault_of([&] { engine(p.bytes(), file.open()); });
        CHECK(refused.says("step 1"));
        CHECK(refused.says("may not run"));
        CHECK(refused.code == errc::plan_limits);
    }
}
