// SPDX-License-Identifier: Apache-2.0
// Which of several plans a device gets.
#include <lamina/define.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan_for.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace lamina;

namespace {

struct tiny {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {1, 8, 4, 4}) | conv2d{"a", {.out = 8, .kernel = 3}});
    }
};

struct any_batch {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {net.dim("batch", {.max = 3}), 8}) | linear{"a", 8});
    }
};

std::string label_of(std::span<const std::byte> plan) {
    return std::string(plan_view::open(plan, "a plan")->target);
}

}  // namespace

TEST_CASE("plan_for: CPUs take blocks of their lanes, then narrower ones; GPUs channels last") {
    const auto among = [](std::initializer_list<target> targets, device_type type, int lanes) {
        return std::string(target_among(targets, type, lanes).label());
    };
    const auto all = {gpu, cpu_neon, cpu, cpu_avx2};
    CHECK(among(all, device_type::cpu, 16) == "cpu");
    CHECK(among(all, device_type::cpu, 8) == "cpu_avx2");
    CHECK(among(all, device_type::cpu, 4) == "cpu_neon");
    CHECK(among(all, device_type::gpu, 16) == "gpu");
    CHECK(among(all, device_type::accelerator, 8) == "gpu");
    CHECK(among({gpu, cpu_avx2, cpu_neon}, device_type::cpu, 16) == "cpu_avx2");
    CHECK(among({gpu, cpu, cpu_neon}, device_type::cpu, 8) == "cpu_neon");
    CHECK(among({gpu, cpu, cpu_avx2}, device_type::cpu, 4) == "cpu_avx2");
    CHECK(among({cpu_avx2, cpu}, device_type::gpu, 16) == "cpu_avx2");
    CHECK(target_among({cpu.half(), cpu}, device_type::cpu, 16).numbers.storage == dtype::f16);
}

TEST_CASE("plan_for: the plan is one of those that lie in the program") {
    const device dev = device::best();
    CHECK(label_of(plan_for<tiny, cpu_neon, gpu, cpu_avx2, cpu>(dev)) == target_for(dev).label());
    CHECK(label_of(plan_for<tiny, cpu_neon>(dev)) == "cpu_neon");
    CHECK(plan_for<tiny, gpu>(dev).data() == std::span<const std::byte>(plan<tiny, gpu>).data());
    const std::string usual = label_of(plan_for<tiny>(dev));
    CHECK((usual == "gpu") == (dev.facts().type != device_type::cpu));
}

TEST_CASE("plan_for: the plan of a network with dims plans other shapes") {
    const device dev = device::best();
    CHECK(plan_for<tiny>(dev).shapes == nullptr);
    const auto found = plan_for<any_batch>(dev);
    REQUIRE(found.shapes != nullptr);
    CHECK(found.shapes->dims[0].max == 3);
    const shape_words three = found.shapes->plan(std::vector<int>{3});
    const auto view = plan_view::open(std::as_bytes(std::span(three.words)), "three");
    CHECK(view->inputs[0].dims == shape{3, 8});
    CHECK(std::string(view->target) == label_of(found));
}
