// SPDX-License-Identifier: Apache-2.0
// MobileNetV4-Conv-Small: inverted bottlenecks with a depthwise convolution before, inside, both or neither.
//
// Task     classification (ImageNet)
// Source   Qin et al. 2024, table 10; timm's mobilenetv4_conv_small.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// A universal inverted bottleneck; `start` and `middle` are kernels of its depthwise convolutions, 0 for none.
struct mobilenet_v4_row {
    int start, middle, expand, out, stride = 1;
};

constexpr tensor universal_bottleneck(tensor x, name at, const mobilenet_v4_row& r) {
    const auto part = [](tensor y, name own, conv2d_options o) {
        return conv_bn(y, own / "conv", own / "bn", o);
    };
    auto y = x;
    if (r.start) y = part(y, at / "dw_start", depthwise(y, r.start, r.middle ? 1 : r.stride));
    y = part(y, at / "pw_exp", padded(r.expand, 1)) | relu{};
    if (r.middle) y = part(y, at / "dw_mid", depthwise(y, r.middle, r.stride)) | relu{};
    y = part(y, at / "pw_proj", padded(r.out, 1));
    return r.stride == 1 && x.dims.c == r.out ? x + y : y;
}

inline constexpr mobilenet_v4_row mobilenet_v4_small_rows[2][6] = {
    {{5, 5, 192, 96, 2}, {0, 3, 192, 96}, {0, 3, 192, 96}, {0, 3, 192, 96}, {0, 3, 192, 96},
        {3, 0, 384, 96}},
    {{3, 3, 576, 128, 2}, {5, 5, 512, 128}, {0, 5, 512, 128}, {0, 5, 384, 128}, {0, 3, 512, 128},
        {0, 3, 512, 128}},
};

/// Input "image" Nx3xHxW; output "logits" Nx1000.
template <int Batch = 1, int Side = 224> struct mobilenet_v4_small {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const name blocks = "blocks";
        const auto plain = [](tensor x, name at, conv2d_options o) {
            return conv_bn(x, at / "conv", at / "bn1", o) | relu{};
        };
        auto x = conv_bn(net.input("image", image), "conv_stem", "bn1", padded(32, 3, 2)) | relu{};
        x = plain(plain(x, blocks / 0 / 0, padded(32, 3, 2)), blocks / 0 / 1, padded(32, 1));
        x = plain(plain(x, blocks / 1 / 0, padded(96, 3, 2)), blocks / 1 / 1, padded(64, 1));
        for (int stage = 0; stage < 2; ++stage)
            for (int i = 0; i < 6; ++i)
                x = universal_bottleneck(
                    x, blocks / (stage + 2) / i, mobilenet_v4_small_rows[stage][i]);
        x = plain(x, blocks / 4 / 0, padded(960, 1)) | global_avg_pool{};
        x = conv_bn(x, "conv_head", "norm_head", padded(1280, 1)) | relu{};
        net.output("logits", x | dense{"classifier", 1000});
    }
};

}  // namespace zoo
