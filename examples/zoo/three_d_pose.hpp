// SPDX-License-Identifier: Apache-2.0
// ThreeDPose: the joints of one person in space, from a picture and the two before it.
//
// Task     pose in three dimensions (24 joints)
// Source   digital-standard's ThreeDPose, "Resnet34_3inputs_448x448": its inputs, outputs and their shapes. What is
//          between them was not published; here the three pictures go through one torchvision ResNet-34, and
//          the heads see what it finds in all of them. torch_rewritten_boxes.py has this one.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// Maps that the heads see, behind the features of all pictures.
constexpr tensor joined_pictures(tensor features, int batch) {
    const auto [now, before, earlier] = split<3>(features, {batch, batch, batch}, 0);
    return concat({now, before, earlier}, 1)
        | conv_transpose2d{name("deconv") / 0, {.out = 256, .kernel = 4, .stride = 2, .pad = 1}}
    | batch_norm{name("deconv") / 1}
    | relu{};
}

/// Inputs "image", "before" and "earlier" Nx3xHxW; outputs at 1/16 of the rows and columns: "places" Nx24, heat
/// maps of the joints in the picture, and "offsets" Nx48 in them (x of all joints, then y); "volumes" Nx(24 DEPTH), heat
/// maps in DEPTH layers of space, and "volume_offsets" Nx(72 DEPTH) in them.
template <int Joints = 24, int Depth = 28, int Batch = 1, int Side = 448> struct three_d_pose {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const auto now = net.input("image", image), before = net.input("before", image),
                   earlier = net.input("earlier", image);
        const auto all = concat({now, before, earlier}, 0);
        const auto x = joined_pictures(resnet_backbone(all, {.depth = 34}).stage[3], image.n);
        const auto head = [&](const char* at, int out) {
            return x | conv2d{name(at) / 0, {.out = out}} | batch_norm{name(at) / 1};
        };
        net.output("places", head("heatmap2d", Joints) | sigmoid{});
        net.output("offsets", head("offset2d", 2 * Joints) | lamina::tanh{});
        net.output("volumes", head("heatmap", Joints * Depth) | sigmoid{});
        net.output("volume_offsets", head("offset", 3 * Joints * Depth) | lamina::tanh{});
    }
};

}  // namespace zoo
