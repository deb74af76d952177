// SPDX-License-Identifier: Apache-2.0
// MTCNN's three small networks, which find faces one after another: proposals on a pyramid of pictures, then
// what is a face, then its box and landmarks. ../mtcnn runs them.
//
// Task     face detection with five landmarks
// Source   Zhang et al. 2016, figure 2; facenet_pytorch.MTCNN's pnet, rnet and onet, with their weights.
#pragma once
#include <lamina/define.hpp>

namespace zoo {
using namespace lamina;

/// A convolution without padding and learnt slopes below 0: CONV and PRELU are their names.
constexpr tensor conv_prelu(tensor x, name conv, name act, int out, int kernel) {
    return x
        | conv2d{conv, {.out = out, .kernel = kernel, .bias = true}}
    | prelu{act, {.count = out}};
}

/// A pool of stride 2 whose last window may hang over the edge.
constexpr tensor mtcnn_pool(tensor x, int kernel) {
    return x | max_pool{{.kernel = kernel, .stride = 2, .ceil_mode = true}};
}

/// Columns before rows before channels, as the networks were trained in another framework.
constexpr tensor mtcnn_flatten(tensor x) { return x | permute{{0, 3, 2, 1}} | flatten{}; }

/// Input "image" Nx3xHxW, RGB, (value - 127.5) / 128; for each 12x12 pixels at a distance of 2 the outputs
/// "faces" Nx2xH'xW', the second channel how likely it is a face, and "boxes" Nx4xH'xW'.
template <int Batch = 1, int Side = 64> struct mtcnn_pnet {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_on(net, net.input("image", image));
    }
    static constexpr void define_on(network& net, tensor image) {
        auto x = mtcnn_pool(conv_prelu(image, "conv1", "prelu1", 10, 3), 2);
        x = conv_prelu(conv_prelu(x, "conv2", "prelu2", 16, 3), "conv3", "prelu3", 32, 3);
        net.output("boxes", x | conv2d{"conv4_2", {.out = 4, .bias = true}});
        net.output("faces", x | conv2d{"conv4_1", {.out = 2, .bias = true}} | softmax{1});
    }
};

/// Input "image" Nx3x24x24, as mtcnn_pnet's; outputs "boxes" Nx4, "faces" Nx2.
template <int Batch = 1> struct mtcnn_rnet {
    static constexpr void define(network& net, shape image = {Batch, 3, 24, 24}) {
        auto x = mtcnn_pool(conv_prelu(net.input("image", image), "conv1", "prelu1", 28, 3), 3);
        x = mtcnn_pool(conv_prelu(x, "conv2", "prelu2", 48, 3), 3);
        x = mtcnn_flatten(conv_prelu(x, "conv3", "prelu3", 64, 2));
        x = x | linear{"dense4", 128} | prelu{"prelu4", {.count = 128}};
        net.output("boxes", x | linear{"dense5_2", 4});
        net.output("faces", x | linear{"dense5_1", 2} | softmax{1});
    }
};

/// Input "image" Nx3x48x48, as mtcnn_pnet's; outputs "boxes" Nx4, "landmarks" Nx10 (five x, then five y, in 0
/// to 1 of the box), "faces" Nx2.
template <int Batch = 1> struct mtcnn_onet {
    static constexpr void define(network& net, shape image = {Batch, 3, 48, 48}) {
        auto x = mtcnn_pool(conv_prelu(net.input("image", image), "conv1", "prelu1", 32, 3), 3);
        x = mtcnn_pool(conv_prelu(x, "conv2", "prelu2", 64, 3), 3);
        x = mtcnn_pool(conv_prelu(x, "conv3", "prelu3", 64, 3), 2);
        x = mtcnn_flatten(conv_prelu(x, "conv4", "prelu4", 128, 2));
        x = x | linear{"dense5", 256} | prelu{"prelu5", {.count = 256}};
        net.output("boxes", x | linear{"dense6_2", 4});
        net.output("landmarks", x | linear{"dense6_3", 10});
        net.output("faces", x | linear{"dense6_1", 2} | softmax{1});
    }
};

}  // namespace zoo
