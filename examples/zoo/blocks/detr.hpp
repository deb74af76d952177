// SPDX-License-Identifier: Apache-2.0
// Parts of DETR and RT-DETR: places of pixels as sines, layers with their norm after, heads of several
// linear layers.
#pragma once
#include "transformer.hpp"

#include <lamina/graph/constant_math.hpp>

namespace zoo {

/// Numbers for each place of an image, one half of them from its row and one from its column:
/// 1x(H W)x(2 FEATURES). `turns(place, extent, feature, slower)` says of which angle the number is the sine;
/// slower is `slower(feature)`.
template <class Slower, class Turns>
constexpr tensor sine_places(network& net, int h, int w, int features, Slower slower, Turns turns) {
    std::vector<double> slow;
    for (int feature = 0; feature < features; ++feature) slow.push_back(slower(feature));
    const double* const slow_of = slow.data();
    const auto line = [&](int extent) {
        std::vector<float> numbers(static_cast<std::size_t>(extent) * features);
        float* next = numbers.data();  // no push_back: a chain of calls for each of thousands
        for (int place = 0; place < extent; ++place)
            for (int feature = 0; feature < features; ++feature)
                *next++ = static_cast<float>(
                    cosine_of_turns(turns(place, extent, feature, slow_of[feature]) - 0.25));
        return numbers;
    };
    const std::vector<float> rows = line(h);
    std::vector<float> other;
    if (w != h) other = line(w);
    const std::vector<float>& columns = w == h ? rows : other;
    return concat({net.constant(rows, {h, 1, features}) | expand{{h, w, features}},
                      net.constant(columns, {1, w, features}) | expand{{h, w, features}}},
               2)
        | reshape{{1, h * w, 2 * features}};
}

/// NxCxHxW -> Nx(H W)xC.
constexpr tensor image_tokens(tensor x) { return x | flatten{2} | permute{{0, 2, 1}}; }

/// AT.layers.0, AT.layers.1, ... with relu between them; the last one has `out` features.
constexpr tensor several_linear(tensor x, name at, int hidden, int out, int layers) {
    for (int i = 0; i < layers - 1; ++i) x = x | linear{at / "layers" / i, hidden} | relu{};
    return x | linear{at / "layers" / (layers - 1), out};
}

/// Self-attention whose queries and keys know their places and whose values do not, with the names of
/// torch.nn.MultiheadAttention: one table of weights for all three.
constexpr tensor placed_self_attention(tensor x, tensor places, name at, int heads) {
    const int width = x.dims[2];
    const name table = (at / "in_proj_").prefix();
    const auto [queries, keys]
        = chunk<2>(add(x, places) | linear{table, 3 * width} | slice{2, {.stop = 2 * width}}, 2);
    const auto values = x | linear{table.shared(), 3 * width} | slice{2, {.start = 2 * width}};
    return multi_head_attention(queries, keys, values, heads) | linear{at / "out_proj", width};
}

}  // namespace zoo
