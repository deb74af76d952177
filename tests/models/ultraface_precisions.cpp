// SPDX-License-Identifier: Apache-2.0
// The face detector of examples/ in 16 and 8 bits: the boxes of fp32, within a pixel of the network's picture.
#include "examples/ultraface/detect.hpp"
#include "examples/ultraface/ultraface.hpp"
#include "layers.hpp"
#include "support/npy.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>
#include <lamina/calibrate.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace lamina_test;

namespace {

using boxes = std::vector<ultraface_program::face>;

/// The faces on each of these, in pixels of the network's picture.
std::vector<boxes> found_by(
    const lamina::engine& engine, const std::vector<std::vector<float>>& photos) {
    std::vector<boxes> out;
    for (const std::vector<float>& photo : photos) {
        const auto result = engine.run({{"image", photo}});
        out.push_back(ultraface_program::suppress(ultraface_program::decode(
            result["confidences"].values, result["locations"].values, 320, 240)));
        for (auto& f : out.back())
            f = {f.left * 320, f.top * 240, f.right * 320, f.bottom * 240, f.score};
    }
    return out;
}

/// The farthest that a face of `wanted` lies from the nearest of `got`, by its corners.
float farthest(const boxes& wanted, const boxes& got) {
    float most = 0;
    for (const auto& w : wanted) {
        float best = 1e30f;
        for (const auto& g : got)
            best = std::min(best,
                std::max({std::fabs(w.left - g.left), std::fabs(w.top - g.top),
                    std::fabs(w.right - g.right), std::fabs(w.bottom - g.bottom)}));
        most = std::max(most, best);
    }
    return most;
}

}  // namespace

TEST_CASE("ultraface finds the faces of fp32 in 8 and 16 bits, within a pixel") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const std::string folder = data + "ultraface_rfb320/";
    const auto file = lamina::weights::open(folder + "ultraface_rfb320.safetensors");
    std::vector<std::vector<float>> photos;
    for (const std::string photo : {"grace_hopper", "coral_face", "rfb_6"})
        photos.push_back(read_npy(folder + "golden/" + photo + "_input.npy").values);
    using net = zoo::ultraface<>;
    const auto floats = found_by(lamina::engine(lamina::plan<net, lamina::cpu>, file), photos);
    const std::vector<std::byte> ranges
        = lamina::calibrate<net>(file, photos.size(), [&](lamina::context& c, std::size_t i) {
              c.set_input("image", photos[i]);
          }).with(file);
    const auto bytes = found_by(lamina::engine(lamina::plan<net, lamina::cpu.int8()>,
                                    lamina::weights::from_bytes(ranges, "calibrated")),
        photos);
    const auto pairs
        = found_by(lamina::engine(lamina::plan<net, lamina::cpu.bf16()>, file), photos);
    for (std::size_t i = 0; i < photos.size(); ++i) {
        INFO(i);
        MESSAGE(floats[i].size(), " faces; int8 off by ", farthest(floats[i], bytes[i]),
            " pixels, bf16 by ", farthest(floats[i], pairs[i]));
        CHECK(!floats[i].empty());
        CHECK(bytes[i].size() == floats[i].size());
        CHECK(pairs[i].size() == floats[i].size());
        CHECK(farthest(floats[i], bytes[i]) < 1);
        CHECK(farthest(floats[i], pairs[i]) < 1);
    }
}
