// SPDX-License-Identifier: Apache-2.0
// VGG-11, -13, -16 and -19, with and without batch norm.
//
// Task     classification (ImageNet)
// Source   Simonyan and Zisserman 2014, table 1; torchvision.models.vgg11 ... vgg19_bn.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// 3x3 convolutions of a stage of VGG-DEPTH, stages 0 to 4.
constexpr int vgg_convolutions(int depth, int stage) {
    if (stage < 2) return depth == 11 ? 1 : 2;
    return depth < 16 ? 2 : depth == 16 ? 3 : 4;
}

/// The five stages, each halving the image: Nx3xHxW -> Nx512x(H/32)x(W/32). Numbers are those of
/// torchvision, which counts norms, activations and pools too.
constexpr tensor vgg_features(tensor x, name at, int depth, bool norm) {
    int layer = 0;
    for (int stage = 0; stage < 5; ++stage) {
        const int out = 64 << (stage < 3 ? stage : 3);
        for (int i = 0; i < vgg_convolutions(depth, stage); ++i, layer += norm ? 3 : 2) {
            x = x | conv2d{at / layer, biased(out, 3)};
            x = (norm ? x | batch_norm{at / (layer + 1)} : x) | relu{};
        }
        x = x | max_pool{{.kernel = 2, .stride = 2}};
        ++layer;
    }
    return x;
}

/// Input "image" Nx3xHxW; output "logits" Nx1000. Pictures of other sizes than 224x224 are pooled to
/// 7x7; `hidden` is the width of the two hidden layers of the classifier.
constexpr void define_vgg(network& net, shape image, int depth, bool norm, int hidden = 4096) {
    const name classifier = "classifier";
    const auto x = vgg_features(net.input("image", image), "features", depth, norm)
        | adaptive_avg_pool{{7, 7}}
        | flatten{}
        | dense{classifier / 0, hidden}
        | relu{}
        | dense{classifier / 3, hidden}
        | relu{};
    net.output("logits", x | dense{classifier / 6, 1000});
}

/// As torchvision.models.vgg11 and so on: `vgg<11>`.
template <int Depth, int Batch = 1, int Side = 224, int Hidden = 4096> struct vgg {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_vgg(net, image, Depth, false, Hidden);
    }
};
template <int Batch = 1, int Side = 224, int Hidden = 4096>
using vgg16 = vgg<16, Batch, Side, Hidden>;

/// As torchvision.models.vgg11_bn and so on: `vgg_bn<11>`.
template <int Depth, int Batch = 1, int Side = 224, int Hidden = 4096> struct vgg_bn {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        define_vgg(net, image, Depth, true, Hidden);
    }
};

}  // namespace zoo
