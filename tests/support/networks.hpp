// SPDX-License-Identifier: Apache-2.0
// Networks that several tests plan: the zoo's shapes, hand-written, small where only the structure
// matters. Each is a type with define(), so that both plan<Net> and plan_at_run_time take it.
#pragma once
#include <lamina/define.hpp>

namespace lamina_test {

using namespace lamina;

constexpr tensor conv_bn(const tensor& x, const name& at, conv2d_options o) {
    return x | conv2d{at, o} | batch_norm{at / "bn"};
}

// Residual networks.
constexpr tensor basic_block(tensor x, const name& at, int width, int stride) {
    const tensor shortcut = stride != 1 || x.dims.c != width
        ? conv_bn(x, at / "downsample", {.out = width, .stride = stride})
        : x;
    tensor y = conv_bn(x, at / "conv1", {.out = width, .kernel = 3, .stride = stride, .pad = 1})
        | relu{};
    y = conv_bn(y, at / "conv2", {.out = width, .kernel = 3, .pad = 1});
    return (y + shortcut) | relu{};
}

constexpr tensor bottleneck(tensor x, const name& at, int width, int stride) {
    const tensor shortcut = stride != 1 || x.dims.c != 4 * width
        ? conv_bn(x, at / "downsample", {.out = 4 * width, .stride = stride})
        : x;
    tensor y = conv_bn(x, at / "conv1", {.out = width}) | relu{};
    y = conv_bn(y, at / "conv2", {.out = width, .kernel = 3, .stride = stride, .pad = 1}) | relu{};
    y = conv_bn(y, at / "conv3", {.out = 4 * width});
    return (y + shortcut) | relu{};
}

/// ResNet-18, -34 (basic blocks) and -50, -101 (bottlenecks): one family, one template.
template <bool Bottleneck, int B1, int B2, int B3, int B4, int Size = 224> struct resnet {
    static constexpr void define(network& net) {
        tensor x = net.input("image", {1, 3, Size, Size});
        x = conv_bn(x, "conv1", {.out = 64, .kernel = 7, .stride = 2, .pad = 3}) | relu{};
        x = x | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};
        const int blocks[4] = {B1, B2, B3, B4};
        for (int stage = 0; stage < 4; ++stage)
            for (int block = 0; block < blocks[stage]; ++block) {
                const name at = name("layer", stage + 1) / block;
                const int stride = stage && !block ? 2 : 1, width = 64 << stage;
                x = Bottleneck ? bottleneck(x, at, width, stride)
                               : basic_block(x, at, width, stride);
            }
        net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
    }
};
using resnet18 = resnet<false, 2, 2, 2, 2>;
using resnet50 = resnet<true, 3, 4, 6, 3>;

/// MobileNetV2: inverted residuals with depthwise convolutions and TensorFlow's padding.
struct mobilenet_v2 {
    static constexpr tensor block(
        const tensor& x, const name& at, int expand, int out, int stride) {
        tensor y = x;
        if (expand != 1) y = conv_bn(y, at / "expand", {.out = x.dims.c * expand}) | relu6{};
        y = conv_bn(y, at / "depthwise",
                {.out = y.dims.c, .kernel = 3, .stride = stride, .pad = same, .groups = y.dims.c})
            | relu6{};
        y = conv_bn(y, at / "project", {.out = out});
        return stride == 1 && x.dims.c == out ? x + y : y;
    }
    static constexpr void define(network& net) {
        tensor x = net.input("image", {1, 3, 224, 224});
        x = conv_bn(x, "conv1", {.out = 32, .kernel = 3, .stride = 2, .pad = same}) | relu6{};
        const int table[7][4] = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2},
            {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
        int number = 0;
        for (const auto& [expand, out, count, stride] : table)
            for (int i = 0; i < count; ++i)
                x = block(x, name("block", number++), expand, out, i ? 1 : stride);
        x = conv_bn(x, "conv2", {.out = 1280}) | relu6{};
        net.output("logits", x | global_avg_pool{} | dense{"fc", 1001});
    }
};

/// DenseNet's shape: every layer's result is appended to all before it.
struct dense_concat {
    static constexpr void define(network& net) {
        tensor x = conv_bn(net.input("image", {1, 3, 32, 32}), "stem",
                       {.out = 32, .kernel = 3, .pad = 1})
            | relu{};
        for (int i = 0; i < 4; ++i) {
            const name at("layer", i);
            const tensor y = conv_bn(x, at / "conv1", {.out = 64})
                | relu{}
                | conv2d{at / "conv2", {.out = 16, .kernel = 3, .pad = 1}};
            x = concat({x, y});
        }
        net.output(
            "y", x | conv2d{"transition", {.out = 48}} | global_avg_pool{} | dense{"fc", 10});
    }
};

/// Inception's shape: branches side by side, joined along the channels.
struct inception_like {
    static constexpr tensor block(const tensor& x, const name& at) {
        const tensor a = conv_bn(x, at / "b1", {.out = 32}) | relu{};
        const tensor b = conv_bn(conv_bn(x, at / "b2a", {.out = 32}) | relu{}, at / "b2b",
                             {.out = 48, .kernel = 3, .pad = 1})
            | relu{};
        const tensor c = conv_bn(conv_bn(x, at / "b3a", {.out = 16}) | relu{}, at / "b3b",
                             {.out = 32, .kernel = 5, .pad = 2})
            | relu{};
        const tensor d
            = conv_bn(x | max_pool{{.kernel = 3, .stride = 1, .pad = 1}}, at / "b4", {.out = 16})
            | relu{};
        return concat({a, b, c, d});
    }
    static constexpr void define(network& net) {
        tensor x = conv_bn(net.input("image", {1, 3, 56, 56}), "stem",
                       {.out = 64, .kernel = 3, .stride = 2, .pad = 1})
            | relu{};
        x = block(block(x, "mixed1"), "mixed2");
        net.output("y", x | global_avg_pool{} | dense{"fc", 10});
    }
};

