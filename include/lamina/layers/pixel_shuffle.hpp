// SPDX-License-Identifier: Apache-2.0
// Channels to pixels and back, and shuffled channel groups; each a reshape, a permute, a reshape.
#pragma once
#include <lamina/graph/apply.hpp>
#include <lamina/graph/window_rule.hpp>

namespace lamina {

/// How channels are numbered where pixels become channels and back: of output channel c, row i and
/// column j of a block of r x r pixels.
enum class shuffle_order : unsigned char {
    crd,  ///< c r^2 + i r + j: PyTorch; ONNX calls it CRD
    dcr,  ///< (i r + j) C + c: TensorFlow, and ONNX's default DCR
};
inline constexpr shuffle_order crd = shuffle_order::crd;
inline constexpr shuffle_order dcr = shuffle_order::dcr;

/// Channels become pixels (depth to space): `pixel_shuffle{2}`, `pixel_shuffle{2, dcr}`.
///
/// Shapes   NxCxHxW -> NxC/r^2xHrxWr.
/// Errors   LAM-01 not an image; LAM-03 r^2 does not divide the channels; LAM-08 r.
/// Cost     often none.
/// Source   torch.nn.PixelShuffle; with dcr tf.nn.depth_to_space and ONNX's DepthToSpace as it is
///          without a mode.
struct pixel_shuffle {
    subject who;
    whole factor;
    shuffle_order order;
    constexpr pixel_shuffle(whole r, shuffle_order o = shuffle_order::crd,
        std::source_location where = std::source_location::current())
        : who{"pixel_shuffle", {}, where}, factor(r), order(o) {}
};

/// Pixels become channels (space to depth): `pixel_unshuffle{2}`, `pixel_unshuffle{2, dcr}`.
///
/// Shapes   NxCxHxW -> NxCr^2xH/rxW/r.
/// Errors   LAM-01 not an image; LAM-08 r, or it does not divide height and width.
/// Cost     often none.
/// Source   torch.nn.PixelUnshuffle; with dcr tf.nn.space_to_depth and ONNX's SpaceToDepth.
struct pixel_unshuffle {
    subject who;
    whole factor;
    shuffle_order order;
    constexpr pixel_unshuffle(whole r, shuffle_order o = shuffle_order::crd,
        std::source_location where = std::source_location::current())
        : who{"pixel_unshuffle", {}, where}, factor(r), order(o) {}
};

/// Channels of g groups interleaved: channel i of group j becomes channel i g + j.
///
/// Shapes   NxCxHxW -> NxCxHxW.
/// Errors   LAM-01 not an image; LAM-03 the groups do not divide the channels; LAM-08 groups.
/// Cost     often none.
/// Source   torch.nn.ChannelShuffle; Zhang et al. 2017 (ShuffleNet).
struct channel_shuffle {
    subject who;
    whole groups;
    constexpr channel_shuffle(whole g, std::source_location where = std::source_location::current())
        : who{"channel_shuffle", {}, where}, groups(g) {}
};

/// True if a factor is 1 to 1024 (its square fits an int). Errors   LAM-08.
constexpr bool needs_factor(network& net, const subject& who, int factor) {
    if (factor >= 1 && factor <= 1024) return true;
    net.report(problem_id::option_range, who, "factor ", factor, " is not 1 to 1024");
    return false;
}

constexpr tensor operator|(const tensor& x, const pixel_shuffle& layer) {
    network& net = network_of(x);
    const shape& in = x.dims;
    const int r = layer.factor;
    if (!needs_image(net, layer.who, in) || !needs_factor(net, layer.who, r)) return x;
    if (in.c % (r * r)) {
        net.report(problem_id::channels, layer.who, "factor ", r,
            " needs channels in multiples of ", r * r, ", input ", to_text(in), " has ", in.c,
            "; check out of the convolution before it");
        return x;
    }
    const int c = in.c / (r * r);
    const bool is_crd = layer.order == shuffle_order::crd;
    const tensor apart = reshape_to(
        x, layer.who, is_crd ? shape{in.n, c, r, r, in.h, in.w} : shape{in.n, r, r, c, in.h, in.w});
    const tensor turned = permute_to(
        apart, layer.who, is_crd ? int_list{0, 1, 4, 2, 5, 3} : int_list{0, 3, 4, 1, 5, 2});
    return reshape_to(turned, layer.who, {in.n, c, in.h * r, in.w * r});
}

constexpr tensor operator|(const tensor& x, const pixel_unshuffle& layer) {
    network& net = network_of(x);
    const shape& in = x.dims;
    const int r = layer.factor;
    if (!needs_image(net, layer.who, in) || !needs_factor(net, layer.who, r)) return x;
    if (in.h % r || in.w % r) {
        net.report(problem_id::option_range, layer.who, "factor ", r,
            " does not divide height and width of input ", to_text(in), "; crop or pad before it");
        return x;
    }
    const tensor apart = reshape_to(x, layer.who, {in.n, in.c, in.h / r, r, in.w / r, r});
    const tensor turned = permute_to(apart, layer.who,
        layer.order == shuffle_order::crd ? int_list{0, 1, 3, 5, 2, 4}
                                          : int_list{0, 3, 5, 1, 2, 4});
    return reshape_to(turned, layer.who, {in.n, in.c * r * r, in.h / r, in.w / r});
}

constexpr tensor operator|(const tensor& x, const channel_shuffle& layer) {
    network& net = network_of(x);
    const shape& in = x.dims;
    const int g = layer.groups;
    if (!needs_image(net, layer.who, in)) return x;
    if (g < 1 || in.c % g) {
        net.report(g < 1 ? problem_id::option_range : problem_id::channels, layer.who, "groups ", g,
            " do not divide channels ", in.c, " of input ", to_text(in), "; check groups");
        return x;
    }
    if (g == 1 || g == in.c) return x;
    const tensor apart = reshape_to(x, layer.who, {in.n, g, in.c / g, in.h, in.w});
    const tensor turned = permute_to(apart, layer.who, {0, 2, 1, 3, 4});
    return reshape_to(turned, layer.who, in);
}

}  // namespace lamina
