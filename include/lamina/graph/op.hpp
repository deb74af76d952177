// SPDX-License-Identifier: Apache-2.0
// The ops: what each computes, and one row of traits with the properties that passes need. Passes, checks and
// printers read the row; none of them names an op.
#pragma once
#include <cstddef>

namespace lamina {

/// What a node computes. Layers that are only shape work (pixel_shuffle, split, ...) lower to
/// several of these. New ones go before `end`, with a row in op_table: names, not numbers, are
/// stored in plans. Each comment is the whole contract: inputs, parameters, the attributes that it
/// reads. The output's extents are always node::dims; what only changes them (keep_dims,
/// output_padding) is stored nowhere else. Values are f32 unless said; "any type" means that
/// node::type is the input's. A node whose output has an extent of 0 computes nothing.
enum class op : unsigned char {
    /// A named input of the network, f32 or i32; node::at is its name.
    input,
    /// NxCxHxW, sequences NxCxL and volumes NxCxDxHxW. Parameters weight [O, C/groups, kd, kh, kw] without
    /// the axes that the input lacks, bias [O]. win (of a sequence its rows, of a volume its depth too),
    /// groups. The output of a volume whose depth the window covers may be an image.
    conv2d,
    /// As conv2d, weight [C, O/groups, kd, kh, kw]. Adds in[z, y, x] * weight[kz, ky, kx] to
    /// out[z * stride_d - pad_front + kz * dilation_d, likewise y, x] where that is inside the output.
    conv_transpose2d,
    /// Last axis. Parameters weight [O, I], bias [O].
    linear,
    /// Inputs a [..., M, K], b [..., K, N], rank 2 to 6; the last two axes of each are swapped
    /// first by transpose_a, transpose_b; leading axes broadcast as in binary.
    matmul,
    /// Inputs q [..., L, D], k [..., S, D], v [..., S, E] with equal leading axes, and those that mask says
    /// (attention_input), in this order: a mask that broadcasts to [..., L, S] and is added to the scores;
    /// position p and length m, i32, one number or one for each index of axis 0. scalars[0] is the scale
    /// (never 0). Query i stands at key t = p + i mod (L / groups), p cut to 0 ... S, 0 without it; it
    /// sees keys below m (cut likewise, S without it) that lie from t - reach[0] to t + reach[1]; a reach
    /// below 0 has no end. A query that sees none gives 0.
    attention,
    /// Axis 1. Parameters weight [C], bias [C] (if affine), running_mean [C], running_var [C].
    /// scalars[0] is eps.
    batch_norm,
    /// Inputs as conv2d's. kind: pool_kind. max, average: win; with ceil_mode (visible in dims only) windows
    /// may hang over pad_back, pad_bottom and pad_right. A maximum sees elements of the input only (-infinity
    /// if there are none). An average divides by scalars[0] if that is not 0; else by how many
    /// places of its window lie inside the padded input (count_include_pad) or inside the input
    /// (not). adaptive kinds: output i covers the inputs from floor(i * in / out) to
    /// ceil((i + 1) * in / out) of each axis; win is unused. Outputs: values; of a maximum, if the layer
    /// adds it, also where it lies (i32), counted as `indices` says: the first of equals, the last of
    /// NaNs, -1 where a window sees nothing.
    pool,
    /// kind: a function of one value, scalars[0..1] as said at function. Any type where the function's
    /// row says on_ints; the output is boolean for truth values, what a cast is to, else the input's.
    pointwise,
    /// Two inputs. kind: a function of two values, scalars[0]. Shapes are aligned at the end, extents of
    /// 1 stretch. Types as in pointwise, both of one type (masked_fill: the second is boolean).
    binary,
    /// x if x > 0, else weight * x. Parameter weight [1] or [C] (axis 1).
    prelu,
    /// Any type. One or more inputs along axis.
    concat,
    /// Any type. out[i] = in[starts + i * steps] on each axis; starts >= 0, steps >= 1, inside.
    slice,
    /// Any type. Same elements in row-major order.
    reshape,
    /// Any type. order[i] is the input axis that becomes output axis i.
    permute,
    /// starts holds how many elements are put before each axis; what follows comes from dims.
    /// kind: pad_kind; scalars[0] is the value of constant. reflect leaves out the edge itself.
    pad,
    /// NxCxHxW. kind: resize_kind, coordinates: coordinate_mode. scalars[0..1] are the scales of
    /// height and width (output over input) as the user gave them, 0: out / in of the extents.
    /// Source coordinate of output i, s the scale, exact as graph/resize_rule.hpp has it:
    ///   half_pixel (i + 0.5) / s - 0.5; asymmetric i / s;
    ///   align_corners i * (in - 1) / (out - 1), 0 if out is 1;
    ///   pytorch_half_pixel as half_pixel, 0 if out is 1;
    ///   half_pixel_symmetric half_pixel + in / 2 - out / (2 s);
    ///   crop_and_resize from roi[0] (in - 1) to roi[2] (in - 1), the middle if out is 1 (columns:
    ///   roi[1], roi[3]); what lies outside of 0 ... in - 1 is `extrapolation`.
    /// nearest: rounded as `rounding` says, clamped to 0 ... in - 1. asymmetric with floor and
    /// half_pixel with prefer_ceil are PyTorch's nearest and nearest-exact, computed in floats.
    /// bilinear, bicubic: the sum over inputs j of K(f (j - coordinate)), K 1 - |d| or the cubic of
    /// cubic_a, f 1, with antialias min(s, 1). Inputs outside repeat the edge, with exclude_outside
    /// they do not count; with either option weights are divided by their sum.
    resize,
    /// Along axis; log: its logarithm.
    softmax,
    /// kind: reduce_kind over the axes in mask.
    reduce,
    /// Along axis, gives i32: the first index of the largest or smallest value (kind:
    /// extreme_kind), the last with take_last. A NaN lies beyond every other value.
    argmax,
    /// kind: norm_kind; scalars[0] is eps; variances divide by the count (biased).
    /// layer, rms: over axis to the last one; parameters weight, bias (layer only) with the extents
    /// of these axes. rms: x / sqrt(mean(x^2) + eps).
    /// group, instance: axis 1 is the channel, each of `groups` runs of channels is normalised with
    /// all axes behind it (instance: groups == C); parameters weight [C], bias [C].
    /// Parameters are absent (-1) when the user switched them off.
    normalize,
    /// Input of indices (i32); parameter weight [rows, width]; output has one more axis, width.
    /// Rows outside the table are not read (the result is 0).
    embedding,
    /// A user's layer: node::custom carries its kernel; up to four parameters in any order of use;
    /// scalars[0..1] are passed on.
    custom,
    /// A tensor of the weights file as a value (torch.nn.Parameter): parameter weight, dense.
    parameter,
    /// Any type. The axes in mask in reverse order.
    flip,
    /// Inputs values NxCxhxw (of rank 3 to 5) and indices of the same extents (i32, counted as kind says):
    /// zeros, but for the values at their indices; those outside of the channel's image are left out.
    unpool,
    /// Every element is scalars[0]: what an operation over nothing gives. The inputs are not read.
    fill,
    /// Along axis, the dims[axis] largest or smallest values (kind: extreme_kind) in their order, the
    /// first of equals first; a NaN is larger than every other value. Outputs: values, indices (i32).
    topk,
    /// Steps of a recurrent layer. kind: recurrent_kind with G gates; D directions, as many as there are
    /// weights of; of the steps of axis (0 or 1 of the first input and the first output) direction d
    /// takes the last one first if bit d of mask is set. Inputs: for each direction the products of all
    /// steps with the input's weights [T, B, G H], biases included; then maybe the states to begin
    /// with, h [D, B, P] and, for an LSTM, c [D, B, H] (absent: zeros); with bit with_lengths of mask the
    /// steps of each row [B] (i32, those outside of 0 to T count as the nearer of these). Parameters of each
    /// direction, at recurrent_slot: weight of h [G H, P], its bias [G H], projection [P, H] (absent: P
    /// is H), of an LSTM the factors of c in the gates i, f, o [3 H]. Outputs: h of all steps, directions
    /// side by side [T, B, D P], zeros behind a row's length; h of a row's last step [D, B, P]; c of it
    /// (LSTM) [D, B, H]. What gates and n or g get is clamped to +-scalars[0], unless that is 0; numbers
    /// (recurrent_functions) are functions other than the usual ones; with bit couples_gates of mask an
    /// LSTM's f is 1 - i.
    recurrent,
    /// Another output of the node before it: number attr.axis of the node that it names as its input.
    /// Nothing computes it; the step of that node writes it too.
    further,
    /// Any type. Three inputs: a boolean condition, what is taken where it holds, what is taken
    /// elsewhere. Shapes broadcast as in binary.
    where,
    /// The numbers of node::numbers, row-major, f32 or i32; where kind is not 0, output kind - 1 of the network that
    /// constant folding cut off (planner/fold_constants.hpp), f32, i32 or boolean.
    constant,
    /// Any type, equal ranks. out[i] = in[(starts + i) mod the input's extent] on each axis;
    /// 0 <= starts < that extent.
    wrap,
    /// Any type. Inputs x and indices (i32), which count from the end where they are below 0; what they
    /// name outside of x is 0. form:
    ///   axis      out[a.., i.., b..] = x[a.., indices[i..], b..], the index is that of `axis`;
    ///   elements  out[i..] = x[i..] with indices[i..] instead of the index of `axis`;
    ///   tuples    out[a.., i.., b..] = x[a.., indices[a.., i.., :], b..]; a.. are `axis` axes, the
    ///             last axis of indices has the indices of those of x behind them.
    gather,
    /// Inputs x, indices (as in gather) and updates of x's type: x, where each element of updates, in
    /// row-major order, is combined (combine) with the element that gather would read for it; those that
    /// lie outside are left out. form tuples: axis is 0.
    scatter,
    /// f32 or i32. Sums or products (kind: scan_kind) of each element and all before it along axis,
    /// behind it with backwards; with exclusive without the element itself.
    scan,
    /// Any type. Outputs, both i32: the coordinates of the elements that are not 0, in row-major order,
    /// one row each [most, rank], -1 in the rows left over; how many rows are used [].
    nonzero,
    /// Any type. A value that contexts keep from one run to the next, zeros at first; node::at is its name.
    state,
    /// Any type. Inputs: a state, as op::state has it or another update left it; rows of its extents but
    /// for axis, where they may be fewer; maybe where the first goes along axis (i32, one number, or one
    /// for each index of axis 0). The state with these rows, in its own memory; those outside are left out.
    update,
    /// f32. Inputs: a seed (i32, one or two numbers), which draw (i32, one): uniform numbers in [0, 1);
    /// element e is word e % 4 of Philox4x32-10 of the counter (e / 4, draw, 0, 0), its upper 24 bits.
    random,
    /// Pictures [N, H, W, C] or, with axis 1, [N, C, H, W], of one element type of f32 and u8, C 1 to 4, to
    /// another size, order of channels, layout and scale. win: kernel_h, kernel_w are the extents that the
    /// picture is resized to (kind: nearest or bilinear, half_pixel), pad_top and pad_left the rows and columns
    /// before it; around it lies scalars[0]. numbers: of each channel of the output the input's, the bits
    /// of a factor and those of a summand: out = factor * resized + summand. order[0]: the channels' axis in
    /// the output, 1 or 3. rounded: what is resized. An output of u8 has factors 1.
    picture,
    /// Inputs x [N, C, (D,) H, W] and places [N, (d,) h, w, 2 or 3] (the last axis x, y (, z), -1 and 1 are
    /// the borders): out [N, C, (d,) h, w]. kind: resize_kind (bicubic: 4-D, cubic_a); coordinates:
    /// align_corners (-1 and 1 are the middles of the outermost elements) or half_pixel (their outer edges);
    /// outside: what lies outside.
    grid_sample,
    /// Inputs x [N, C, H, W] and boxes: [K, 5] (number of the image, left, top, right, bottom) or [N, k, 4]
    /// with K = N k. out [K, C, h, w], with kind of a position-sensitive form [K, C / (h w), h, w].
    /// scalars[0]: what coordinates are multiplied by; coordinates: half_pixel takes half an element off
    /// them, asymmetric does not and makes boxes at least one element large (roi_kind::align). groups: samples
    /// along each axis of a bin, 0: the extent of the bin, rounded up. Images outside of x give 0.
    roi_pool,
    /// Greedy choice of boxes. Inputs boxes [B, N, 4 or 5] (box), scores [B, L, N] and maybe classes
    /// [B, N] (i32: boxes of different classes do not suppress each other). Of each line of scores the best
    /// one above scalars[1] is chosen, the first of equals, until dims[2] are chosen or none is left; kind:
    /// nms_method says what that does to the others, scalars[0] is its threshold or sigma. Outputs: scores
    /// [B, L, M] as they were when they were chosen, 0 behind the last; their places among N (i32), -1 behind;
    /// how many are chosen [B, L] (i32).
    nms,
    /// NxCxHxW, and offsets [N, 2 groups kh kw, H', W'], maybe factors [N, groups kh kw, H', W']. win, groups
    /// (of channels with one offset). out[n, c, t, y, x], t a tap of the window, is the input where
    /// conv2d's tap would read, moved by offsets 2 (g kh kw + t) along the height and that + 1 along the
    /// width, g the channel's group, interpolated between four pixels, zeros outside; times the factor.
    deform,
    /// kind: fourier_kind of n = axis numbers; window [w], w <= n, is in the middle of a frame, zeros around it.
    /// forward: inputs [B, T], window; out[b, k, f, :] is the sum over j < n of in[b, f stride_h + j] window[j]
    /// scalars[0] e^(-2 pi i j k / n), its real and imaginary part. inverse: inputs [B, F, frames, 2], window;
    /// out[b, f, j] is window[j] scalars[0] times the sum over all k < n of in[b, k, f] e^(2 pi i j k / n): F is
    /// n / 2 + 1, the others are the conjugates of these.
    fourier,
    /// Numbers of 8 bits, u8: x (1 / scale), rounded to the nearest whole number (a half to the even one), plus
    /// the zero point; below 0 and of a NaN 0, above 255 255. Parameters weight [1], the scale, and bias [1],
    /// the zero point. What int8 plans make of values (graph/quantized.hpp).
    quantize,
    /// The f32 that such numbers stand for: (x - zero point) scale. Parameters as of quantize.
    dequantize,
    /// Inputs x [..., L, D], cosines and sines, both [L, P] or [N, L, P] with one for each index of axis 0, 2 P <= D.
    /// Pair k of a row, kind: pair_kind, is turned: a cos[k] - b sin[k], b cos[k] + a sin[k]. Columns from 2 P on
    /// stay as they are.
    rotary,
    end,  ///< not an op: their number
};

inline constexpr int any_number = 1 << 20;  ///< of inputs

/// How an op treats images, the layout of rank-4 values.
enum class image_use : unsigned char {
    none,
    asks,           ///< its values are images, even if blocks are mostly padding
    takes,          ///< its values are images, or rows if blocks would be mostly padding
    passes,         ///< its output has its inputs' layout
    over_channels,  ///< passes where node::attr normalises over channels, else none
};

/// How an op is written as a chain of functions that may end another op's kernel.
enum class chain_form : unsigned char {
    none,        ///< it is not: it has kernels of its own
    function,    ///< attr.kind of one value
    binary,      ///< attr.kind of two
    choice,      ///< function::where of three
    slope,       ///< leaky_relu with a vector of weights
    affine,      ///< a vector of scales, one of shifts: batch_norm's recipes
    constant,    ///< attr.scalars[0], without an input
    to_bytes,    ///< quantize: of functions, with the scale and zero point of the weights file
    from_bytes,  ///< dequantize: how an operand is read
};

/// How an op becomes index arithmetic instead of a step.
enum class view_rule : unsigned char { none, reshape, permute, slice, concat };

/// What an op's kernels can end in.
enum class epilogue_form : unsigned char {
    none,
    elements,  ///< at the coordinates of the output's elements
    rows,      ///< at row and column, so that operands must be matrices too
};

/// Estimated work, to choose between two branches that could take the same epilogue.
enum class work_estimate : unsigned char { nothing, elements, window };

/// The properties of an op that passes use. Defaults are those of an op with one input, no weights and
/// kernels that read and write any layout.
struct op_traits {
    op kind = op::input;
    int inputs = 1, most_inputs = 0;  ///< how many; most 0: as many as `inputs`
    int parameters = 0;               ///< of the weights file, at most; -1: as the layer says
    int outputs = 1;                  ///< at most; others follow the node as op::further
    bool is_given = false;  ///< no step computes it: its values are there when a run begins
    bool is_fixed
        = true;  ///< constant where its inputs are; false: each run has, or computes, its own
    bool reads_inputs = true;     ///< false: inputs only determine the order of nodes
    bool in_place = false;        ///< writes its first input's memory, and counts as used
    bool takes_empty = false;     ///< an input may be without elements where the output is not
    bool makes_picture = false;   ///< few channels of its result are read as they are
    bool keeps_features = false;  ///< a map of image features remains one
    int float_input = -1;         ///< this input is not rounded to half storage: an additive mask
    int float_inputs = 1;         ///< as many from that one on
    bool is_exp_of = false;  ///< exponentiates its input, so that -infinity has a special meaning
    image_use images = image_use::none;
    bool volumes = false;  ///< where its values are images, volumes are a batch of their slices
    epilogue_form epilogue = epilogue_form::none;
    chain_form chain = chain_form::none;
    view_rule view = view_rule::none;
    int fold_axis = 0;  ///< output axis that its weights produce, -1 the last, 0: no folding
    bool folds_groups = false;   ///< also where attr.groups is above 1
    bool folds_before = false;   ///< may become part of the weights before it
    bool stands_beside = false;  ///< with others on its input it is one product of their widths
    bool packs_weight = false;   ///< the weight is padded to blocks on two axes
    bool writes_bytes = false;   ///< its kernels may end in quantize
    bool reads_bytes
        = false;  ///< its kernels see what quantize made as it is, dequantize is their end
    work_estimate work = work_estimate::elements;
};

/// One row per op, in the order of the enumeration.
inline constexpr op_traits op_table[] = {
    {.kind = op::input, .inputs = 0, .is_given = true, .is_fixed = false, .makes_picture = true},
    {.kind = op::conv2d,
        .parameters = 2,
        .images = image_use::asks,
        .volumes = true,
        .epilogue = epilogue_form::elements,
        .fold_axis = 1,
        .folds_groups = true,
        .stands_beside = true,
        .packs_weight = true,
        .writes_bytes = true,
        .work = work_estimate::window},
    // With groups the output channels are two axes of a transposed convolution's weight.
    {.kind = op::conv_transpose2d,
        .parameters = 2,
        .images = image_use::asks,
        .volumes = true,
        .epilogue = epilogue_form::elements,
        .fold_axis = 1,
        .packs_weight = true},
    {.kind = op::linear,
        .parameters = 2,
        .epilogue = epilogue_form::rows,
        .fold_axis = -1,
        .stands_beside = true,
        .packs_weight = true,
        .writes_bytes = true},
    {.kind = op::matmul, .inputs = 2, .epilogue = epilogue_form::rows},
    {.kind = op::attention, .inputs = 3, .most_inputs = 6, .float_input = 3},
    {.kind = op::batch_norm,
        .parameters = 4,
        .keeps_features = true,
        .chain = chain_form::affine,
        .folds_before = true},
    {.kind = op::pool,
        .outputs = 2,
        .images = image_use::takes,
        .volumes = true,
        .epilogue = epilogue_form::elements,
        .writes_bytes = true,
        .reads_bytes = true},
    {.kind = op::pointwise,
        .keeps_features = true,
        .epilogue = epilogue_form::elements,
        .chain = chain_form::function,
        .work = work_estimate::nothing},
    {.kind = op::binary, .inputs = 2, .keeps_features = true, .chain = chain_form::binary},
    {.kind = op::prelu, .parameters = 1, .keeps_features = true, .chain = chain_form::slope},
    {.kind = op::concat,
        .most_inputs = any_number,
        .takes_empty = true,
        .keeps_features = true,
        .images = image_use::passes,
        .view = view_rule::concat},
    {.kind = op::slice, .images = image_use::passes, .view = view_rule::slice},
    {.kind = op::reshape, .view = view_rule::reshape},
    {.kind = op::permute, .view = view_rule::permute},
    {.kind = op::pad, .keeps_features = true, .images = image_use::passes},
    {.kind = op::resize,
        .images = image_use::takes,
        .epilogue = epilogue_form::elements,
        .writes_bytes = true,
        .reads_bytes = true},
    {.kind = op::softmax, .is_exp_of = true},
    {.kind = op::reduce, .epilogue = epilogue_form::elements},
    {.kind = op::argmax},
    {.kind = op::normalize,
        .parameters = 2,
        .images = image_use::over_channels,
        .epilogue = epilogue_form::elements,
        .writes_bytes = true},
    {.kind = op::embedding, .parameters = 1, .epilogue = epilogue_form::elements},
    {.kind = op::custom, .most_inputs = any_number, .parameters = -1, .is_fixed = false},
    {.kind = op::parameter, .inputs = 0, .parameters = 1, .is_given = true},
    {.kind = op::flip, .keeps_features = true, .images = image_use::passes},
    {.kind = op::unpool, .inputs = 2},
    {.kind = op::fill,
        .inputs = 0,
        .most_inputs = any_number,
        .reads_inputs = false,
        .takes_empty = true,
        .chain = chain_form::constant},
    {.kind = op::topk, .outputs = 2},
    {.kind = op::recurrent, .most_inputs = 5, .parameters = 8, .outputs = 3},
    {.kind = op::further, .is_fixed = false},
    {.kind = op::where, .inputs = 3, .keeps_features = true, .chain = chain_form::choice},
    {.kind = op::constant, .inputs = 0, .is_given = true},
    {.kind = op::wrap, .keeps_features = true, .images = image_use::passes},
    {.kind = op::gather, .inputs = 2},
    {.kind = op::scatter, .inputs = 3},
    {.kind = op::scan},
    {.kind = op::nonzero, .outputs = 2},
    {.kind = op::state, .inputs = 0, .is_given = true, .is_fixed = false},
    {.kind = op::update, .inputs = 2, .most_inputs = 3, .in_place = true},
    {.kind = op::random, .inputs = 2, .is_fixed = false},
    {.kind = op::picture, .makes_picture = true},
    {.kind = op::grid_sample,
        .inputs = 2,
        .float_input = 1,
        .images = image_use::takes,
        .epilogue = epilogue_form::elements},
    {.kind = op::roi_pool,
        .inputs = 2,
        .float_input = 1,
        .images = image_use::takes,
        .epilogue = epilogue_form::elements},
    {.kind = op::nms, .inputs = 2, .most_inputs = 3, .outputs = 3, .float_input = 0},
    {.kind = op::deform, .inputs = 2, .most_inputs = 3, .images = image_use::asks, .volumes = true},
    {.kind = op::fourier, .inputs = 2},
    {.kind = op::quantize,
        .parameters = 2,
        .is_fixed = false,
        .keeps_features = true,
        .chain = chain_form::to_bytes,
        .work = work_estimate::nothing},
    {.kind = op::dequantize,
        .parameters = 2,
        .is_fixed = false,
        .keeps_features = true,
        .chain = chain_form::from_bytes,
        .work = work_estimate::nothing},
    {.kind = op::rotary,
        .inputs = 3,
        .float_input = 1,
        .float_inputs = 2,
        .epilogue = epilogue_form::elements},
};

/// True if a table whose rows have a member `kind` has one row for each op, in their order.
template <class Row, std::size_t Count>
constexpr bool is_complete(const Row (&table)[Count], std::size_t first = 0) {
    if (first + Count != static_cast<std::size_t>(op::end)) return false;
    for (std::size_t i = 0; i < Count; ++i)
        if (table[i].kind != static_cast<op>(first + i)) return false;
    return true;
}
static_assert(is_complete(op_table), "op_table needs one row an op, in the order of enum class op");

/// True if steps read floats there, whatever the storage of the others is.
constexpr bool is_float_input(const op_traits& traits, int input) {
    return traits.float_input >= 0 && input >= traits.float_input
        && input < traits.float_input + traits.float_inputs;
}

constexpr const op_traits& traits_of(op kind) { return op_table[static_cast<int>(kind)]; }

/// True for nodes that no step computes: their values are there when a run begins.
constexpr bool is_given(op kind) { return traits_of(kind).is_given; }
/// True for what a caller binds by name.
constexpr bool is_input(op kind) { return kind == op::input; }
/// True for what a context keeps, before it is updated.
constexpr bool is_state(op kind) { return kind == op::state; }
/// True for an output that another node's step writes.
constexpr bool is_further(op kind) { return kind == op::further; }
/// True for functions of single elements, which are fused into the kernel before them.
constexpr bool is_pointwise(op kind) { return traits_of(kind).chain != chain_form::none; }
/// True for ops that become index arithmetic on their input; false for concat, which has several.
constexpr bool is_view(op kind) {
    const view_rule rule = traits_of(kind).view;
    return rule != view_rule::none && rule != view_rule::concat;
}
/// True for ops that compute one image from another.
constexpr bool is_spatial(op kind) {
    const image_use use = traits_of(kind).images;
    return use == image_use::asks || use == image_use::takes;
}

}  // namespace lamina