/// U-Net's shape: what the way down computed is joined with what the way up resized.
struct unet_like {
    static constexpr tensor twice(const tensor& x, const name& at, int out) {
        const tensor y = conv_bn(x, at / "a", {.out = out, .kernel = 3, .pad = 1}) | relu{};
        return conv_bn(y, at / "b", {.out = out, .kernel = 3, .pad = 1}) | relu{};
    }
    static constexpr void define(network& net) {
        tensor skips[3], x = net.input("image", {1, 1, 64, 64});
        for (int i = 0; i < 3; ++i) {
            skips[i] = twice(x, name("down", i), 16 << i);
            x = skips[i] | max_pool{{.kernel = 2}};
        }
        x = twice(x, "middle", 128);
        for (int i = 2; i >= 0; --i) {
            const tensor up = x
                | conv_transpose2d{name("up", i) / "t", {.out = 16 << i, .kernel = 2, .stride = 2}};
            x = twice(concat({skips[i], up}), name("up", i), 16 << i);
        }
        net.output("mask", x | conv2d{"head", {.out = 1, .bias = true}} | sigmoid{});
    }
};

/// Squeeze and excite: a picture scaled by one number a channel.
struct squeeze_excite {
    static constexpr void define(network& net) {
        tensor x = conv_bn(net.input("image", {1, 3, 32, 32}), "stem",
                       {.out = 32, .kernel = 3, .stride = 2, .pad = 1})
            | silu{};
        const tensor scale = x
            | global_avg_pool{}
            | conv2d{"se.reduce", {.out = 8, .bias = true}}
            | silu{}
            | conv2d{"se.expand", {.out = 32, .bias = true}}
            | sigmoid{};
        x = conv_bn(x * scale, "project", {.out = 16});
        net.output("y", x | global_avg_pool{} | dense{"fc", 10});
    }
};

/// ShuffleNetV2's unit: half of the channels pass, then channels are shuffled.
struct shuffle_like {
    static constexpr void define(network& net) {
        tensor x = conv_bn(net.input("image", {1, 3, 32, 32}), "stem",
                       {.out = 64, .kernel = 3, .stride = 2, .pad = 1})
            | relu{};
        for (int i = 0; i < 2; ++i) {
            const name at("unit", i);
            const auto [kept, worked] = chunk<2>(x, 1);
            tensor y = conv_bn(worked, at / "a", {.out = 32}) | relu{};
            y = conv_bn(y, at / "dw", {.out = 32, .kernel = 3, .pad = 1, .groups = 32});
            y = conv_bn(y, at / "b", {.out = 32}) | relu{};
            x = concat({kept, y}) | channel_shuffle{2};
        }
        net.output("y", x | global_avg_pool{} | dense{"fc", 10});
    }
};

/// One transformer encoder block behind a patch embedding: attention in heads, then an MLP.
struct vit_like {
    static constexpr int width = 64, heads = 4;
    static constexpr tensor to_heads(const tensor& x) {
        return x | reshape{{1, 16, heads, width / heads}} | permute{{0, 2, 1, 3}};
    }
    static constexpr void define(network& net) {
        tensor x = net.input("image", {1, 3, 32, 32})
            | conv2d{"patch", {.out = width, .kernel = 8, .stride = 8, .bias = true}};
        x = x | flatten{2} | permute{{0, 2, 1}};
        const tensor y = x | layer_norm{"norm1"};
        const tensor q = to_heads(y | linear{"q", width}), k = to_heads(y | linear{"k", width}),
                     v = to_heads(y | linear{"v", width});
        const tensor mixed = attention(q, k, v) | permute{{0, 2, 1, 3}} | reshape{{1, 16, width}};
        x = x + (mixed | linear{"proj", width});
        const tensor z = x
            | layer_norm{"norm2"}
            | linear{"fc1", 4 * width}
            | gelu_erf{}
            | linear{"fc2", width};
        net.output("y", (x + z) | layer_norm{"norm"} | reduce_mean{1} | linear{"head", 10});
    }
};

/// Two inputs of different kinds, and three outputs of which one is used further.
struct several_bindings {
    static constexpr void define(network& net) {
        const tensor image = net.input("image", {1, 3, 16, 16});
        const tensor tokens = net.input("tokens", {1, 16}, dtype::i32);
        const tensor features = image | conv2d{"conv", {.out = 16, .kernel = 3, .pad = 1}} | relu{};
        const tensor words = tokens | embedding{"words", {.rows = 100, .width = 16}};
        const tensor pooled = features | global_avg_pool{} | flatten{};
        net.output("features", features);
        net.output("words", words);
        net.output("score", (words | reduce_mean{1}) * pooled);
    }
};

/// A network that was defined and found sound.
template <class Net> network defined() {
    network net;
    Net::define(net);
    return net;
}

}  // namespace lamina_test
