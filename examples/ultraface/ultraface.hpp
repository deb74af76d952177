// SPDX-License-Identifier: Apache-2.0
// Ultra-Light-Fast-Generic-Face-Detector, version RFB-320 (github.com/Linzaer): an SSD that looks at
// 4420 places of a 320x240 picture, and at more of a larger one. The network alone; detect.hpp makes boxes of what
// it says.
#pragma once
#include <lamina/define.hpp>

#include <vector>

namespace zoo {
using namespace lamina;

/// 3x3 depthwise and 1x1, each with batch norm and relu; names as in a torch.nn.Sequential.
constexpr tensor separable(tensor x, name at, int out, int stride = 1) {
    const auto y = x
        | conv2d{at / 0,
            {.out = x.dims.c, .kernel = 3, .stride = stride, .pad = 1, .groups = x.dims.c}}
        | batch_norm{at / 1}
        | relu{}
        | conv2d{at / 3, {.out = out}}
        | batch_norm{at / 4}
        | relu{};
    return y;
}

/// A convolution that keeps the image's size, and its batch norm.
constexpr tensor conv_bn(tensor x, name at, int out, int kernel, int dilation = 1) {
    const auto y = x
        | conv2d{at / "conv",
            {.out = out, .kernel = kernel, .pad = dilation * (kernel / 2), .dilation = dilation}}
        | batch_norm{at / "bn"};
    return y;
}

/// Receptive field block: three branches with growing dilation, and a shortcut. Liu et al. 2018.
constexpr tensor receptive_field_block(tensor x, name at) {
    const auto branch = [&](const char* part, int dilation) {
        auto y = conv_bn(x, at / part / 0, 8, 1);
        y = conv_bn(y, at / part / 1, 16, 3) | relu{};
        return conv_bn(y, at / part / 2, 16, 3, dilation);
    };
    auto wide = conv_bn(x, at / "branch2" / 0, 8, 1);
    wide = conv_bn(wide, at / "branch2" / 1, 12, 3) | relu{};
    wide = conv_bn(wide, at / "branch2" / 2, 16, 3) | relu{};
    wide = conv_bn(wide, at / "branch2" / 3, 16, 3, 5);

    const auto all = concat({branch("branch0", 2), branch("branch1", 3), wide});
    return add(conv_bn(all, at / "ConvLinear", 64, 1), conv_bn(x, at / "shortcut", 64, 1)) | relu{};
}

/// What a head says about each box of each pixel, pixel by pixel: Nx(H W boxes)xnumbers.
constexpr tensor rows_of(tensor x, int numbers) {
    return x | permute{{0, 2, 3, 1}} | reshape{{x.dims.n, -1, numbers}};
}

/// A head on one feature map: depthwise 3x3, relu, 1x1.
constexpr tensor head(tensor x, name at, int boxes, int numbers) {
    const auto y = x
        | conv2d{at / 0, {.out = x.dims.c, .kernel = 3, .pad = 1, .groups = x.dims.c, .bias = true}}
        | relu{}
        | conv2d{at / 2, {.out = boxes * numbers, .bias = true}};
    return rows_of(y, numbers);
}

/// Input "image" Nx3x240x320, (RGB - 127) / 128; outputs "confidences" Nx4420x2 before softmax, and
/// "locations" Nx4420x4 relative to the places (detect.hpp).
template <int Batch = 1> struct ultraface {
    static constexpr void define(network& net) {
        define_on(net, net.input("image", {Batch, 3, 240, 320}));
    }
    static constexpr void define_on(network& net, tensor image) {
        const name base = "base_net";
        auto x = image
            | conv2d{base / 0 / 0, {.out = 16, .kernel = 3, .stride = 2, .pad = 1}}
            | batch_norm{base / 0 / 1}
            | relu{};
        x = separable(x, base / 1, 32);
        x = separable(x, base / 2, 32, 2);
        x = separable(x, base / 3, 32);
        x = separable(x, base / 4, 64, 2);
        x = separable(x, base / 5, 64);
        x = separable(x, base / 6, 64);
        const auto small = x = receptive_field_block(x, base / 7);
        x = separable(x, base / 8, 128, 2);
        x = separable(x, base / 9, 128);
        const auto medium = x = separable(x, base / 10, 128);
        x = separable(x, base / 11, 256, 2);
        const auto large = x = separable(x, base / 12, 256);

        const name extra = name("extras") / 0;
        const auto huge = large
            | conv2d{extra / 0, {.out = 64, .bias = true}}
            | relu{}
            | conv2d{extra / 2 / 0,
                {.out = 64, .kernel = 3, .stride = 2, .pad = 1, .groups = 64, .bias = true}}
            | relu{}
            | conv2d{extra / 2 / 2, {.out = 256, .bias = true}}
            | relu{};
        // Strides of 2 with padding 1 round up.
        const auto part = [](int extent, int stride) { return (extent + stride - 1) / stride; };
        const int batch = image.dims.n, height = image.dims.h, width = image.dims.w;
        huge.expect({batch, 256, part(height, 64), part(width, 64)});
        int places = 0;
        for (const int stride : {8, 16, 32, 64})
            places += part(height, stride) * part(width, stride)
                * (stride == 16 || stride == 32 ? 2 : 3);

        const auto all_heads = [&](name at, int numbers) {
            const auto last
                = huge | conv2d{at / 3, {.out = 3 * numbers, .kernel = 3, .pad = 1, .bias = true}};
            return concat({head(small, at / 0, 3, numbers), head(medium, at / 1, 2, numbers),
                head(large, at / 2, 2, numbers), rows_of(last, numbers)});
        };
        net.output(
            "confidences", all_heads("classification_headers", 2).expect({batch, places, 2}));
        net.output("locations", all_heads("regression_headers", 4).expect({batch, places, 4}));
    }
};

/// The same of pictures as files have them: input "image" Nx240x320x3, RGB bytes.
template <int Batch = 1> struct ultraface_of_bytes {
    static constexpr void define(network& net) {
        ultraface<Batch>::define_on(net,
            net.input("image", u8, {Batch, 240, 320, 3})
                | channels_first{}
                | normalize_picture{{.mean = 127, .std = 128, .scale = 1}});
    }
};

/// Pictures of any size: input "image" 1xHxWx3, RGB bytes, outputs with a row for each place.
struct ultraface_of_any_size {
    static constexpr void define(network& net) {
        const int height = net.dim("height", {.min = 64, .opt = 240, .max = 1280, .step = 16});
        const int width = net.dim("width", {.min = 64, .opt = 320, .max = 1280, .step = 16});
        ultraface<>::define_on(net,
            net.input("image", u8, {1, height, width, 3})
                | channels_first{}
                | normalize_picture{{.mean = 127, .std = 128, .scale = 1}});
    }
};

}  // namespace zoo
