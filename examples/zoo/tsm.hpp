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
/// frame, an eighth from the one before, zeros at the ends.
constexpr tensor temporal_shift(tensor x, int frames) {
    const shape d = x.dims;
    const int part = d.c / 8;
    const auto video = x | reshape{{d.n / frames, frames, d.c, d.h, d.w}};
    const auto [next, before, rest] = split<3>(video, {part, part, d.c - 2 * part}, 2);
    const auto left = next | slice{1, {.start = 1}} | pad{{.after = {0, 1}}};
    const auto right = before | slice{1, {.stop = -1}} | pad{{.before = {0, 1}}};
    return concat({left, right, rest}, 2) | reshape{d};
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
