// SPDX-License-Identifier: Apache-2.0
// YOLOv7-tiny, YOLOv7 and YOLOv7x, up to what they say about each place; as trained or as deployed.
//
// Task     detection (COCO)
// Source   Wang et al. 2022; WongKinYiu/yolov7's yolov7-tiny.yaml, yolov7.yaml, yolov7x.yaml, whose layer
//          numbers are the weight names; torch_rewritten_yolos.py has these.
#pragma once
#include "blocks/yolo.hpp"

namespace zoo {

/// The layers of a .yaml file, one after another: pools and concatenations have numbers as well.
struct yolov7_layers {
    int layer = 0;
    bool is_leaky = false;
    constexpr name next() { return name("model") / layer++; }
    constexpr tensor activated(tensor x) const {
        return is_leaky ? x | leaky_relu{0.1f} : x | silu{};
    }
    constexpr tensor conv(tensor x, name at, int out, int kernel, int stride = 1) const {
        const auto y
            = conv_bn(x, at / "conv", at / "bn", padded(out, kernel, stride), {.eps = 1e-3f});
        return activated(y);
    }
    constexpr tensor conv(tensor x, int out, int kernel, int stride = 1) {
        return conv(x, next(), out, kernel, stride);
    }
    constexpr tensor joined(const std::vector<tensor>& parts) {
        ++layer;
        return concat(parts);
    }
    /// Two 1x1 convolutions, then 3x3 ones behind the second; the last, every `step`-th before it and both of
    /// the 1x1 are joined, latest first: ELAN.
    constexpr tensor block(tensor x, int outer, int inner, int out, int depth, int step) {
        const auto first = conv(x, outer, 1), second = conv(x, outer, 1);
        std::vector<tensor> seen{second};
        for (int i = 0; i < depth; ++i) seen.push_back(conv(seen.back(), inner, 3));
        std::vector<tensor> parts;
        for (int i = depth; i >= 0; i -= step) parts.push_back(seen[static_cast<std::size_t>(i)]);
        parts.push_back(first);
        return conv(joined(parts), out, 1);
    }
    /// Half as large, by a pool and by a stride; `sides` are joined behind both.
    constexpr tensor halved(tensor x, int out, const std::vector<tensor>& sides = {}) {
        ++layer;
        const auto pooled = conv(x | max_pool{{.kernel = 2, .stride = 2}}, out, 1);
        const auto strided = conv(conv(x, out, 1), out, 3, 2);
        std::vector<tensor> parts{strided, pooled};
        for (const tensor& side : sides) parts.push_back(side);
        return joined(parts);
    }
    /// Twice as large, behind a 1x1 convolution, with a convolution of `side` before it.
    constexpr tensor enlarged(tensor x, tensor side, int out) {
        const auto up = upsample_twice(conv(x, out, 1));
        ++layer;
        return joined({conv(side, out, 1), up});
    }
    /// Pools of 5x5, 9x9 and 13x13 beside a 1x1 convolution: SPPCSPC.
    constexpr tensor pyramid(tensor x, int out) {
        const name at = next();
        auto y = conv(x, at / "cv1", out, 1);
        y = conv(conv(y, at / "cv3", out, 3), at / "cv4", out, 1);
        const auto pooled = [&](int kernel) {
            return y | max_pool{{.kernel = kernel, .stride = 1, .pad = kernel / 2}};
        };
        y = concat({y, pooled(5), pooled(9), pooled(13)});
        y = conv(conv(y, at / "cv5", out, 1), at / "cv6", out, 3);
        return conv(concat({y, conv(x, at / "cv2", out, 1)}), at / "cv7", out, 1);
    }
    /// 3x3 and 1x1 side by side as trained, one 3x3 as deployed: RepConv.
    constexpr tensor rep_conv(tensor x, int out, bool is_deployed) {
        const name at = next();
        if (is_deployed) return activated(x | conv2d{at / "rbr_reparam", biased(out, 3)});
        const auto branch = [&](const char* which, int kernel) {
            return conv_bn(x, at / which, padded(out, kernel), {.eps = 1e-3f});
        };
        return activated(add(branch("rbr_dense", 3), branch("rbr_1x1", 1)));
    }
    /// "fine", "medium" and "coarse"; as trained with a number for each channel before and behind the 1x1.
    constexpr void heads(
        network& net, const std::vector<tensor>& scales, int classes, bool is_deployed) {
        constexpr const char* what[] = {"fine", "medium", "coarse"};
        const name at = next();
        for (int i = 0; i < 3; ++i) {
            tensor x = scales[static_cast<std::size_t>(i)];
            const int out = 3 * (5 + classes);
            if (!is_deployed)
                x = add(x, net.parameter(at / "ia" / i / "implicit", {1, x.dims.c, 1, 1}));
            x = x | conv2d{at / "m" / i, biased(out, 1)};
            if (!is_deployed) x = mul(x, net.parameter(at / "im" / i / "implicit", {1, out, 1, 1}));
            net.output(what[i], x);
        }
    }
};

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs "fine", "medium" and "coarse" Nx255xhxw with 1/8,
/// 1/16 and 1/32 of the rows and columns, before sigmoid. `yolov7<'t'>` is tiny, `yolov7<'m'>` YOLOv7,
/// `yolov7<'x'>` YOLOv7x. `Deployed`: with the weights of export.py or of reparameterization.ipynb.
template <char Size, bool Deployed = false, int Classes = 80, int Batch = 1, int Side = 640>
struct yolov7 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const auto x = net.input("image", image);
        if (Size == 't')
            define_tiny(net, x);
        else
            define_full(net, x);
    }

