// SPDX-License-Identifier: Apache-2.0
// Swin-T, -S and -B: attention inside of windows of 7x7 places, every second time moved by half a window.
//
// Task     classification (ImageNet)
// Source   Liu et al. 2021, table 7; torchvision.models.swin_t, swin_s, swin_b.
#pragma once
#include "blocks/transformer.hpp"

#include <vector>

namespace zoo {

inline constexpr int swin_window = 7;

/// For each pair of places in a window the row of the table that holds its bias.
constexpr std::vector<int> swin_pairs() {
    constexpr int side = swin_window, places = side * side;
    std::vector<int> out(places * places);
    int* next = out.data();  // no push_back: ten calls for each of 2401 pairs in each block
    // The row of a pair is a number of its first place less one of its second.
    int row_of[places] = {};
    for (int i = 0; i < places; ++i) row_of[i] = i / side * (2 * side - 1) + i % side;
    for (int i = 0; i < places; ++i) {
        const int first = row_of[i] + row_of[places - 1];
        for (int j = 0; j < places; ++j) *next++ = first - row_of[j];
    }
    return out;
}

/// Which part of the picture stands at each place of each window behind a move: those of different parts do
/// not see each other.
constexpr std::vector<int> swin_parts(int height, int width, int move_h, int move_w) {
    const auto part = [](int at, int extent, int move) {
        return move == 0 || at < extent - swin_window ? 0 : at < extent - move ? 1 : 2;
    };
    std::vector<int> out(static_cast<std::size_t>(height) * width), rows, columns;
    for (int i = 0; i < height; ++i) rows.push_back(3 * part(i, height, move_h));
    for (int j = 0; j < width; ++j) columns.push_back(part(j, width, move_w));
    const int *const row_of = rows.data(), *const column_of = columns.data();
    int* next = out.data();
    for (int top = 0; top < height; top += swin_window)
        for (int left = 0; left < width; left += swin_window)
            for (int i = top; i < top + swin_window; ++i)
                for (int j = left; j < left + swin_window; ++j) *next++ = row_of[i] + column_of[j];
    return out;
}

/// Attention in windows: NxHxWxC -> NxHxWxC.
constexpr tensor window_attention(tensor x, name at, int heads, bool moves) {
    network& net = network_of(x);
    constexpr int side = swin_window, places = side * side;
    const int batch = x.dims[0], height = x.dims[1], width = x.dims[2], channels = x.dims[3];
    const int more_h = (side - height % side) % side, more_w = (side - width % side) % side;
    if (more_h || more_w) x = x | pad{{.after = {0, more_h, more_w, 0}}};
    const int rows = (height + more_h) / side, columns = (width + more_w) / side;
    const int move_h = moves && rows > 1 ? side / 2 : 0,
              move_w = moves && columns > 1 ? side / 2 : 0;
    if (move_h || move_w) x = x | roll{{-move_h, -move_w}, {1, 2}};

    const int windows = rows * columns, part = channels / heads;
    const auto tokens = x
        | reshape{{batch, rows, side, columns, side, channels}}
        | permute{{0, 1, 3, 2, 4, 5}}
        | reshape{{batch * windows, places, channels}};
    const auto [q, k, v] = chunk<3>(tokens | linear{at / "qkv", 3 * channels}, 2);
    const auto split_heads = [&](tensor y) {
        return y | reshape{{batch, windows, places, heads, part}} | permute{{0, 1, 3, 2, 4}};
    };
    const auto table = net.parameter(
        at / "relative_position_bias_table", {(2 * side - 1) * (2 * side - 1), heads});
    auto mask = gather(table, net.constant(swin_pairs()), 0)
        | reshape{{places, places, heads}}
        | permute{{2, 0, 1}}
        | reshape{{1, 1, heads, places, places}};
    if (move_h || move_w) {
        const auto parts = net.constant(
            swin_parts(rows * side, columns * side, move_h, move_w), {1, windows, 1, places, 1});
        const auto differ = ne(parts, parts | reshape{{1, windows, 1, 1, places}});
        mask = mask + cast(differ, dtype::f32) * -100.f;
    }
    auto y = attention(split_heads(q), split_heads(k), split_heads(v), {.mask = mask});
    y = y | permute{{0, 1, 3, 2, 4}} | reshape{{batch * windows, places, channels}};
    y = y
        | linear{at / "proj", channels}
        | reshape{{batch, rows, columns, side, side, channels}}
        | permute{{0, 1, 3, 2, 4, 5}}
        | reshape{{batch, rows * side, columns * side, channels}};
    if (move_h || move_w) y = y | roll{{move_h, move_w}, {1, 2}};
    if (more_h || more_w) y = y | slice{1, {.stop = height}} | slice{2, {.stop = width}};
    return y;
}

/// Four neighbours become one of twice the channels.
constexpr tensor merged_patches(tensor x, name at) {
    const int channels = x.dims[3];
    const int odd_h = x.dims[1] % 2, odd_w = x.dims[2] % 2;
    if (odd_h || odd_w) x = x | pad{{.after = {0, odd_h, odd_w, 0}}};
    std::vector<tensor> parts;
    for (int column = 0; column < 2; ++column)
        for (int row = 0; row < 2; ++row)
            parts.push_back(
                x | slice{1, {.start = row, .step = 2}} | slice{2, {.start = column, .step = 2}});
    return concat(parts, 3)
        | layer_norm{at / "norm"}
    | linear{at / "reduction", {.out = 2 * channels, .bias = false}};
}

/// Input "image" Nx3xHxW; output "logits" Nx1000: `swin<'t'>`.
template <char Size, int Batch = 1, int Side = 224> struct swin {
    static constexpr void define(network& net, shape image = {Batch, 3, Side, Side}) {
        constexpr int width = Size == 'b' ? 128 : 96;
        const name features = "features";
        auto x = net.input("image", image)
            | conv2d{features / 0 / 0, {.out = width, .kernel = 4, .stride = 4, .bias = true}};
        x = x | permute{{0, 2, 3, 1}} | layer_norm{features / 0 / 2};
        for (int stage = 0; stage < 4; ++stage) {
            const int blocks = stage != 2 ? 2 : Size == 't' ? 6 : 18;
            for (int i = 0; i < blocks; ++i) {
                const name at = features / (2 * stage + 1) / i;
                x = x
                    + window_attention(x | layer_norm{at / "norm1"}, at / "attn",
                        (width << stage) / 32, i % 2 == 1);
                x = x + gelu_mlp_of_images(x | layer_norm{at / "norm2"}, at / "mlp");
            }
            if (stage < 3) x = merged_patches(x, features / (2 * stage + 2));
        }
        x = x | layer_norm{"norm"} | reduce_mean{{1, 2}};
        net.output("logits", x | linear{"head", 1000});
    }

private:
    static constexpr tensor gelu_mlp_of_images(tensor x, name at) {
        const int channels = x.dims[3];
        return x | linear{at / 0, 4 * channels} | gelu_erf{} | linear{at / 3, channels};
    }
};

}  // namespace zoo
