// SPDX-License-Identifier: Apache-2.0
// Numbers of 8 bits at their ends: ties, saturation, infinities, NaN, zero points at the ends of the type,
// scales along an axis, in plans for every storage.
#include <doctest/doctest.h>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

using namespace lamina;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr target targets[] = {cpu, cpu_neon.half(), gpu, cpu.bf16()};
/// Whose storage has nine bits.
constexpr std::span<const target> exact(targets, 3);

weights no_weights() {
    static constexpr char file[] = "\2\0\0\0\0\0\0\0{}";
    return weights::from_bytes(std::as_bytes(std::span(file, 10)), "nothing");
}

/// What the output "q" is on each target, and "x" what comes back where the network has it.
template <class Number>
void check(void (*define)(network&), const std::vector<float>& x, const std::vector<Number>& wanted,
    const std::vector<float>& back = {}, std::span<const target> on = targets) {
    network net;
    define(net);
    REQUIRE(net.problems.empty());
    for (const target& by : on) {
        INFO(
            std::string(by.label()), " with storage in ", std::string(to_text(by.numbers.storage)));
        const engine made(plan_at_run_time(net, by), no_weights());
        context run = made.make_context();
        run.set_input("x", x);
        run.run();
        const auto q = run.get<Number>("q");
        CHECK(std::vector<Number>(q.begin(), q.end()) == wanted);
        if (back.empty()) continue;
        const auto again = run.get("back");
        CHECK(std::vector<float>(again.begin(), again.end()) == back);
    }
}

}  // namespace

TEST_CASE("quantize: a half rounds to the even number, what is beyond the ends becomes the end") {
    const std::vector<float> x{-infinity, -1e30f, -64.5f, -1.25f, -0.75f, -0.25f, -0.f, 0.25f,
        0.75f, 1.25f, 62, 64, 1e30f, infinity, not_a_number};
    check<std::int8_t>(
        [](network& net) {
            const tensor q = quantize(net.input("x", {15}), 0.5f, 3);
            net.output("q", q);
            net.output("back", dequantize(q, 0.5f, 3));
        },
        x, {-128, -128, -126, 1, 1, 3, 3, 3, 5, 5, 127, 127, 127, 127, 0},
        {-65.5f, -65.5f, -64.5f, -1, -1, 0, 0, 0, 1, 1, 62, 62, 62, 62, -1.5f});
}

TEST_CASE("quantize: zero points at the ends of their types") {
    const std::vector<float> x{-300, -2, 0, 1, 127, 255, 256, 1000};
    check<std::uint8_t>(
        [](network& net) { net.output("q", quantize(net.input("x", {8}), 1, 0, u8)); }, x,
        {0, 0, 0, 1, 127, 255, 255, 255});
    check<std::uint8_t>(
        [](network& net) { net.output("q", quantize(net.input("x", {8}), 1, 255, u8)); }, x,
        {0, 253, 255, 255, 255, 255, 255, 255});
    check<std::int8_t>(
        [](network& net) { net.output("q", quantize(net.input("x", {8}), 1, -128)); }, x,
        {-128, -128, -128, -127, -1, 127, 127, 127});
}

TEST_CASE("quantize: scales and zero points along an axis") {
    // The case quantizelinear_axis of ONNX, and back.
    check<std::uint8_t>(
        [](network& net) {
            const tensor scale = net.constant({2.f, 4.f, 5.f}, {3});
            const tensor zero = cast(net.constant({84, 24, 196}, {3}), dtype::u8);
            const tensor q = quantize(net.input("x", {1, 3, 3, 2}), scale, zero);
            net.output("q", q);
            net.output("back", dequantize(q, scale, zero));
        },
        {-162, 10, -100, 232, -20, -50, -76, 0, 0, 252, 32, -44, 245, -485, -960, -270, -375, -470},
        {3, 89, 34, 200, 74, 59, 5, 24, 24, 87, 32, 13, 245, 99, 4, 142, 121, 102},
        {-162, 10, -100, 232, -20, -50, -76, 0, 0, 252, 32, -44, 245, -485, -960, -270, -375, -470},
        exact);
}
