// SPDX-License-Identifier: Apache-2.0
// YOLOv3-tiny up to what it says about each place: no boxes.
//
// Task     detection (COCO)
// Source   Redmon and Farhadi 2018; darknet's yolov3-tiny.cfg, whose layer numbers are the weight names.
//          The pool of stride 1 is 3x3 with padding 1, where darknet pads a 2x2 window at one side.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// A convolution with batch norm and darknet's activation.
constexpr tensor yolo_conv(tensor x, int layer, int out, int kernel) {
    return conv_bn(x, name("layers") / layer, padded(out, kernel)) | leaky_relu{.1f};
}

/// What is said about 3 boxes of each place: 4 coordinates, 1 confidence, 80 classes.
constexpr tensor yolo_head(tensor x, int layer) {
    return x | conv2d{name("layers") / layer, {.out = 3 * 85, .bias = true}};
}

/// Input "image" Nx3xHxW in 0 to 1; outputs "coarse" Nx255x(H/32)x(W/32) and "fine" Nx255x(H/16)x(W/16), before
/// sigmoid.
template <int Batch = 1, int Side = 416> struct yolov3_tiny {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        const max_pool halve{{.kernel = 2, .stride = 2}};
        auto x = net.input("image", image);
        x = yolo_conv(x, 0, 16, 3) | halve;
        x = yolo_conv(x, 2, 32, 3) | halve;
        x = yolo_conv(x, 4, 64, 3) | halve;
        x = yolo_conv(x, 6, 128, 3) | halve;
        const auto detailed = yolo_conv(x, 8, 256, 3);

        x = yolo_conv(detailed | halve, 10, 512, 3)
            | max_pool{{.kernel = 3, .stride = 1, .pad = 1}};
        x = yolo_conv(x, 12, 1024, 3);
        x = yolo_conv(x, 13, 256, 1);
        net.output("coarse", yolo_head(yolo_conv(x, 14, 512, 3), 15));

        const auto up = yolo_conv(x, 18, 128, 1)
            | resize{{.scale = 2, .mode = nearest, .coordinates = asymmetric}};
        net.output("fine", yolo_head(yolo_conv(concat({up, detailed}), 21, 256, 3), 22));
    }
};

}  // namespace zoo
