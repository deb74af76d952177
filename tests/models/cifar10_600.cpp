// SPDX-License-Identifier: Apache-2.0
// All 600 pictures of the shared CIFAR-10 sample through both ResNet-20s, against PyTorch's logits.
#include "examples/resnet20/resnet20.hpp"
#include "layers.hpp"
#include "support/near.hpp"
#include "support/npy.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>
#include <lamina/calibrate.hpp>

#include <array>
#include <cmath>

using namespace lamina_test;
using zoo::shortcut;

namespace {

constexpr std::size_t pictures = 600, pixels = 32 * 32;

struct normalisation {
    std::array<float, 3> mean, deviation;
};
constexpr normalisation ours{{.4914f, .4822f, .4465f}, {.2470f, .2435f, .2616f}};
constexpr normalisation akamaster{{.485f, .456f, .406f}, {.229f, .224f, .225f}};

/// NxHxWx3 bytes to Nx3xHxW floats.
std::vector<float> normalised(const npy& images, const normalisation& n) {
    std::vector<float> out(pictures * 3 * pixels);
    for (std::size_t i = 0; i < pictures; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t p = 0; p < pixels; ++p)
                out[(i * 3 + c) * pixels + p]
                    = (static_cast<float>(images.integers[(i * pixels + p) * 3 + c]) / 255
                          - n.mean[c])
                    / n.deviation[c];
    return out;
}

template <shortcut Kind, int Batch>
std::vector<float> logits_of(const std::vector<float>& input, const std::string& weights) {
    const auto device = lamina::device::best();
    const lamina::engine engine(lamina::plan_for<zoo::resnet20<Kind, Batch>>(device),
        lamina::weights::open(weights), device);
    constexpr std::size_t one = std::size_t{Batch} * 3 * pixels;
    std::vector<float> all;
    for (std::size_t at = 0; at < input.size(); at += one) {
        const auto logits = engine.run(std::span(input).subspan(at, one));
        all.insert(all.end(), logits.begin(), logits.end());
    }
    return all;
}

void check_all(
    const std::vector<float>& logits, const npy& recorded, const npy& labels, int right) {
    REQUIRE(logits.size() == pictures * 10);
    REQUIRE(recorded.values.size() == pictures * 10);
    double worst = 0;
    int hits = 0;
    for (std::size_t i = 0; i < pictures; ++i) {
        const auto mine = std::span(logits).subspan(i * 10, 10);
        for (std::size_t c = 0; c < 10; ++c) {
            const double off = std::fabs(double{mine[c]} - double{recorded.values[i * 10 + c]});
            worst = off <= worst ? worst : off;  // NaN is worst
        }
        hits += lamina::argmax_of(mine) == labels.integers[i];
    }
    MESSAGE("largest difference of a logit: ", worst);
    CHECK(worst <= 1e-4);
    CHECK(hits == right);
}

template <shortcut Kind>
void check_network(
    const std::string& weights, const std::string& recorded, const normalisation& n, int right) {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const auto input = normalised(read_npy(data + "images/cifar10_test600/images_u8_nhwc.npy"), n);
    const auto labels = read_npy(data + "images/cifar10_test600/labels_u8.npy");
    const auto logits = read_npy(data + recorded);
    SUBCASE("50 at once") {
        check_all(logits_of<Kind, 50>(input, data + weights), logits, labels, right);
    }
    SUBCASE("one by one") {
        check_all(logits_of<Kind, 1>(input, data + weights), logits, labels, right);
    }
}

}  // namespace

TEST_CASE("ResNet-20 with projections gives PyTorch's logits and is right on 545 of 600 pictures") {
    check_network<shortcut::projection>("resnet20_lamina/resnet20_cifar10.safetensors",
        "resnet20_lamina/logits_all600.npy", ours, 545);
}

TEST_CASE("ResNet-20 with option A gives PyTorch's logits and is right on 551 of 600 pictures") {
    check_network<shortcut::padding>("resnet20_cifar10/resnet20_cifar10.safetensors",
        "resnet20_cifar10/golden/logits_all600.npy", akamaster, 551);
}

namespace {

/// On how many of the pictures an engine of 50 at once is right.
int hits_of(const lamina::engine& engine, const std::vector<float>& input, const npy& labels) {
    constexpr std::size_t one = std::size_t{3} * pixels;
    int hits = 0;
    for (std::size_t at = 0; at < pictures; at += 50) {
        const auto logits = engine.run(std::span(input).subspan(at * one, 50 * one));
        for (std::size_t i = 0; i < 50; ++i)
            hits += lamina::argmax_of(std::span(logits.begin(), logits.end()).subspan(i * 10, 10))
                == labels.integers[at + i];
    }
    return hits;
}

/// In 16 bits, and in 8 with ranges of every tenth picture.
template <shortcut Kind>
void check_precisions(const std::string& weights, const normalisation& n, int right) {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const auto input = normalised(read_npy(data + "images/cifar10_test600/images_u8_nhwc.npy"), n);
    const auto labels = read_npy(data + "images/cifar10_test600/labels_u8.npy");
    const auto file = lamina::weights::open(data + weights);
    const auto ranges = lamina::calibrate<zoo::resnet20<Kind, 1>>(
        file, pictures / 10, [&](lamina::context& c, std::size_t number) {
            c.set_input("image", std::span(input).subspan(number * 30 * pixels, 3 * pixels));
        });
    const auto calibrated = ranges.with(file);
    using net = zoo::resnet20<Kind, 50>;
    const int bf16 = hits_of({lamina::plan<net, lamina::cpu.bf16()>, file}, input, labels);
    const int fp16 = hits_of({lamina::plan<net, lamina::cpu.half()>, file}, input, labels);
    const int int8 = hits_of({lamina::plan<net, lamina::cpu.int8()>,
                                 lamina::weights::from_bytes(calibrated, "calibrated")},
        input, labels);
    MESSAGE("right on ", bf16, " of 600 in bf16, ", fp16, " in fp16, ", int8, " in int8, ", right,
        " in fp32");
    CHECK(bf16 >= right);  // a tenth of a point is less than one picture
    CHECK(fp16 >= right);
    CHECK(int8 >= right - 3);  // half a point
}

}  // namespace

TEST_CASE("ResNet-20 in 16 and 8 bits is right on as many pictures") {
    SUBCASE("projections") {
        check_precisions<shortcut::projection>(
            "resnet20_lamina/resnet20_cifar10.safetensors", ours, 545);
    }
    SUBCASE("option A") {
        check_precisions<shortcut::padding>(
            "resnet20_cifar10/resnet20_cifar10.safetensors", akamaster, 551);
    }
}

TEST_CASE("ResNet-20's stages are those of PyTorch") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    const std::string folder = data + "resnet20_cifar10/golden/";
    const std::vector<recorded_layer> layers{
        {"layer1", "layer2.0.conv1"}, {"layer2.0", "layer2.1.conv1"}, {"layer2", "layer3.0.conv1"}};
    const auto engine = engine_of(with_layers<zoo::resnet20<shortcut::padding, 4>>(layers),
        data + "resnet20_cifar10/resnet20_cifar10.safetensors");
    const auto out = engine.run({{"image", read_npy(folder + "input.npy").values}});
    for (const recorded_layer& layer : layers) {
        INFO(layer.name);
        const auto d = near(
            out[layer.name].values, read_npy(folder + "layer_" + layer.name + ".npy").values, 1e-5);
        CHECK_MESSAGE(d.is_near, d.what);
    }
    const auto d = near(out["logits"].values, read_npy(folder + "output.npy").values, 1e-5);
    CHECK_MESSAGE(d.is_near, d.what);
}
