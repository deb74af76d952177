// SPDX-License-Identifier: Apache-2.0
// YOLOv9-t, -s, -m, -c and -e: blocks whose 3x3 convolutions have a 1x1 beside them, up to the raw outputs; -e has
// two backbones, of which the second sees all scales of the first.
//
// Task     detection (COCO)
// Source   Wang et al. 2024; ultralytics' yolov9t.yaml, yolov9s.yaml, yolov9m.yaml, yolov9c.yaml, yolov9e.yaml
#pragma once
#include "blocks/yolo_head.hpp"

namespace zoo {

/// 3x3 and 1x1 side by side, added: the form in which it is trained.
constexpr tensor rep_conv(tensor x, name at, int out) {
    const auto large = yolo_conv(x, at / "conv1", padded(out, 3), yolo_act::none);
    return add(large, yolo_conv(x, at / "conv2", padded(out, 1), yolo_act::none)) | silu{};
}

/// YOLOv5's block whose bottlenecks begin with a rep_conv.
constexpr tensor rep_csp(tensor x, name at, int out, int repeats) {
    const int half = out / 2;
    auto y = yolo_conv(x, at / "cv1", padded(half, 1));
    for (int i = 0; i < repeats; ++i) {
        const name own = at / "m" / i;
        y = add(y, yolo_conv(rep_conv(y, own / "cv1", half), own / "cv2", padded(half, 3)));
    }
    return yolo_conv(
        concat({y, yolo_conv(x, at / "cv2", padded(half, 1))}), at / "cv3", padded(out, 1));
}

/// Two of them one after another, everything joined: the paper's GELAN. Without repeats a 3x3
/// convolution each (ultralytics' ELAN1).
constexpr tensor gelan(tensor x, name at, int out, int first, int inner, int repeats) {
    const auto [a, b] = chunk<2>(yolo_conv(x, at / "cv1", padded(first, 1)), 1);
    const auto next = [&](tensor y, name own) {
        if (repeats == 0) return yolo_conv(y, own, padded(inner, 3));
        return yolo_conv(rep_csp(y, own / 0, inner, repeats), own / 1, padded(inner, 3));
    };
    const auto c = next(b, at / "cv2"), d = next(c, at / "cv3");
    return yolo_conv(concat({a, b, c, d}), at / "cv4", padded(out, 1));
}

/// Half the rows and columns behind a mean of 2x2: one 3x3, or (`in_halves`) half of the channels by a 3x3,
/// half by a pool and a 1x1.
constexpr tensor yolov9_down(tensor x, name at, int out, bool in_halves) {
    const auto mean = x | avg_pool{{.kernel = 2, .stride = 1}};
    if (!in_halves) return yolo_conv(mean, at / "cv1", padded(out, 3, 2));
    const auto [a, b] = chunk<2>(mean, 1);
    const auto pooled = b | max_pool{{.kernel = 3, .stride = 2, .pad = 1}};
    return concat({yolo_conv(a, at / "cv1", padded(out / 2, 3, 2)),
        yolo_conv(pooled, at / "cv2", padded(out / 2, 1))});
}

/// SPPF with another width inside and other names.
constexpr tensor spp_elan(tensor x, name at, int out, int inner) {
    const max_pool five{{.kernel = 5, .stride = 1, .pad = 2}};
    const auto y = yolo_conv(x, at / "cv1", padded(inner, 1));
    const auto once = y | five, twice = once | five;
    return yolo_conv(concat({y, once, twice, twice | five}), at / "cv5", padded(out, 1));
}

/// Widths of a member: of the stem, the first block, the scales 1/8, 1/16 and 1/32.
struct yolov9_form {
    int stem, first, eighth, sixteenth, last;
    int repeats;
};

/// Input "image" Nx3xHxW in 0 to 1, multiples of 32; outputs "boxes" and "scores" as blocks/yolo_head.hpp
/// says.
template <char Size, int Batch = 1, int Side = 640> struct yolov9 {
    static constexpr yolov9_form form() {
        switch (Size) {
        case 't':
            return {16, 32, 64, 96, 128, 3};
        case 's':
            return {32, 64, 128, 192, 256, 3};
        case 'm':
            return {32, 128, 240, 360, 480, 1};
        default:
            return {64, 256, 512, 512, 512, 1};
        }
    }
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr yolov9_form f = form();
        constexpr bool large = Size == 'c', small = Size == 't' || Size == 's';
        const name model = "model";
        const auto block = [&](tensor x, int layer, int out, int first) {
            return gelan(x, model / layer, out, first, first / 2, f.repeats);
        };
        const auto down = [&](tensor x, int layer, int out) {
            return yolov9_down(x, model / layer, out, large);
        };
        auto x = yolo_conv(net.input("image", image), model / 0, padded(f.stem, 3, 2));
        x = yolo_conv(x, model / 1, padded(2 * f.stem, 3, 2));
        x = small ? gelan(x, model / 2, f.first, f.first, f.first / 2, 0)
                  : block(x, 2, f.first, large ? 128 : f.first);
        x = down(x, 3, large ? 256 : f.eighth);
        const auto eighth = block(x, 4, f.eighth, large ? 256 : f.eighth);
        const auto sixteenth = block(down(eighth, 5, f.sixteenth), 6, f.sixteenth, f.sixteenth);
        x = block(down(sixteenth, 7, f.last), 8, f.last, f.last);
        const auto deep = spp_elan(x, model / 9, f.last, f.last / 2);

        x = concat({upsample_twice(deep), sixteenth});
        const auto middle = block(x, 12, f.sixteenth, f.sixteenth);
        x = concat({upsample_twice(middle), eighth});
        const int wide = large ? 256 : f.eighth;
        const auto fine = block(x, 15, wide, wide);
        x = concat({down(fine, 16, large ? 256 : (f.sixteenth / 2 + 7) / 8 * 8), middle});
        const auto medium = block(x, 18, f.sixteenth, f.sixteenth);
        x = concat({down(medium, 19, large ? 512 : f.last / 2), deep});
        const auto coarse = block(x, 21, f.last, f.last);
        detect_outputs(net, {fine, medium, coarse}, model / 22);
    }
};

