// SPDX-License-Identifier: Apache-2.0
// YOLOv4 on CSPDarknet-53, up to what it says about each place.
//
// Task     detection (COCO)
// Source   Bochkovskiy et al. 2020; darknet's yolov4.cfg, whose layer numbers are in the weight names of
//          ultralytics' archived PyTorch form (`module_list.0.Conv2d.weight`), batch norms' eps 0.0001;
//          torch_rewritten_yolos.py has this one.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// The layers of the .cfg file, one after another: those without weights have numbers as well.
struct darknet {
    int layer = 0;
    constexpr tensor conv(tensor x, int out, int kernel, bool is_backbone, int stride = 1) {
        const name at = name("module_list") / layer++;
        const auto y = conv_bn(
            x, at / "Conv2d", at / "BatchNorm2d", padded(out, kernel, stride), {.eps = 1e-4f});
        return is_backbone ? y | mish{} : y | leaky_relu{0.1f};
    }
    /// A route, a shortcut, a pool, a head that decodes: only its number counts.
    constexpr tensor passed(tensor x) {
        ++layer;
        return x;
    }
    /// Half as large, then `repeats` residual blocks beside a 1x1 convolution: cross-stage partial.
    constexpr tensor stage(tensor x, int out, int repeats) {
        const bool is_first = repeats == 1;
        const int part = is_first ? out : out / 2;
        x = conv(x, out, 3, true, 2);
        const tensor beside = passed(conv(x, part, 1, true));
        x = conv(x, part, 1, true);
        for (int i = 0; i < repeats; ++i) {
            const auto y = conv(x, is_first ? part / 2 : part, 1, true);
            x = passed(add(x, conv(y, part, 3, true)));
        }
        x = passed(conv(x, part, 1, true));
        return conv(concat({x, beside}), out, 1, true);
    }
    /// 1x1 and 3x3 in turn, `count` of them.
    constexpr tensor mixed(tensor x, int width, int count) {
        for (int i = 0; i < count; ++i)
            x = i % 2 == 0 ? conv(x, width, 1, false) : conv(x, 2 * width, 3, false);
        return x;
    }
    /// 3x3 and a 1x1 with 3 (5 + classes) numbers a place.
    constexpr tensor head(tensor x, int width, int classes) {
        x = conv(x, width, 3, false);
        const name at = name("module_list") / layer++ / "Conv2d";
        return passed(x | conv2d{at, biased(3 * (5 + classes), 1)});
    }
};

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs "fine", "medium" and "coarse" Nx255xhxw with
/// 1/8, 1/16 and 1/32 of the rows and columns, before sigmoid.
template <int Classes = 80, int Batch = 1, int Side = 608> struct yolov4 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        darknet d;
        const resize twice{{.scale = 2, .mode = nearest, .coordinates = asymmetric}};
        auto x = d.conv(net.input("image", image), 32, 3, true);
        x = d.stage(d.stage(x, 64, 1), 128, 2);
        const auto eighth = d.stage(x, 256, 8);
        const auto sixteenth = d.stage(eighth, 512, 8);
        x = d.mixed(d.stage(sixteenth, 1024, 4), 512, 3);
        const auto pooled = [&](int kernel) {
            return x | max_pool{{.kernel = kernel, .stride = 1, .pad = kernel / 2}};
        };
        x = concat({pooled(13), pooled(9), pooled(5), x});
        d.layer += 6;
        const auto deep = d.mixed(x, 512, 3);

        const auto joined = [&](tensor from, tensor side, int width) {
            const auto up = d.passed(d.passed(d.conv(from, width, 1, false)) | twice);
            return d.mixed(d.passed(concat({d.conv(side, width, 1, false), up})), width, 5);
        };
        const auto middle = joined(deep, sixteenth, 256);
        const auto fine = joined(middle, eighth, 128);
        net.output("fine", d.head(fine, 256, Classes));
        const auto shrunk = [&](tensor from, tensor side, int width) {
            d.passed(from);
            const auto y = d.conv(from, width, 3, false, 2);
            return d.mixed(d.passed(concat({y, side})), width, 5);
        };
        const auto medium = shrunk(fine, middle, 256);
        net.output("medium", d.head(medium, 512, Classes));
        net.output("coarse", d.head(shrunk(medium, deep, 512), 1024, Classes));
    }
};

}  // namespace zoo
