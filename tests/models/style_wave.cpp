// SPDX-License-Identifier: Apache-2.0
// A fast style transfer network ("wave") against recorded pictures and layers: SAME padding with
// stride 2, transposed convolutions that enlarge to twice the size, instance norms with weights.
#include "layers.hpp"
#include "support/near.hpp"
#include "support/npy.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>
#include <lamina/define.hpp>

using namespace lamina_test;
using namespace lamina;

namespace {

/// Convolution and norm, without an activation.
constexpr tensor conv_norm(const tensor& x, name at, int out, int kernel, int stride = 1) {
    const auto y = x
        | conv2d{at / "conv", {.out = out, .kernel = kernel, .stride = stride, .pad = lamina::same}}
        | instance_norm{at / "norm", {.eps = 1e-3f, .affine = true}};
    return y;
}

/// To twice the size. TensorFlow's SAME cuts the last row and column of the result.
constexpr tensor enlarge(const tensor& x, name at, int out) {
    const auto y = x
        | conv_transpose2d{at / "convT",
            {.out = out, .kernel = 3, .stride = 2, .pad = lamina::same}}
        | instance_norm{at / "norm", {.eps = 1e-3f, .affine = true}}
        | relu{};
    return y;
}

/// Input "picture" 1x3xHxW, RGB 0 to 255, height and width multiples of 4; output "painting" alike.
template <int height, int width, bool with_layers = false> struct style_wave {
    static constexpr void define(network& net) {
        const auto keep = [&](const char* at, const tensor& x) {
            if (with_layers) net.output(at, x);
        };
        auto x = conv_norm(net.input("picture", {1, 3, height, width}), "conv1", 32, 9) | relu{};
        x = conv_norm(x, "conv2", 64, 3, 2) | relu{};
        x = conv_norm(x, "conv3", 128, 3, 2) | relu{};
        keep("conv3", x);
        for (int i = 1; i <= 5; ++i) {
            const name at("res", i);
            x = x + conv_norm(conv_norm(x, at / "a", 128, 3) | relu{}, at / "b", 128, 3);
        }
        keep("res5", x);
        x = enlarge(x.expect({1, 128, height / 4, width / 4}), "up1", 64);
        keep("up1", x);
        x = enlarge(x, "up2", 32).expect({1, 32, height, width});
        x = conv_norm(x, "out", 3, 9) | lamina::tanh{};
        net.output("painting", x * 150.f + 127.5f | clamp{0, 255});
    }
};

const std::string golden = "fast_style_wave/golden/";

template <class Net>
results paint(const lamina::target& target, const std::string& data, const std::string& picture) {
    network net;
    Net::define(net);
    for (const problem& found : net.problems) FAIL(std::string(full_sentence(found).view()));
    const engine engine(plan_at_run_time(net, target),
        weights::open(data + "fast_style_wave/fast_style_wave.safetensors"), device::best());
    return engine.run({{"picture", read_npy(data + golden + picture + "_input.npy").values}});
}

void check_recorded(
    const result& found, const std::string& file, const std::string& data, double tolerance) {
    const auto d = near(found.values, read_npy(data + golden + file + ".npy").values, tolerance);
    CHECK_MESSAGE(d.is_near, file << ": " << d.what);
}

}  // namespace

TEST_CASE("the painter's layers and picture are the recorded ones") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    for (const lamina::target& target : {lamina::cpu, lamina::gpu}) {
        INFO(std::string(target.label()));
        const results out = paint<style_wave<96, 128, true>>(target, data, "cat");
        for (const std::string layer : {"conv3", "res5", "up1"})
            check_recorded(out[layer], "cat_layer_" + layer, data, 1e-5);
        check_recorded(out["painting"], "cat_output", data, 3e-5);
    }
}

TEST_CASE("the painter paints another size") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    for (const lamina::target& target : {lamina::cpu, lamina::gpu}) {
        INFO(std::string(target.label()));
        const results out = paint<style_wave<120, 160>>(target, data, "stata");
        check_recorded(out["painting"], "stata_output", data, 3e-5);
    }
}

TEST_CASE("with storage of 16 bits the painting stays near the recorded one") {
    const std::string data = shared_data();
    if (data.empty()) return skip("LAMINA_SHARED_DATA names no folder");
    for (const lamina::target& target :
        {lamina::cpu.half(), lamina::gpu.half(), lamina::cpu.bf16()}) {
        INFO(std::string(target.label()), " ", std::string(to_text(target.numbers.storage)));
        const results out = paint<style_wave<96, 128>>(target, data, "cat");
        const bool is_half = target.numbers.storage == lamina::dtype::f16;
        check_recorded(out["painting"], "cat_output", data, is_half ? 3e-2 : 2.4e-1);
    }
}
