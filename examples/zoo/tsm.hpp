// SPDX-License-Identifier: Apache-2.0
// TSM on ResNet: a video classifier whose frames pass an eighth of their channels to the frames beside them.
//
// Task     video classification (Kinetics)
// Source   Lin et al. 2018, figure 2; weights named as mit-han-lab/temporal-shift-module's base_model without
//          its ".net"; torch_rewritten_misc.py has this one.
#pragma once
#include "blocks/residual.hpp"

namespace zoo {

/// Frames of each video are next to each other in the batch. An eighth of the channels comes from the next
/// frame, an eighth from the one before, zeros at the ends. Each video is a batch of its own, so that images stay
/// in the layout of convolutions.
constexpr tensor temporal_shift(tensor x, int frames) {
    const int part = x.dims.c / 8, rest = x.dims.c - 2 * part;
    std::vector<tensor> videos;
    for (int first = 0; first < x.dims.n; first += frames) {
        const auto video = x | slice{0, {.start = first, .stop = first + frames}};
        const auto [next, before, same] = split<3>(video, {part, part, rest}, 1);
        const auto left = next | slice{0, {.start = 1}} | pad{{.after = {1}}};
        const auto right = before | slice{0, {.stop = -1}} | pad{{.before = {1}}};
        videos.push_back(concat({left, right, same}, 1));
    }
    return videos.size() == 1 ? videos[0] : concat(videos, 0);
}

/// Input "frames" (N FRAMES)x3xHxW; output "logits" NxCLASSES, the mean of a video's frames.
template <int Depth = 50, int Frames = 8, int Classes = 400, int Batch = 1, int Side = 224>
struct tsm {
    static constexpr void define(network& net, shape frames = {Batch * Frames, 3, Side, Side}) {
        const resnet_form form{.depth = Depth};
        auto x = resnet_stem(net.input("frames", frames));
        for (int stage = 1; stage <= 4; ++stage)
            for (int i = 0; i < form.blocks(stage); ++i) {
                const name at = name("layer", stage) / i;
                const int out = 128 << stage, stride = stage > 1 && i == 0 ? 2 : 1;
                const auto y = bottleneck_body(
                    temporal_shift(x, Frames), at, out / 4, out, {.stride = stride});
                x = (y + resnet_shortcut(x, at, out, stride)) | relu{};
            }
        const auto each = x | global_avg_pool{} | dense{"new_fc", Classes};
        const auto videos = each | reshape{{frames.n / Frames, Frames, Classes}};
        net.output("logits", videos | reduce_mean{{1}});
    }
};

}  // namespace zoo
