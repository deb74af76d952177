// SPDX-License-Identifier: Apache-2.0
// MobileNetV2 1.0 for 224x224 pictures of ImageNet: Sandler et al. 2018, table 2, with TensorFlow's
// SAME padding and batch norms folded into biases, as Google's weights have it. The network alone.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// 1x1 up to `expand` times the channels, 3x3 depthwise, 1x1 down to `out` without activation; with
/// a shortcut where the shapes allow it.
constexpr tensor inverted_residual(tensor x, name at, int expand, int out, int stride) {
    auto y = x;
    const int wide = x.dims.c * expand;
    if (expand != 1) y = y | conv2d{at / "expand", {.out = wide, .bias = true}} | relu6{};
    y = y
        | conv2d{at / "dw",
            {.out = wide, .kernel = 3, .stride = stride, .pad = same, .groups = wide, .bias = true}}
        | relu6{}
        | conv2d{at / "project", {.out = out, .bias = true}};
    return stride == 1 && x.dims.c == out ? add(y, x) : y;
}

/// Input "image" Nx3x224x224 in -1 to 1; output "logits" Nx1001, class 0 is "background".
template <int Batch = 1> struct mobilenetv2 {
    static constexpr void define(network& net) {
        define_on(net, net.input("image", {Batch, 3, 224, 224}));
    }
    static constexpr void define_on(network& net, tensor image) {
        auto x = image
            | conv2d{"features.0", {.out = 32, .kernel = 3, .stride = 2, .pad = same, .bias = true}}
            | relu6{};

        struct row {
            int expand, out, blocks, stride;
        };
        constexpr row rows[] = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2},
            {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
        int block = 0;
        for (const row& r : rows)
            for (int i = 0; i < r.blocks; ++i)
                x = inverted_residual(
                    x, name("features") / ++block, r.expand, r.out, i == 0 ? r.stride : 1);

        x.expect({Batch, 320, 7, 7});
        net.output("logits",
            x
                | conv2d{"features.18", {.out = 1280, .bias = true}}
                | relu6{}
                | global_avg_pool{}
                | dense{"classifier", 1001});
    }
};

/// The same of pictures as files have them: input "image" Nx224x224x3, RGB bytes.
template <int Batch = 1> struct mobilenetv2_of_bytes {
    static constexpr void define(network& net) {
        mobilenetv2<Batch>::define_on(net,
            net.input("image", u8, {Batch, 224, 224, 3})
                | channels_first{}
                | normalize_picture{{.mean = 127.5f, .std = 127.5f, .scale = 1}});
    }
};

}  // namespace zoo
