// SPDX-License-Identifier: Apache-2.0
// How work-items map to elements, for several families: pixels of images, lines along an axis, the
// elements of a set. Renders the macros that their texts use.
#pragma once
#include <lamina/planner/builder.hpp>

namespace lamina::planner {

/// A float as an int argument: its bits. Kernels use as_float(NAME).
constexpr int bits_of(float value) { return __builtin_bit_cast(int, value); }

/// What the loads and stores of a family that only moves elements are, by their type.
constexpr void define_moved(launch_builder& b, dtype type) {
    if (type == dtype::i32) b.define("INTS", 1);
    if (size_bytes(type) == 1) b.define("REAL_BYTES", 1);
}

/// The input of a family that takes it in 8 bits too (kernels/byte_input.cl.hpp).
constexpr void byte_input(launch_builder& b, const view& x) {
    b.input(x);
    if (x.type == dtype::u8) b.define("X_BYTES", 1);
}

/// Stride, padding and dilation as numbers, for loops over taps that do not unroll.
constexpr void number_window(launch_builder& b, const window& win) {
    b.number("STRIDE_H", win.stride_h);
    b.number("STRIDE_W", win.stride_w);
    b.number("PAD_TOP", win.pad_top);
    b.number("PAD_LEFT", win.pad_left);
    b.number("DILATION_H", win.dilation_h);
    b.number("DILATION_W", win.dilation_w);
}

/// Kernel, stride and dilation as constants, so that loops over taps unroll.
constexpr void define_window(launch_builder& b, const window& win) {
    b.define("KH", win.kernel_h);
    b.define("KW", win.kernel_w);
    b.define("SH", win.stride_h);
    b.define("SW", win.stride_w);
    b.define("DH", win.dilation_h);
    b.define("DW", win.dilation_w);
}

/// What kernels/depth.cl.hpp needs of a step that sees several slices of a volume. Functions outside of the
/// kernel need `constants`.
constexpr void define_depth(launch_builder& b, bool constants = false) {
    const step& s = b.s;
    if (!s.depth.in) return;
    const auto number = [&](const char* key, int value) {
        if (constants)
            b.define(key, value);
        else
            b.number(key, value);
    };
    b.define("VOLUME", 1);
    b.define("KD", s.win.kernel_d);
    b.define("SD", s.win.stride_d);
    b.define("DD", s.win.dilation_d);
    number("PF", s.win.pad_front);
    number("ID", s.depth.in);
    number("OD", s.depth.out);
    number("X_V", s.depth.volume);
}

/// define_window for families that run along rows, with the padding before a row and the extents that they see.
constexpr void define_row_window(launch_builder& b, const window& win, int ih, int iw, int ow) {
    define_window(b, win);
    b.number("PT", win.pad_top);
    b.number("PL", win.pad_left);
    b.number("IH", ih);
    b.number("IW", iw);
    b.number("OW", ow);
}

/// The buffers x, w, b (where BIAS is 1) and y of a family with weights. The bias, folds included, has
/// `count` elements, padded to a multiple of `inner`.
constexpr void weighted_buffers(
    launch_builder& b, const view& x, const weight_recipe& w, int count, int inner, const view& y) {
    const int shift = b.pack_shift(count, inner);
    b.input(x);
    b.weights(b.pack(w));
    if (shift >= 0) b.weights(shift);
    b.output(y);
    b.define("BIAS", shift >= 0);
}

/// A norm's buffers: x, the scale and the bias that the layer has (SCALE, BIAS), of `count` elements in
/// blocks of `inner`, and y.
constexpr void norm_buffers(launch_builder& b, const view& x, int count, int inner, const view& y) {
    const node& n = b.m.net->nodes[at(b.s.anchor)];
    b.input(x);
    for (int slot : {weight_slot, bias_slot}) {
        b.define(slot == weight_slot ? "SCALE" : "BIAS", n.parameters[slot] >= 0);
        if (n.parameters[slot] < 0) continue;
        weight_recipe r;
        r.source = n.parameters[slot];
        r.dims = {count};
        r.inner[0] = inner;
        b.weights(b.pack(r));
    }
    b.output(y);
}

/// The strides of an image as numbers with an index: "X_S" gives X_S0 to X_S3.
constexpr void image_strides(launch_builder& b, const char* key, const view& v, int lanes) {
    const bool blocks = b.target.blocks_channels();
    const bool is_lane = !blocks || (lanes == 1 && v.lay.block > 1);  // axis 1 runs along lanes
    for (int axis = 0; axis < 4; ++axis)
        b.number(key, axis, axis == 1 && is_lane ? 1 : v.lay.stride[axis]);
}

/// Where images in blocks of channels lie: XS_N, XS_C (a block) and XS_H of the input.
constexpr void input_blocks(launch_builder& b, const view& x) {
    b.number("XS_N", x.lay.stride[0]);
    b.number("XS_C", x.lay.stride[1]);
    b.number("XS_H", x.lay.stride[2]);
}

/// YS_N, YS_C and YS_H of the output, TAIL where its last block has padding lanes, and the epilogue.
constexpr void output_blocks(launch_builder& b, const view& y) {
    const int block = b.target.channel_block;
    b.number("YS_N", y.lay.stride[0]);
    b.number("YS_C", y.lay.stride[1]);
    b.number("YS_H", y.lay.stride[2]);
    if (y.dims.c % block) b.define("TAIL", y.dims.c);
    b.epilogue(epilogue_coordinates::image, block, y.dims.c % block ? "TAIL-(i1)*VW" : "");
}

/// One work-item per tile of pixels of a block of channels: CB (the blocks of each image), the strides
/// of input and output, the epilogue and the extents. Input and output have the same channels.
constexpr void tiles_of_blocks(launch_builder& b, const view& x, const view& y) {
    const int block = b.target.channel_block, blocks = (y.dims.c + block - 1) / block;
    b.number("CB", blocks);
    input_blocks(b, x);
    output_blocks(b, y);
    b.out.extents[0] = y.dims.w;
    b.out.extents[1] = y.dims.h;
    b.out.extents[2] = y.dims.n * blocks;
}

/// True if the view is an image as families with PIXEL read and write it.
constexpr bool is_image_view(const launch_builder& b, const view& v) {
    if (v.dims.rank != 4 || !v.is_straight() || !v.clean) return false;
    if (b.target.blocks_channels()) return v.lay.block == b.target.channel_block;
    return v.lay.block == 1 && (v.lay.stride[1] == 1 || v.dims.c == 1);
}

/// True if families that support planes can read or write the view: for few channels on the `cpu`
/// classes, rows, or one block, a channel at a time.
constexpr bool is_planes_view(const launch_builder& b, const view& v) {
    return b.target.blocks_channels() && v.dims.rank == 4 && v.is_straight()
        && (v.lay.block == 1 || v.dims.c <= v.lay.block);
}
constexpr bool has_planes(const launch_builder& b, const view& x, const view& y) {
    return y.lay.block == 1 && is_planes_view(b, x) && is_planes_view(b, y);
}

/// Channels per work-item, a divisor of `divides`.
constexpr int image_lanes(const launch_builder& b, int divides) {
    if (b.target.blocks_channels()) return b.target.channel_block;
    return divides % 4 == 0 ? 4 : divides % 2 == 0 ? 2 : 1;
}

/// One work-item per `lanes` channels of a pixel of y: defines VW, PIXEL (declares i0 ... i3, the
/// coordinates of epilogue_coordinates::image), AT_PIXEL, FIRST_CHANNEL, P_N, P_C (vectors of channels),
/// P_H, P_W, and VALID where a last block has padding lanes; sets the extents; returns VALID for epilogue().
/// With `split` above 1, that many work-items along dimension 1 share a pixel (channels-last only).
constexpr text<40> pixels(launch_builder& b, const view& y, int lanes, int split = 1) {
    const bool blocks = b.target.blocks_channels();
    const int vectors = (y.dims.c + lanes - 1) / lanes;
    b.define("VW", lanes);
    b.number("P_N", y.dims.n);
    b.number("P_C", vectors);
    b.number("P_H", y.dims.h);
    b.number("P_W", y.dims.w);
    image_strides(b, "P_S", y, lanes);
    b.define("AT_PIXEL", "(i0 * P_S0 + i1 * P_S1 + i2 * P_S2 + i3 * P_S3)");
    b.define("FIRST_CHANNEL", blocks ? "(i1 * VW)" : "i1");
    text<40> valid;
    if (blocks) {
        b.define("PIXEL",
            "const int i3 = get_global_id(0), i2 = get_global_id(1); "
            "const int i1 = get_global_id(2) % P_C, i0 = get_global_id(2) / P_C; "
            "if (i3 >= P_W || i2 >= P_H || i0 >= P_N) return;");
        b.out.extents[0] = y.dims.w;
        b.out.extents[1] = y.dims.h;
        b.out.extents[2] = vectors * y.dims.n;
        if (y.dims.c % lanes) {
            valid.append(y.dims.c).append("-(i1)*VW");
            b.define("VALID", valid);
        }
        return valid;
    }
    if (split > 1)
        b.define("PIXEL",
            "const int i1 = min((int)get_global_id(0), P_C - 1) * VW; "
            "const int i3 = get_group_id(1); const int i2 = get_group_id(2) % P_H, "
            "i0 = get_group_id(2) / P_H;");
    else
        b.define("PIXEL",
            "const int i1 = get_global_id(0) * VW, i3 = get_global_id(1); "
            "const int i2 = get_global_id(2) % P_H, i0 = get_global_id(2) / P_H; "
            "if (i1 >= P_C * VW || i3 >= P_W || i0 >= P_N) return;");
    b.out.extents[0] = vectors;
    b.out.extents[1] = y.dims.w;
    b.out.extents[2] = y.dims.h * y.dims.n;
    return valid;
}

/// Work-items that share a line of `count` elements if there are `lines` of them: one on a CPU; on a
/// GPU that the lines alone would not fill, a power of two up to 256.
constexpr int choose_parts(const launch_builder& b, std::int64_t count, std::int64_t lines) {
    if (b.target.is_cpu()) return 1;
    int parts = 1;
    while (parts < 256 && parts * 2 <= count && lines * parts < 262144) parts *= 2;
    if (b.shares_shapes() && parts > 32 && parts < 256) parts = 32;  // fewer programs
    return parts < 32 ? 1 : parts;
}

/// ELEMENT over `lines` (a view with the extents of what is looped over set to 1), PARTS, and the
/// tactic for them.
constexpr void lines(launch_builder& b, const view& lines_, int parts) {
    b.elements(lines_, parts);
    if (parts == 1) {
        b.element_tactics();
        return;
    }
    b.define("PARTS", parts);
    tactic t;
    t.label.append("parts").append(parts);
    t.local[0] = parts;
    t.local_bytes = parts * 8;
    b.tactic_of(t);
}

/// Defines LINE_<buffer>(k): where the k-th element along `axis` of this work-item's line lies.
/// Call address() for the buffer as well.
constexpr void line(launch_builder& b, const char* buffer, int axis) {
    text<80> key, place;
    key.append("LINE_").append(buffer).append("(k)");
    place.append("AT_").append(buffer).append('(');
    for (int i = 0; i < max_rank; ++i) {
        if (i) place.append(',');
        if (i == axis)
            place.append("(k)");
        else
            place.append('i').append(i);
    }
    place.append(')');
    b.define(key.c_str(), place);
}

/// Defines `name`(k), which declares j0 ... j5 for the k-th element of the box `extents`, last axis
/// fastest; `outer` has the coordinate of the other axes ("i0"), empty for those in the box.
constexpr void inner(launch_builder& b, const char* name, const char* extent_key,
    const int (&extents)[max_rank], const text<24> (&outer)[max_rank],
    const text<24> (&added)[max_rank]) {
    text<700> body;
    int first = max_rank;
    for (int axis = max_rank - 1; axis >= 0; --axis)
        if (outer[axis].empty()) first = axis;
    text<40> key;
    key.append(name).append("(k)");
    body.append("int q_ = (k);");
    for (int axis = max_rank - 1; axis >= 0; --axis) {
        body.append(" const int j").append(axis).append(" = ");
        if (!outer[axis].empty()) {
            body.append(outer[axis]).append(';');
            continue;
        }
        if (extents[axis] == 1) {
            body.append('0');
        } else if (axis == first) {
            body.append("q_");
        } else {
            b.number(extent_key, axis, extents[axis]);
            body.append("q_ % ").append(extent_key).append(axis);
        }
        body.append(added[axis]).append(';');
        if (axis != first && extents[axis] != 1)
            body.append(" q_ /= ").append(extent_key).append(axis).append(';');
    }
    body.append(" (void)q_;");
    b.define(key.c_str(), body);
}

}  // namespace lamina::planner
