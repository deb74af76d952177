// SPDX-License-Identifier: Apache-2.0
// RT-DETR behind its backbone: the encoder of three levels, the choice of queries and the decoder that moves
// their boxes; the blocks of HGNetV2. Names are those of ultralytics.
#pragma once
#include "detr.hpp"
#include "residual.hpp"
#include "yolo.hpp"

namespace zoo {

/// 3x3 with stride 2, then a pool beside two 2x2 convolutions, then 3x3 with stride 2.
constexpr tensor hg_stem(tensor image, name at, int inner, int out) {
    const auto conv = [&](tensor x, const char* which, conv2d_options o) {
        return yolo_conv(x, at / which, o, yolo_act::relu);
    };
    const pad one_more{{.bottom = 1, .right = 1}};
    const auto x = conv(image, "stem1", padded(inner, 3, 2)) | one_more;
    auto y = conv(x, "stem2a", {.out = inner / 2, .kernel = 2});
    y = conv(y | one_more, "stem2b", {.out = inner, .kernel = 2});
    y = concat({x | max_pool{{.kernel = 2, .stride = 1}}, y});
    return conv(conv(y, "stem3", padded(inner, 3, 2)), "stem4", padded(out, 1));
}

struct hg_form {
    int kernel = 3;
    bool is_light = false;  ///< 1x1 and depthwise in place of a full convolution
    bool shortcut = false;
};

/// Six convolutions one after another, all of them joined, squeezed to half of `out` and widened.
constexpr tensor hg_block(tensor x, name at, int inner, int out, const hg_form& form) {
    std::vector<tensor> parts{x};
    for (int i = 0; i < 6; ++i) {
        const name own = at / "m" / i;
        const tensor last = parts.back();
        if (!form.is_light) {
            parts.push_back(yolo_conv(last, own, padded(inner, form.kernel), yolo_act::relu));
            continue;
        }
        const auto y = yolo_conv(last, own / "conv1", padded(inner, 1), yolo_act::none);
        parts.push_back(yolo_conv(y, own / "conv2", depthwise(y, form.kernel), yolo_act::relu));
    }
    auto y = yolo_conv(concat(parts), at / "sc", padded(out / 2, 1), yolo_act::relu);
    y = yolo_conv(y, at / "ec", padded(out, 1), yolo_act::relu);
    return form.shortcut ? add(y, x) : y;
}

/// Three blocks of 3x3 and 1x1 side by side, beside a 1x1 convolution of all: ultralytics' RepC3.
constexpr tensor rep_c3(tensor x, name at, int out) {
    auto y = yolo_conv(x, at / "cv1", padded(out, 1));
    for (int i = 0; i < 3; ++i) {
        const name own = at / "m" / i;
        y = add(yolo_conv(y, own / "conv1", padded(out, 3), yolo_act::none),
                yolo_conv(y, own / "conv2", padded(out, 1), yolo_act::none))
            | silu{};
    }
    return add(y, yolo_conv(x, at / "cv2", padded(out, 1)));
}

/// An encoder layer over the pixels of the coarsest level: ultralytics' AIFI.
constexpr tensor pixel_encoder(tensor map, name at, int hidden) {
    const shape d = map.dims;
    const int quarter = d.c / 4;
    const auto places = sine_places(
        network_of(map), d.h, d.w, d.c / 2,
        [=](int feature) {
            return power_of(10000, feature % quarter / static_cast<double>(quarter));
        },
        [=](int place, int, int feature, double slower) {
            constexpr double two_pi = 6.28318530717958647693;
            const double turns = place / slower / two_pi;
            return feature < quarter ? turns : turns + 0.25;
        });
    auto x = image_tokens(map);
    x = add(x, placed_self_attention(x, places, at / "ma", 8)) | layer_norm{at / "norm1"};
    const auto y = x | linear{at / "fc1", hidden} | gelu_erf{} | linear{at / "fc2", d.c};
    x = add(x, y) | layer_norm{at / "norm2"};
    return x | permute{{0, 2, 1}} | reshape{d};
}

/// Levels of an image as tokens, one behind the other.
struct token_levels {
    tensor tokens;  ///< NxLx256
    std::vector<shape> maps;
};

/// Each query reads four points of each level for each of eight heads, near its box `at` (middle and size):
/// Zhu et al. 2020, multi-scale deformable attention. queries NxQx256 -> the same.
constexpr tensor deformable_attention(
    tensor queries, tensor box, const token_levels& levels, name at) {
    constexpr int heads = 8, points = 4;
    const int n = queries.dims[0], q = queries.dims[1], width = queries.dims[2];
    const int count = static_cast<int>(levels.maps.size()), all = count * points;
    const auto offsets = queries
        | linear{at / "sampling_offsets", heads * all * 2}
        | reshape{{n, q, heads, all, 2}};
    const auto weights = (queries
                             | linear{at / "attention_weights", heads * all}
                             | reshape{{n, q, heads, all}}
                             | softmax{3})
        | permute{{0, 2, 1, 3}}
        | reshape{{n * heads, 1, q, all}};
    const auto [middle, size] = split<2>(box | reshape{{n, q, 1, 1, 4}}, {2, 2}, 4);
    // From 0 ... 1 to grid_sample's -1 ... 1.
    const auto grid = (add(middle, offsets * size * (0.5f / points)) * 2.0f - 1.0f)
        | permute{{0, 2, 1, 3, 4}}
        | reshape{{n * heads, q, all, 2}};
    const auto values = levels.tokens | linear{at / "value_proj", width} | permute{{0, 2, 1}};
    std::vector<tensor> read;
    int first = 0;
    for (int level = 0; level < count; ++level) {
        const shape d = levels.maps[static_cast<std::size_t>(level)];
        const auto own = values
            | slice{2, {.start = first, .stop = first + d.h * d.w}}
            | reshape{{n * heads, width / heads, d.h, d.w}};
        read.push_back(grid_sample(
            own, grid | slice{2, {.start = level * points, .stop = (level + 1) * points}}));
        first += d.h * d.w;
    }
    const auto sum = (concat(read, 3) * weights) | reduce_sum{{3}};
    return sum | reshape{{n, width, q}} | permute{{0, 2, 1}} | linear{at / "output_proj", width};
}

/// log(x / (1 - x)) of a number from 0 to 1, neither of which is nearer than 1e-5.
constexpr tensor logit(tensor x) {
    return (max(x, 1e-5f) | lamina::log{}) - (max(1.0f - x, 1e-5f) | lamina::log{});
}

/// What stands for a place outside of what queries may choose: its sigmoid is 1.
inline constexpr double outside_logit = 60;

/// A box for each place as logits of its middle and size, 1x(H W)x4. Places within a hundredth of an edge
/// are not chosen. `usable` gets 1 for each place that may be chosen, 0 for each other.
constexpr tensor place_logits(
    network& net, const shape& map, int level, std::vector<float>& usable) {
    const auto logit_of = [](double x) { return logarithm(x / (1 - x)); };
    const auto is_near = [](int i, int extent) {
        const double x = (i + 0.5) / extent;
        return x <= 0.01 || x >= 0.99;
    };
    const double size = 0.05 * (1 << level);
    const auto line = [&](int extent, int which, shape dims) {
        std::vector<float> numbers;
        for (int i = 0; i < extent; ++i)
            for (int k = 0; k < 4; ++k) {
                const double own = k == which ? logit_of((i + 0.5) / extent)
                    : k >= 2 && which == 0    ? logit_of(size)
                                              : 0;
                numbers.push_back(static_cast<float>(is_near(i, extent) ? outside_logit : own));
            }
        return net.constant(numbers, dims);
    };
    const std::size_t before = usable.size();
    usable.resize(before + static_cast<std::size_t>(map.h) * map.w);
    float* next = usable.data() + before;
    std::vector<float> of_column;
    for (int j = 0; j < map.w; ++j) of_column.push_back(is_near(j, map.w) ? 0.0f : 1.0f);
    const float* const columns = of_column.data();
    for (int i = 0; i < map.h; ++i) {
        const bool is_edge = is_near(i, map.h);
        for (int j = 0; j < map.w; ++j) *next++ = is_edge ? 0.0f : columns[j];
    }
    return add(line(map.w, 0, {1, 1, map.w, 4}), line(map.h, 1, {1, map.h, 1, 4}))
        | reshape{{1, map.h * map.w, 4}};
}

/// A query's content and its box.
struct detr_queries {
    tensor content;  ///< NxQx256
    tensor box;      ///< NxQx4, 0 to 1
};

/// The places with the highest scores. Fewer places than `most`: all of them.
constexpr detr_queries chosen_queries(const token_levels& levels, name at, int most) {
    network& net = network_of(levels.tokens);
    const shape d = levels.tokens.dims;
    std::vector<tensor> logits;
    std::vector<float> usable;
    for (std::size_t i = 0; i < levels.maps.size(); ++i)
        logits.push_back(place_logits(net, levels.maps[i], static_cast<int>(i), usable));
    tensor x = levels.tokens;
    for (const float each : usable)
        if (each == 0) {
            x = x * net.constant(usable, {1, d[1], 1});
            break;
        }
    x = x | linear{at / "enc_output" / 0, d[2]} | layer_norm{at / "enc_output" / 1};
    const auto best = x | linear{at / "enc_score_head", 80} | reduce_max{{2}};
    const auto order = (best | lamina::sort{.axis = 1, .descending = true}).indices;
    const int queries = most < d[1] ? most : d[1];
    const auto chosen = order | slice{1, {.stop = queries}};
    const auto content = gather_nd(x, chosen | unsqueeze{2}, 1);
    const auto around = gather(concat(logits, 1) | reshape{{d[1], 4}}, chosen, 0);
    return {content,
        add(several_linear(content, at / "enc_bbox_head", d[2], 4, 3), around) | sigmoid{}};
}

/// A decoder layer.
constexpr tensor rt_decoder_layer(
    tensor x, tensor box, tensor places, const token_levels& levels, name at) {
    x = add(x, placed_self_attention(x, places, at / "self_attn", 8)) | layer_norm{at / "norm1"};
    x = add(x, deformable_attention(add(x, places), box, levels, at / "cross_attn"))
        | layer_norm{at / "norm2"};
    const auto y = x | linear{at / "linear1", 1024} | relu{} | linear{at / "linear2", x.dims[2]};
    return add(x, y) | layer_norm{at / "norm3"};
}

struct rt_detr_form {
    int queries = 300;
    int width = 256;    ///< of the encoder
    int hidden = 1024;  ///< of its layer over pixels
};

/// From three levels of a backbone, finest first, to "boxes" and "scores". `first` is the number of the head's
/// first layer.
constexpr void rt_detr_head(network& net, const std::vector<tensor>& levels, name model, int first,
    const rt_detr_form& form) {
    const auto conv = [&](tensor x, int layer, conv2d_options o, yolo_act act = yolo_act::silu) {
        return yolo_conv(x, model / (first + layer), o, act);
    };
    const conv2d_options narrow = padded(form.width, 1), shrink = padded(form.width, 3, 2);
    auto x = pixel_encoder(
        conv(levels[2], 0, narrow, yolo_act::none), model / (first + 1), form.hidden);
    const auto deep = conv(x, 2, narrow);
    x = concat({upsample_twice(deep), conv(levels[1], 4, narrow, yolo_act::none)});
    const auto middle = conv(rep_c3(x, model / (first + 6), form.width), 7, narrow);
    x = concat({upsample_twice(middle), conv(levels[0], 9, narrow, yolo_act::none)});
    const auto fine = rep_c3(x, model / (first + 11), form.width);
    x = concat({conv(fine, 12, shrink), middle});
    const auto medium = rep_c3(x, model / (first + 14), form.width);
    x = concat({conv(medium, 15, shrink), deep});
    const auto coarse = rep_c3(x, model / (first + 17), form.width);

    const name at = model / (first + 18);
    token_levels tokens;
    std::vector<tensor> parts;
    for (const tensor& level : {fine, medium, coarse}) {
        const name own = at / "input_proj" / static_cast<int>(parts.size());
        const auto y = conv_bn(level, own, padded(256, 1), {.eps = 1e-3f});
        tokens.maps.push_back(y.dims);
        parts.push_back(image_tokens(y));
    }
    tokens.tokens = concat(parts, 1);
    auto [content, box] = chosen_queries(tokens, at, form.queries);
    constexpr int layers = 6;
    for (int i = 0; i < layers; ++i) {
        const name head = at / "query_pos_head";
        const auto places = several_linear(box, i == 0 ? head : head.shared(), 512, 256, 2);
        content = rt_decoder_layer(content, box, places, tokens, at / "decoder" / "layers" / i);
        const auto moved = several_linear(content, at / "dec_bbox_head" / i, 256, 4, 3);
        box = add(moved, logit(box)) | sigmoid{};
    }
    net.output("boxes", box);
    net.output("scores", content | linear{at / "dec_score_head" / (layers - 1), 80});
}

}  // namespace zoo
