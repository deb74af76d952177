// SPDX-License-Identifier: Apache-2.0
// MobileNetV2 of examples/ in 16 and 8 bits: the class that fp32 names, on each of seven photos.
#include "examples/mobilenetv2/mobilenetv2.hpp"
#include "examples/mobilenetv2/preprocess.hpp"
#include "layers.hpp"
#include "support/npy.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>
#include <lamina/calibrate.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <vector>

TEST_CASE("MobileNetV2 in 16 and 8 bits names the class of fp32 on each of seven photos") {
    const std::string data = lamina_test::shared_data();
    if (data.empty()) return lamina_test::skip("LAMINA_SHARED_DATA names no folder");
    const std::string folder = data + "mobilenetv2_imagenet/";
    const auto file = lamina::weights::open(folder + "mobilenetv2_imagenet.safetensors");
    const auto expected
        = nlohmann::json::parse(std::ifstream(folder + "golden/expected_top5.json"));
    REQUIRE(expected.size() == 7);
    std::vector<std::vector<std::uint8_t>> inputs;
    for (const auto& [photo, top] : expected.items())
        inputs.push_back(mobilenetv2_program::to_input(
            examples::read_picture(data + "images/imagenet_photos/" + photo)));
    const lamina::calibration ranges = lamina::calibrate<zoo::mobilenetv2_of_bytes<>>(file,
        inputs.size(), [&](lamina::context& c, std::size_t i) { c.set_input("image", inputs[i]); });
    const std::vector<std::byte> bytes = ranges.with(file);
    using net = zoo::mobilenetv2_of_bytes<>;
    const lamina::engine int8(
        lamina::plan<net, lamina::cpu.int8()>, lamina::weights::from_bytes(bytes, "calibrated"));
    const lamina::engine bf16(lamina::plan<net, lamina::cpu.bf16()>, file);
    const lamina::engine fp16(lamina::plan<net, lamina::cpu.half()>, file);
    std::size_t i = 0;
    for (const auto& [photo, top] : expected.items()) {
        INFO(photo);
        const std::span<const std::uint8_t> input(inputs[i++]);
        for (const lamina::engine* engine : {&int8, &bf16, &fp16})
            CHECK(lamina::argmax_of(engine->run(input)) == top[0][0].get<int>());
    }
}
