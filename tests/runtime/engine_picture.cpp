// SPDX-License-Identifier: Apache-2.0
// A camera's picture, 8-bit and channels last, goes into a network as it is.
#include "support/faults.hpp"

#include <doctest/doctest.h>
#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

struct camera {
    static constexpr void define(network& net) {
        const auto x = net.input("image", u8, {1, 2, 3, 3});
        net.output("fitted", x | letterbox{{.size = {3, 3}, .pad = 9}});
        net.output("planes",
            x | swap_colours{} | channels_first{} | normalize_picture{{.mean = {1, 2, 4}}});
    }
};

}  // namespace

TEST_CASE("engine: a picture of bytes goes in as the host has it") {
    std::vector<std::uint8_t> image;
    for (int i = 0; i < 18; ++i) image.push_back(static_cast<std::uint8_t>(15 * i));
    for (const auto& plan : {std::span<const std::byte>(plan<camera, cpu>),
             std::span<const std::byte>(plan<camera, gpu>),
             std::span<const std::byte>(plan<camera, cpu, precision::fp16>)}) {
        const engine made(plan, weights());
        // [camera]
        context run = made.make_context();
        run.set_input("image", image);  // std::vector<std::uint8_t>, or another range of bytes
        run.run();
        // [/camera]
        const auto fitted = run.get<std::uint8_t>("fitted");
        REQUIRE(fitted.size() == 27);
        for (std::size_t i = 0; i < 18; ++i) CHECK(fitted[i] == image[i]);
        for (std::size_t i = 18; i < 27; ++i) CHECK(fitted[i] == 9);
        const auto planes = run.get<float>("planes");
        REQUIRE(planes.size() == 18);
        const float means[] = {1, 2, 4};
        for (std::size_t i = 0; i < 18; ++i) {
            const std::size_t channel = i / 6, pixel = i % 6;
            const float wanted
                = static_cast<float>(image[pixel * 3 + 2 - channel]) / 255 - means[channel];
            CHECK(planes[i] == doctest::Approx(wanted).epsilon(2e-3));
        }
    }
}

TEST_CASE("engine: a picture of floats where bytes are wanted is one sentence") {
    context run = engine(plan<camera>, weights()).make_context();
    const caught fault = fault_of([&] { run.set_input("image", std::vector<float>(18, 0.5f)); });
    CHECK(fault.code == errc::input_dtype);
    CHECK(fault.says("input 'image' got floats, it is u8; give bytes"));
}