/// Input and outputs as of yolov9.
template <int Batch = 1, int Side = 640> struct yolov9e {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr int widths[] = {64, 128, 256, 512, 1024};
        const name model = "model";
        const auto conv = [&](tensor x, int layer, int out) {
            return yolo_conv(x, model / layer, padded(out, 3, 2));
        };
        const auto down = [&](tensor x, int layer, int out) {
            return yolov9_down(x, model / layer, out, true);
        };
        const auto block = [&](tensor x, int layer, int out, int first) {
            return gelan(x, model / layer, out, first, first / 2, 2);
        };
        const auto first = net.input("image", image);
        std::vector<tensor> seen{conv(first, 1, 64)};  // at 1/2, 1/4 ... 1/32
        seen.push_back(block(conv(seen[0], 2, 128), 3, 256, 128));
        seen.push_back(block(down(seen[1], 4, 256), 5, 512, 256));
        seen.push_back(block(down(seen[2], 6, 512), 7, 1024, 512));
        seen.push_back(block(down(seen[3], 8, 1024), 9, 1024, 512));

        std::vector<tensor>
            sides;  // layers 10 to 14: channels for each scale down to their own, side by side
        for (int i = 0; i < 5; ++i)
            sides.push_back(seen[static_cast<std::size_t>(i)]
                | conv2d{model / (10 + i) / "conv", biased((128 << i) - 64, 1)});
        // x and what scales from `scale` on have for it, enlarged: CBFuse.
        const auto joined = [&](tensor x, int scale) {
            const auto start = (64 << scale) - 64;
            tensor sum;
            for (int i = scale; i < 5; ++i) {
                const auto part = sides[static_cast<std::size_t>(i)]
                    | slice{1, {.start = start, .stop = start + widths[scale]}}
                    | resize{
                        {.size = {x.dims.h, x.dims.w}, .mode = nearest, .coordinates = asymmetric}};
                sum = i == scale ? part : sum + part;
            }
            return sum + x;
        };
        auto x = joined(conv(first, 15, 64), 0);
        x = block(joined(conv(x, 17, 128), 1), 19, 256, 128);
        const auto eighth = block(joined(down(x, 20, 256), 2), 22, 512, 256);
        const auto sixteenth = block(joined(down(eighth, 23, 512), 3), 25, 1024, 512);
        x = block(joined(down(sixteenth, 26, 1024), 4), 28, 1024, 512);
        const auto deep = spp_elan(x, model / 29, 512, 256);

        const auto middle = block(concat({upsample_twice(deep), sixteenth}), 32, 512, 512);
        const auto fine = block(concat({upsample_twice(middle), eighth}), 35, 256, 256);
        const auto medium = block(concat({down(fine, 36, 256), middle}), 38, 512, 512);
        const auto coarse = block(concat({down(medium, 39, 512), deep}), 41, 512, 1024);
        detect_outputs(net, {fine, medium, coarse}, model / 42);
    }
};

}  // namespace zoo
