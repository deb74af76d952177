// SPDX-License-Identifier: Apache-2.0
// Inception v3: large kernels split into rows and columns.
//
// Task     classification (ImageNet)
// Source   Szegedy et al. 2015, table 1; torchvision.models.inception_v3 without the auxiliary head and
//          without transform_input.
#pragma once
#include "blocks/conv.hpp"

namespace zoo {

/// Convolution, batch norm and relu without padding, or of a row or column that keeps the image.
constexpr tensor inception_conv(tensor x, name at, int out, pair kernel, int stride = 1) {
    const bool flat = kernel.h == 1 || kernel.w == 1;
    return conv_bn_relu(x, at,
        {.out = out,
            .kernel = kernel,
            .stride = stride,
            .pad = flat ? padding(kernel.h / 2, kernel.w / 2) : padding(0)});
}

constexpr tensor mean_of_three(tensor x) {
    return x | avg_pool{{.kernel = 3, .stride = 1, .pad = 1}};
}

/// 35x35: the paper's figure 5.
constexpr tensor inception_a(tensor x, name at, int pool) {
    const auto large = conv_bn_relu(x, at / "branch5x5_1", padded(48, 1));
    auto twice = conv_bn_relu(x, at / "branch3x3dbl_1", padded(64, 1));
    twice = conv_bn_relu(twice, at / "branch3x3dbl_2", padded(96, 3));
    return concat({
        conv_bn_relu(x, at / "branch1x1", padded(64, 1)),
        conv_bn_relu(large, at / "branch5x5_2", padded(64, 5)),
        conv_bn_relu(twice, at / "branch3x3dbl_3", padded(96, 3)),
        conv_bn_relu(mean_of_three(x), at / "branch_pool", padded(pool, 1)),
    });
}

/// Half the rows and columns, three branches side by side: figure 10.
constexpr tensor inception_b(tensor x, name at) {
    auto twice = conv_bn_relu(x, at / "branch3x3dbl_1", padded(64, 1));
    twice = conv_bn_relu(twice, at / "branch3x3dbl_2", padded(96, 3));
    return concat({
        inception_conv(x, at / "branch3x3", 384, 3, 2),
        inception_conv(twice, at / "branch3x3dbl_3", 96, 3, 2),
        x | max_pool{{.kernel = 3, .stride = 2}},
    });
}

/// 17x17: figure 6 with n = 7.
constexpr tensor inception_c(tensor x, name at, int width) {
    auto once = conv_bn_relu(x, at / "branch7x7_1", padded(width, 1));
    once = inception_conv(once, at / "branch7x7_2", width, {1, 7});
    auto twice = conv_bn_relu(x, at / "branch7x7dbl_1", padded(width, 1));
    twice = inception_conv(twice, at / "branch7x7dbl_2", width, {7, 1});
    twice = inception_conv(twice, at / "branch7x7dbl_3", width, {1, 7});
    twice = inception_conv(twice, at / "branch7x7dbl_4", width, {7, 1});
    return concat({
        conv_bn_relu(x, at / "branch1x1", padded(192, 1)),
        inception_conv(once, at / "branch7x7_3", 192, {7, 1}),
        inception_conv(twice, at / "branch7x7dbl_5", 192, {1, 7}),
        conv_bn_relu(mean_of_three(x), at / "branch_pool", padded(192, 1)),
    });
}

constexpr tensor inception_d(tensor x, name at) {
    const auto small = conv_bn_relu(x, at / "branch3x3_1", padded(192, 1));
    auto large = conv_bn_relu(x, at / "branch7x7x3_1", padded(192, 1));
    large = inception_conv(large, at / "branch7x7x3_2", 192, {1, 7});
    large = inception_conv(large, at / "branch7x7x3_3", 192, {7, 1});
    return concat({
        inception_conv(small, at / "branch3x3_2", 320, 3, 2),
        inception_conv(large, at / "branch7x7x3_4", 192, 3, 2),
        x | max_pool{{.kernel = 3, .stride = 2}},
    });
}

/// 8x8: figure 7.
constexpr tensor inception_e(tensor x, name at) {
    const auto once = conv_bn_relu(x, at / "branch3x3_1", padded(384, 1));
    auto twice = conv_bn_relu(x, at / "branch3x3dbl_1", padded(448, 1));
    twice = conv_bn_relu(twice, at / "branch3x3dbl_2", padded(384, 3));
    return concat({
        conv_bn_relu(x, at / "branch1x1", padded(320, 1)),
        inception_conv(once, at / "branch3x3_2a", 384, {1, 3}),
        inception_conv(once, at / "branch3x3_2b", 384, {3, 1}),
        inception_conv(twice, at / "branch3x3dbl_3a", 384, {1, 3}),
        inception_conv(twice, at / "branch3x3dbl_3b", 384, {3, 1}),
        conv_bn_relu(mean_of_three(x), at / "branch_pool", padded(192, 1)),
    });
}

/// Input "image" Nx3xHxW, 75x75 or more; output "logits" Nx1000.
template <int Batch = 1, int Side = 299> struct inception_v3 {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        auto x = inception_conv(net.input("image", image), "Conv2d_1a_3x3", 32, 3, 2);
        x = inception_conv(x, "Conv2d_2a_3x3", 32, 3);
        x = conv_bn_relu(x, "Conv2d_2b_3x3", padded(64, 3)) | max_pool{{.kernel = 3, .stride = 2}};
        x = conv_bn_relu(x, "Conv2d_3b_1x1", padded(80, 1));
        x = inception_conv(x, "Conv2d_4a_3x3", 192, 3) | max_pool{{.kernel = 3, .stride = 2}};
        x = inception_a(x, "Mixed_5b", 32);
        x = inception_a(x, "Mixed_5c", 64);
        x = inception_b(inception_a(x, "Mixed_5d", 64), "Mixed_6a");
        x = inception_c(x, "Mixed_6b", 128);
        x = inception_c(x, "Mixed_6c", 160);
        x = inception_c(x, "Mixed_6d", 160);
        x = inception_d(inception_c(x, "Mixed_6e", 192), "Mixed_7a");
        x = inception_e(inception_e(x, "Mixed_7b"), "Mixed_7c");
        net.output("logits", x | global_avg_pool{} | dense{"fc", 1000});
    }
};

}  // namespace zoo
