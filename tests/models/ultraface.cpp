// SPDX-License-Identifier: Apache-2.0
// The face detector of examples/ against recorded layers, raw outputs and boxes.
#include "examples/ultraface/ultraface.hpp"
#include "examples/ultraface/detect.hpp"
#include "layers.hpp"
#include "support/near.hpp"
#include "support/npy.hpp"
#include "support/planned_shapes.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace lamina_test;

namespace {

const std::string weights = "ultraface_rfb320/ultraface_rfb320.safetensors";
const std::string golden = "ultraface_rfb320/golden/";

template <class Net = zoo::ultraface<>> lamina::engine load(const std::string& data) {
    const auto device = lamina::device::best();
    return lamina::engine(
        lamina::plan_for<Net>(device), lamina::weights::open(data + weights), device);
}

/// Boxes as the recorded ones lie: corners, four numbers each.
std::vector<float> corners_of(const std::vector<ultraface_program::face>& faces) {
    std::vector<float> out;
    for (const auto& f : faces) out.insert(out.end(), {f.left, f.top, f.right, f.bottom});
    return out;
}

}  // namespace

TEST_CASE("ultraface looks at the recorded places") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    std::vector<float> places;
    for (const auto& p : ultraface_program::all_places(320, 240))
        places.insert(places.end(), {p.x, p.y, p.width, p.height});
    const auto d = near(places, read_npy(data + golden + "priors.npy").values, 1e-6);
    CHECK_MESSAGE(d.is_near, d.what);
}

TEST_CASE("ultraface gives the recorded raw outputs, and boxes are decoded as recorded") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const auto engine = load(data);
    for (const std::string photo : {"grace_hopper", "coral_face", "rfb_6"}) {
        INFO(photo);
        const std::string at = data + golden + photo;
        const auto out = engine.run({{"image", read_npy(at + "_input.npy").values}});
        const auto& raw = out["confidences"].values;
        auto d = near(raw, read_npy(at + "_raw_confidences.npy").values, 1e-5);
        CHECK_MESSAGE(d.is_near, d.what);
        d = near(out["locations"].values, read_npy(at + "_raw_locations.npy").values, 1e-5);
        CHECK_MESSAGE(d.is_near, d.what);

        const auto faces = ultraface_program::decode(raw, out["locations"].values, 320, 240);
        d = near(corners_of(faces), read_npy(at + "_boxes.npy").values, 1e-5);
        CHECK_MESSAGE(d.is_near, d.what);
    }
}

TEST_CASE("ultraface's layers are the recorded ones") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const std::vector<recorded_layer> layers{{"base_net.7", "base_net.8.0"},
        {"base_net.10", "base_net.11.0"}, {"base_net.12", "extras.0.0"},
        {"extras.0", "classification_headers.3"}};
    const auto engine = engine_of(with_layers<zoo::ultraface<>>(layers), data + weights);
    const auto out = engine.run({{"image", read_npy(data + golden + "rfb_6_input.npy").values}});
    for (const recorded_layer& layer : layers) {
        INFO(layer.name);
        const auto d = near(out[layer.name].values,
            read_npy(data + golden + "rfb_6_layer_" + layer.name + ".npy").values, 1e-5);
        CHECK_MESSAGE(d.is_near, d.what);
    }
}

TEST_CASE("ultraface finds the recorded faces on four pictures, and no others") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const auto engine = load<zoo::ultraface_of_bytes<>>(data);
    const auto expected
        = nlohmann::json::parse(std::ifstream(data + golden + "expected_boxes.json"));
    for (const auto& [photo, recorded] : expected["images"].items()) {
        INFO(photo);
        const std::string folder = photo == "grace_hopper.bmp" ? "imagenet_photos/" : "faces/";
        const auto picture = examples::read_picture(data + "images/" + folder + photo);
        const auto input = ultraface_program::small_input(picture);
        const auto out = engine.run({{"image", input.rgb}});
        const auto faces = ultraface_program::find_faces(
            out["confidences"].values, out["locations"].values, input, picture);
        CHECK(faces.size() == recorded["boxes_xyxy"].size());
        for (const auto& box : recorded["boxes_xyxy"]) {
            float best = 0;
            for (const auto& f : faces)
                best = std::max(
                    best, ultraface_program::overlap(f, {box[0], box[1], box[2], box[3], 1}));
            CHECK(best > 0.95f);
        }
    }
}

TEST_CASE("ultraface finds the recorded faces on pictures of their own sizes too") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const planned_shapes<zoo::ultraface_of_any_size> planned(
        lamina::target_for(lamina::device::best()));
    const lamina::engine engine(planned, lamina::weights::open(data + weights));
    lamina::context run = engine.make_context();
    const auto recorded
        = nlohmann::json::parse(std::ifstream(data + golden + "expected_boxes.json"));
    for (const auto& [photo, of_photo] : recorded["images"].items()) {
        INFO(photo);
        const std::string folder = photo == "grace_hopper.bmp" ? "imagenet_photos/" : "faces/";
        const auto picture = examples::read_picture(data + "images/" + folder + photo);
        for (const int side : {320, 480, 640}) {
            INFO(side);
            const auto input = ultraface_program::to_input(picture, side);
            CHECK(std::max(input.width, input.height) <= side);
            run.set_input("image", input.rgb, {1, input.height, input.width, 3}).run();
            const auto faces = ultraface_program::find_faces(
                run.get("confidences"), run.get("locations"), input, picture);
            for (const auto& box : of_photo["boxes_xyxy"]) {
                float best = 0;
                for (const auto& f : faces)
                    best = std::max(
                        best, ultraface_program::overlap(f, {box[0], box[1], box[2], box[3], 1}));
                CHECK(best > 0.5f);
            }
        }
    }
}

TEST_CASE("ultraface of any size gives the numbers of a plan for that size") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const auto target = lamina::target_for(lamina::device::best());
    const planned_shapes<zoo::ultraface_of_any_size> planned(target);
    const auto file = lamina::weights::open(data + weights);
    const lamina::engine engine(planned, file);
    const auto picture = examples::read_picture(data + "images/imagenet_photos/grace_hopper.bmp");
    const auto input = examples::stretch(picture, 208, 336);
    const lamina::results found = engine.run({{"image", input.rgb, {1, 336, 208, 3}}});
    lamina::network net;
    const lamina::dim_value chosen[] = {{"height", 336}, {"width", 208}};
    net.chosen = chosen;
    zoo::ultraface_of_any_size::define(net);
    lamina::check(net);
    const lamina::engine alone(lamina::plan_at_run_time(net, target), file);
    const lamina::results wanted = alone.run({{"image", input.rgb}});
    for (const char* name : {"confidences", "locations"}) {
        REQUIRE(found[name].dims == wanted[name].dims);
        const auto d = near(found[name].values, wanted[name].values, 1e-5);
        CHECK_MESSAGE(d.is_near, name << ": " << d.what);
    }
    CHECK(found["locations"].values.size() / 4 == ultraface_program::all_places(208, 336).size());
}
