// SPDX-License-Identifier: Apache-2.0
// HRNet's body: images of four sizes side by side, which exchange what they see after every few blocks.
#pragma once
#include "residual.hpp"

#include <vector>

namespace zoo {

/// What differs between members and uses.
struct hrnet_form {
    int width = 18;  ///< channels of the finest branch; each further one has twice as many
    int first = 4;   ///< bottlenecks of stage 1
    int modules[3] = {1, 4, 3};  ///< exchanges of stages 2, 3 and 4
    int blocks = 4;              ///< of each branch between two exchanges
    bool smooth = false;         ///< enlarge bilinearly (segmentation), not by the nearest place
    bool finest_alone = false;   ///< the last exchange gives the finest branch only (poses)
    constexpr int channels(int branch) const { return width << branch; }
};

/// Branch `from` as one of branch `to`: enlarged behind a 1x1 convolution, or shrunk by 3x3 ones.
constexpr tensor hrnet_exchange(tensor x, name at, int from, int to, const hrnet_form& form) {
    if (from == to) return x;
    if (from > to) {
        const auto y = conv_bn(x, at, padded(form.channels(to), 1));
        const double scale = 1 << (from - to);
        return form.smooth
            ? y | resize{{.scale = scale, .mode = bilinear, .coordinates = align_corners}}
            : y | resize{{.scale = scale, .mode = nearest, .coordinates = asymmetric}};
    }
    for (int step = 0; step < to - from; ++step) {
        const bool is_last = step == to - from - 1;
        x = conv_bn(x, at / step, padded(form.channels(is_last ? to : from), 3, 2));
        if (!is_last) x = x | relu{};
    }
    return x;
}

/// Blocks on each branch, then each branch as the sum of all.
constexpr std::vector<tensor> hrnet_module(
    std::vector<tensor> x, name at, const hrnet_form& form, bool finest_alone) {
    const int count = static_cast<int>(x.size());
    for (int i = 0; i < count; ++i)
        for (int block = 0; block < form.blocks; ++block)
            x[static_cast<std::size_t>(i)] = basic_block(
                x[static_cast<std::size_t>(i)], at / "branches" / i / block, form.channels(i), 1);
    std::vector<tensor> out;
    for (int to = 0; to < (finest_alone ? 1 : count); ++to) {
        const auto seen = [&](int from) {
            return hrnet_exchange(
                x[static_cast<std::size_t>(from)], at / "fuse_layers" / to / from, from, to, form);
        };
        tensor sum = seen(0);
        for (int from = 1; from < count; ++from) sum = add(sum, seen(from));
        out.push_back(sum | relu{});
    }
    return out;
}

/// Nx3xHxW, multiples of 32 -> the branches with 1/4, 1/8, 1/16 and 1/32 of the rows and columns, or the
/// first alone. Source   Wang et al. 2019, figure 1; weights named as in HRNet's repositories and timm.
constexpr std::vector<tensor> hrnet_body(tensor image, const hrnet_form& form) {
    auto x = conv_bn(image, "conv1", "bn1", padded(64, 3, 2)) | relu{};
    x = conv_bn(x, "conv2", "bn2", padded(64, 3, 2)) | relu{};
    for (int block = 0; block < form.first; ++block)
        x = bottleneck_block(x, name("layer1") / block, 64, {});
    std::vector<tensor> branches{x};
    for (int stage = 2; stage <= 4; ++stage) {
        const name transition("transition", stage - 1);
        const tensor coarsest = branches.back();
        if (stage == 2)
            branches[0] = conv_bn(coarsest, transition / 0, padded(form.channels(0), 3)) | relu{};
        branches.push_back(
            conv_bn(coarsest, transition / (stage - 1) / 0, padded(form.channels(stage - 1), 3, 2))
            | relu{});
        const int modules = form.modules[stage - 2];
        for (int i = 0; i < modules; ++i)
            branches = hrnet_module(branches, name("stage", stage) / i, form,
                form.finest_alone && stage == 4 && i == modules - 1);
    }
    return branches;
}

}  // namespace zoo
