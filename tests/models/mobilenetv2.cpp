// SPDX-License-Identifier: Apache-2.0
// MobileNetV2 of examples/ against recorded layers and logits, and on seven photos.
#include "examples/mobilenetv2/mobilenetv2.hpp"
#include "examples/mobilenetv2/preprocess.hpp"
#include "layers.hpp"
#include "support/near.hpp"
#include "support/npy.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace lamina_test;

namespace {

const std::string weights = "mobilenetv2_imagenet/mobilenetv2_imagenet.safetensors";
const std::string golden = "mobilenetv2_imagenet/golden/";

template <class Net = zoo::mobilenetv2<>> lamina::engine load(const std::string& data) {
    const auto device = lamina::device::best();
    return lamina::engine(
        lamina::plan_for<Net>(device), lamina::weights::open(data + weights), device);
}

}  // namespace

TEST_CASE("MobileNetV2 gives the recorded logits") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const auto engine = load(data);
    for (const std::string photo : {"cat", "parrot", "sunflower"}) {
        INFO(photo);
        const auto out = engine.run(read_npy(data + golden + photo + "_input.npy").values);
        const auto d
            = near(out.values, read_npy(data + golden + photo + "_output.npy").values, 1e-5);
        CHECK_MESSAGE(d.is_near, d.what);
    }
}

TEST_CASE("MobileNetV2's blocks are the recorded ones") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const std::vector<recorded_layer> layers{{"features.3", "features.4.expand"},
        {"features.7", "features.8.expand"}, {"features.14", "features.15.expand"}};
    const auto engine = engine_of(with_layers<zoo::mobilenetv2<>>(layers), data + weights);
    const auto out = engine.run({{"image", read_npy(data + golden + "cat_input.npy").values}});
    for (const recorded_layer& layer : layers) {
        INFO(layer.name);
        const auto d = near(out[layer.name].values,
            read_npy(data + golden + "cat_layer_" + layer.name + ".npy").values, 1e-5);
        CHECK_MESSAGE(d.is_near, d.what);
    }
}

TEST_CASE("MobileNetV2 names the recorded class on each of seven photos") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const auto engine = load<zoo::mobilenetv2_of_bytes<>>(data);
    const auto expected
        = nlohmann::json::parse(std::ifstream(data + golden + "expected_top5.json"));
    REQUIRE(expected.size() == 7);
    for (const auto& [photo, top] : expected.items()) {
        INFO(photo);
        const auto picture = examples::read_picture(data + "images/imagenet_photos/" + photo);
        const auto all = lamina::softmax_of(engine.run(mobilenetv2_program::to_input(picture)));
        const int best = lamina::argmax_of(all);
        CHECK(best == top[0][0].get<int>());
        // stb scales pictures almost as PIL does.
        CHECK(std::fabs(all[static_cast<std::size_t>(best)] - top[0][2].get<float>()) < 0.05f);
    }
}
