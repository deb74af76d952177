// SPDX-License-Identifier: Apache-2.0
// One record of the graph, boundary 1 between the language and the compiler: passes, the reference and
// later importers know nodes, never layer headers.
#pragma once
#include <lamina/core/dtype.hpp>
#include <lamina/core/name.hpp>
#include <lamina/core/shape.hpp>

#include <cstdint>
#include <vector>

namespace lamina {

/// What a node computes. Layers that are only shape work (pixel_shuffle, split, ...) lower to
/// several of these. New ones go to the end: names, not numbers, are stored in plans. Each comment
/// is the whole contract: inputs, parameters, the attributes that it reads. The output's extents
/// are always node::dims; what only changes them (keep_dims, output_padding) is stored nowhere
/// else. Values are f32 unless said; "any type" means that node::type is the input's. A node whose
/// output has an extent of 0 computes nothing, and only concat and fill have inputs that are empty
/// while their output is not.
enum class op : unsigned char {
    /// A named input of the network, f32 or i32; node::at is its name.
    input,
    /// NxCxHxW. Parameters weight [O, C/groups, kh, kw], bias [O]. win, groups.
    conv2d,
    /// NxCxHxW. Parameters weight [C, O/groups, kh, kw], bias [O]. win, groups. Adds
    /// in[y, x] * weight[ky, kx] to out[y * stride - pad_top + ky * dilation, likewise x] where
    /// that is inside the output.
    conv_transpose2d,
    /// Last axis. Parameters weight [O, I], bias [O].
    linear,
    /// Inputs a [..., M, K], b [..., K, N], rank 2 to 6; the last two axes of each are swapped
    /// first by transpose_a, transpose_b; leading axes broadcast as in binary.
    matmul,
    /// Inputs q [..., L, D], k [..., S, D], v [..., S, E] with equal leading axes, and maybe a
    /// fourth, a mask that broadcasts to [..., L, S] and is added to the scores. scalars[0] is the
    /// scale (never 0). causal: query i sees keys 0 to i only.
    attention,
    /// Axis 1. Parameters weight [C], bias [C] (if affine), running_mean [C], running_var [C].
    /// scalars[0] is eps.
    batch_norm,
    /// NxCxHxW. kind: pool_kind. max, average: win; with ceil_mode (visible in dims only) windows
    /// may hang over pad_bottom and pad_right. A maximum sees elements of the input only (-infinity
    /// if there are none). An average divides by scalars[0] if that is not 0; else by how many
    /// places of its window lie inside the padded input (count_include_pad) or inside the input
    /// (not). adaptive kinds: output i covers the inputs from floor(i * in / out) to
    /// ceil((i + 1) * in / out) of each axis; win is unused.
    pool,
    /// kind: a function of one value, scalars[0..1] as said at function.
    pointwise,
    /// Two inputs. kind: a function of two values. Shapes are aligned at the end, extents of 1
    /// stretch.
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
    /// NxCxHxW, gives i32: where the maximum that pool finds for the same win lies, counted as kind
    /// (index_space) says; the first of equals, the last of NaNs, -1 where a window sees nothing.
    pool_index,
    /// Inputs values NxCxhxw and indices of the same extents (i32, counted as kind says): zeros, but
    /// for the values at their indices; those outside of the channel's image are left out.
    unpool,
    /// Every element is scalars[0]: what an operation over nothing gives. The inputs are not read.
    fill,
};

/// True for nodes that no step computes: their values are there when a run begins.
constexpr bool is_given(op kind) { return kind == op::input || kind == op::parameter; }

/// Functions of one value (op::pointwise) and of two (op::binary). a and b are scalars[0], [1].
enum class function : unsigned char {
    // one value
    relu,          ///< max(x, 0)
    leaky_relu,    ///< x > 0 ? x : a x
    elu,           ///< x > 0 ? x : a (exp(x) - 1)
    sigmoid,       ///< 1 / (1 + exp(-x))
    hard_sigmoid,  ///< min(max(x + 3, 0), 6) / 6
    tanh,
    silu,        ///< x sigmoid(x)
    hard_swish,  ///< x min(max(x + 3, 0), 6) / 6
    mish,        ///< x tanh(log(1 + exp(x)))
    gelu_erf,    ///< x (1 + erf(x / sqrt(2))) / 2
    gelu_tanh,   ///< x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
    softplus,    ///< a x > b ? x : log(1 + exp(a x)) / a
    clamp,  ///< min(max(x, a), b), which is b everywhere if a is above it; either may be infinite
    exp,
    log,
    sqrt,
    abs,
    neg,
    add_scalar,   ///< x + a
    mul_scalar,   ///< x a
    rsub_scalar,  ///< a - x
    rdiv_scalar,  ///< a / x
    pow_scalar,   ///< x^a
    min_scalar,   ///< min(x, a)
    max_scalar,   ///< max(x, a)
    rpow_scalar,  ///< a^x
    // two values
    add,
    sub,
    mul,
    div,
    min,
    max,
    pow,
};

enum class pool_kind : unsigned char { max, average, adaptive_average, adaptive_max };
enum class pad_kind : unsigned char { constant, reflect, replicate };
enum class resize_kind : unsigned char { nearest, bilinear, bicubic };
enum class coordinate_mode : unsigned char {
    half_pixel,
    align_corners,
    asymmetric,
    pytorch_half_pixel,
    half_pixel_symmetric,
    crop_and_resize
};
enum class nearest_rounding : unsigned char {
    floor,
    ceil,
    prefer_floor,  ///< to the nearest, a half down
    prefer_ceil,   ///< to the nearest, a half up
};
enum class reduce_kind : unsigned char { mean, sum, max, min };
/// What an index of an element counts: row * W + column of one channel's image (PyTorch), or the
/// elements of the whole tensor NxCxHxW (ONNX).
enum class index_space : unsigned char { plane, tensor };
enum class extreme_kind : unsigned char { largest, smallest };
enum class norm_kind : unsigned char { layer, rms, group, instance };

/// Sliding window of convolutions and pools.
struct window {
    int kernel_h = 1, kernel_w = 1;
    int stride_h = 1, stride_w = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    int dilation_h = 1, dilation_w = 1;
    constexpr bool operator==(const window&) const = default;
};

/// Everything an op may need besides its inputs and weights; the comment at each op says which.
struct attributes {
    window win;
    int groups = 1;
    int kind = 0;       ///< the op's own enumeration
    int axis = 0;       ///< concat, softmax, argmax; normalize: the first normalised axis
    unsigned mask = 0;  ///< reduce: bit i set, axis i is reduced; flip: reversed
    coordinate_mode coordinates = coordinate_mode::half_pixel;
    nearest_rounding rounding = nearest_rounding::floor;  ///< resize, and what follows:
    bool antialias = false, exclude_outside = false;
    float cubic_a = -0.75f, extrapolation = 0;
    float roi[4] = {0, 0, 1, 1};  ///< top, left, bottom, right, 1 is the last row or column
    bool count_include_pad = true;
    bool transpose_a = false, transpose_b = false;
    bool log = false;                          ///< softmax
    bool causal = false;                       ///< attention
    bool take_last = false;                    ///< argmax
    int starts[max_rank] = {};                 ///< slice: first index; pad: elements put before
    int steps[max_rank] = {1, 1, 1, 1, 1, 1};  ///< slice
    int order[max_rank] = {};                  ///< permute
    float scalars[2] = {};  ///< of the function; pad value; eps; attention scale; pool divisor
};

/// A weights tensor that the network asks for by its full name.
struct parameter {
    name at;                 ///< "layer1.0.conv1.weight"
    shape dims;              ///< in the source framework's layout
    int node = 0;            ///< who asks
    std::uint64_t hash = 0;  ///< of the name
};

/// Parameters by their place: weight and bias, then what batch_norm adds.
enum parameter_slot { weight_slot, bias_slot, mean_slot, variance_slot, parameter_slots };

/// A user's layer as the plan carries it. Pointers are to static storage (string literals).
struct custom_kernel {
    const char* kernel_name = nullptr;  ///< of the __kernel function
    const char* text = nullptr;         ///< OpenCL C
    /// Computes the output densely from dense inputs; what tests compare the kernel with.
    void (*reference)(const float* const* inputs, const float* const* weights, float* output,
        const shape* input_dims, const shape& output_dims, const float* scalars) = nullptr;
};

struct node {
    op kind = op::input;
    dtype type = dtype::f32;
    shape dims;                                          ///< of the output
    std::vector<int> inputs;                             ///< ids of nodes
    int parameters[parameter_slots] = {-1, -1, -1, -1};  ///< indices into graph::parameters
    attributes attr;
    custom_kernel custom;
    name at;                 ///< weights name, or the input's name, or empty
    const char* layer = "";  ///< as the user wrote it: "conv2d", "pixel_shuffle"
    const char* file = "";
    int line = 0;
};

/// True for nodes that no step computes: given ones, and those without elements.
constexpr bool makes_nothing(const node& n) { return is_given(n.kind) || n.dims.is_empty(); }

}  // namespace lamina
