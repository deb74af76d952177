// SPDX-License-Identifier: Apache-2.0
// ArcFace on IResNet-18, -34, -50 and -100: a face as 512 numbers.
//
// Task     face recognition
// Source   Deng et al. 2018; weights named as insightface's iresnet; torch_rewritten_misc.py has this one.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

constexpr int iresnet_blocks(int depth, int stage) {
    constexpr int rows[][5]
        = {{18, 2, 2, 2, 2}, {34, 3, 4, 6, 3}, {50, 3, 4, 14, 3}, {100, 3, 13, 30, 3}};
    for (const auto& row : rows)
        if (row[0] == depth) return row[stage];
    return 0;
}

/// A norm before two 3x3 convolutions, slopes between them, no activation behind the shortcut.
constexpr tensor iresnet_block(tensor x, name at, int out, int stride) {
    auto y = conv_bn(x | batch_norm{at / "bn1"}, at / "conv1", at / "bn2", padded(out, 3))
        | prelu{at / "prelu", {.count = out}};
    y = conv_bn(y, at / "conv2", at / "bn3", padded(out, 3, stride));
    const bool changes = stride != 1 || x.dims.c != out;
    return y + (changes ? conv_bn(x, at / "downsample", padded(out, 1, stride)) : x);
}

/// Input "faces" Nx3x112x112, RGB, (value - 127.5) / 127.5; output "features" Nx512, to be compared by their
/// angles.
template <int Depth = 50, int Batch = 1> struct arcface {
    static constexpr void define(network& net, shape faces = {Batch, 3, 112, 112}) {
        auto x = conv_bn(net.input("faces", faces), "conv1", "bn1", padded(64, 3))
            | prelu{"prelu", {.count = 64}};
        for (int stage = 1; stage <= 4; ++stage)
            for (int i = 0; i < iresnet_blocks(Depth, stage); ++i)
                x = iresnet_block(x, name("layer", stage) / i, 32 << stage, i == 0 ? 2 : 1);
        x = x | batch_norm{"bn2"} | flatten{} | linear{"fc", 512};
        net.output("features", x | batch_norm{"features"});
    }
};

}  // namespace zoo
