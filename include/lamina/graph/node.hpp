// SPDX-License-Identifier: Apache-2.0
// One record of the graph, waist 1 between the language and the compiler: passes, the reference and
// later importers know nodes, never layer headers.
#pragma once
#include <lamina/core/dtype.hpp>
#include <lamina/core/name.hpp>
#include <lamina/core/shape.hpp>

#include <cstdint>
#include <vector>

namespace lamina {

/// What a node computes. Layers that are only shape work (pixel_shuffle, split, ...) lower to
/// several of these. New ones go to the end: names, not numbers, are stored in plans.
enum class op : unsigned char {
    input,            ///< a named input of the network
    conv2d,           ///< parameters weight [O, I/groups, kh, kw], bias [O]
    conv_transpose2d, ///< parameters weight [I, O/groups, kh, kw], bias [O]
    linear,           ///< last axis; parameters weight [O, I], bias [O]
    matmul,           ///< two inputs, batched over leading axes; flags transpose_a, transpose_b
    attention,        ///< inputs q, k, v (..., L, D) and maybe an additive mask; flag causal
    batch_norm,       ///< axis 1; parameters weight, bias (if affine), running_mean, running_var
    pool,             ///< kind: pool_kind; window, or adaptive bins
    pointwise,        ///< kind: function of one value, with up to two scalars
    binary,           ///< kind: function of two values, broadcast
    prelu,            ///< parameter weight [1] or [C], axis 1
    concat,           ///< along axis
    slice,            ///< starts and steps per axis; extents from the output shape
    reshape,          ///< same elements in row-major order
    permute,          ///< order[i] is the input axis that becomes output axis i
    pad,              ///< starts holds what is put before each axis; kind: pad_kind
    resize,           ///< kind: resize_kind, coordinates: coordinate_mode
    softmax,          ///< along axis; flag log
    reduce,           ///< kind: reduce_kind over the axes in mask
    argmax,           ///< along axis, i32
    normalize,        ///< kind: norm_kind; parameters weight, bias (if affine)
    embedding,        ///< input of indices (i32), parameter weight [rows, width]
    custom,           ///< a user's layer: carries its kernel's text
};

/// Functions of one value (op::pointwise) and of two (op::binary). a and b are scalars[0], [1].
enum class function : unsigned char {
    // one value
    relu, leaky_relu, elu, sigmoid, hard_sigmoid, tanh, silu, hard_swish, mish, gelu_erf,
    gelu_tanh, softplus, clamp, exp, log, sqrt, abs, neg,
    add_scalar, mul_scalar, rsub_scalar, rdiv_scalar, pow_scalar, min_scalar, max_scalar,
    // two values
    add, sub, mul, div, min, max, pow,
};

enum class pool_kind : unsigned char { max, average, adaptive_average, adaptive_max };
enum class pad_kind : unsigned char { constant, reflect, replicate };
enum class resize_kind : unsigned char { nearest, bilinear };
enum class coordinate_mode : unsigned char { half_pixel, align_corners, asymmetric };
enum class reduce_kind : unsigned char { mean, sum, max, min };
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
    int kind = 0;                ///< the op's own enumeration
    int axis = 0;                ///< concat, softmax, argmax; normalize: the first normalised axis
    unsigned mask = 0;           ///< reduce: bit i set, axis i is reduced
    coordinate_mode coordinates = coordinate_mode::half_pixel;
    bool count_include_pad = true;
    bool transpose_a = false, transpose_b = false;
    bool log = false;            ///< softmax
    bool causal = false;         ///< attention
    int starts[max_rank] = {};   ///< slice: first index; pad: elements put before
    int steps[max_rank] = {1, 1, 1, 1, 1, 1}; ///< slice
    int order[max_rank] = {};    ///< permute
    float scalars[2] = {};       ///< of the function; pad value; eps; attention scale; pool divisor
};

/// A weights tensor that the network asks for by its full name.
struct parameter {
    name at;      ///< "layer1.0.conv1.weight"
    shape dims;   ///< in the source framework's layout
    int node = 0; ///< who asks
    std::uint64_t hash = 0; ///< of the name
};

/// Parameters by their place: weight and bias, then what batch_norm adds.
enum parameter_slot { weight_slot, bias_slot, mean_slot, variance_slot, parameter_slots };

/// A user's layer as the plan carries it. Pointers are to static storage (string literals).
struct custom_kernel {
    const char* kernel_name = nullptr; ///< of the __kernel function
    const char* text = nullptr;        ///< OpenCL C
    /// Computes the output densely from dense inputs; what tests compare the kernel with.
    void (*reference)(const float* const* inputs, const float* const* weights, float* output,
                      const shape* input_dims, const shape& output_dims,
                      const float* scalars) = nullptr;
};

struct node {
    op kind = op::input;
    dtype type = dtype::f32;
    shape dims;                       ///< of the output
    std::vector<int> inputs;          ///< ids of nodes
    int parameters[parameter_slots] = {-1, -1, -1, -1}; ///< indices into graph::parameters
    attributes attr;
    custom_kernel custom;
    name at;                          ///< weights name, or the input's name, or empty
    const char* layer = "";           ///< as the user wrote it: "conv2d", "pixel_shuffle"
    const char* file = "";
    int line = 0;
};

} // namespace lamina