private:
    static constexpr void define_full(network& net, tensor image) {
        constexpr bool is_x = Size == 'x';
        constexpr int depth = is_x ? 6 : 4, step = is_x ? 2 : 1;
        yolov7_layers l;
        const auto wide = [](int channels) { return is_x ? channels / 4 * 5 : channels; };
        const auto neck
            = [&](tensor x, int outer) {  // outer: of YOLOv7, whose 3x3 are half as wide
                  return is_x ? l.block(x, outer, outer, wide(outer), depth, step)
                              : l.block(x, outer, outer / 2, outer, depth, step);
              };
        auto x = l.conv(image, wide(32), 3);
        x = l.conv(l.conv(x, wide(64), 3, 2), wide(64), 3);
        x = l.conv(x, wide(128), 3, 2);
        x = l.block(x, 64, 64, wide(256), depth, 2);
        const auto eighth = l.block(l.halved(x, wide(128)), 128, 128, wide(512), depth, 2);
        const auto sixteenth = l.block(l.halved(eighth, wide(256)), 256, 256, wide(1024), depth, 2);
        x = l.block(l.halved(sixteenth, wide(512)), 256, 256, wide(1024), depth, 2);
        const auto deep = l.pyramid(x, wide(512));
        const auto middle = neck(l.enlarged(deep, sixteenth, wide(256)), 256);
        const auto fine = neck(l.enlarged(middle, eighth, wide(128)), 128);
        const auto medium = neck(l.halved(fine, wide(128), {middle}), 256);
        const auto coarse = neck(l.halved(medium, wide(256), {deep}), 512);
        const auto last = [&](tensor y, int out) {
            return is_x ? l.conv(y, wide(out), 3) : l.rep_conv(y, out, Deployed);
        };
        const auto a = last(fine, 256), b = last(medium, 512), c = last(coarse, 1024);
        l.heads(net, {a, b, c}, Classes, Deployed);
    }
    static constexpr void define_tiny(network& net, tensor image) {
        yolov7_layers l{.is_leaky = true};
        const auto pooled = [&](tensor x) {
            ++l.layer;
            return x | max_pool{{.kernel = 2, .stride = 2}};
        };
        const auto block
            = [&](tensor x, int inner) { return l.block(x, inner, inner, 2 * inner, 2, 1); };
        auto x = block(l.conv(l.conv(image, 32, 3, 2), 64, 3, 2), 32);
        const auto eighth = block(pooled(x), 64);
        const auto sixteenth = block(pooled(eighth), 128);
        x = block(pooled(sixteenth), 256);
        const auto beside = l.conv(x, 256, 1), y = l.conv(x, 256, 1);
        const auto around = [&](int kernel) {
            ++l.layer;
            return y | max_pool{{.kernel = kernel, .stride = 1, .pad = kernel / 2}};
        };
        const auto five = around(5), nine = around(9), thirteen = around(13);
        x = l.conv(l.joined({thirteen, nine, five, y}), 256, 1);
        const auto deep = l.conv(l.joined({x, beside}), 256, 1);
        const auto middle = block(l.enlarged(deep, sixteenth, 128), 64);
        const auto fine = block(l.enlarged(middle, eighth, 64), 32);
        const auto medium = block(l.joined({l.conv(fine, 128, 3, 2), middle}), 64);
        const auto coarse = block(l.joined({l.conv(medium, 256, 3, 2), deep}), 128);
        const auto a = l.conv(fine, 128, 3), b = l.conv(medium, 256, 3), c = l.conv(coarse, 512, 3);
        l.heads(net, {a, b, c}, Classes, Deployed);
    }
};

}  // namespace zoo
