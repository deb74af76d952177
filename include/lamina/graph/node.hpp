// SPDX-License-Identifier: Apache-2.0
// One record of the graph, boundary 1 between the language and the compiler: passes, the reference and
// later importers know nodes, never layer headers.
#pragma once
#include <lamina/core/dtype.hpp>
#include <lamina/core/dynamic_array.hpp>
#include <lamina/core/name.hpp>
#include <lamina/core/shape.hpp>
#include <lamina/core/weight_groups.hpp>
#include <lamina/graph/function.hpp>
#include <lamina/graph/op.hpp>

#include <cstdint>

namespace lamina {

enum class pool_kind : unsigned char { max, average, adaptive_average, adaptive_max };
/// circular is no padding of op::pad: op::wrap moves the elements.
enum class pad_kind : unsigned char { constant, reflect, replicate, circular };
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
enum class reduce_kind : unsigned char { mean, sum, max, min, product };
/// What an index of an element counts: row * W + column of one channel's image (PyTorch), or the
/// elements of the whole tensor NxCxHxW (ONNX).
enum class index_space : unsigned char { plane, tensor };
enum class extreme_kind : unsigned char { largest, smallest };
enum class norm_kind : unsigned char { layer, rms, group, instance };
/// The cells of op::recurrent; gates in PyTorch's order.
enum class recurrent_kind : unsigned char {
    rnn_tanh,         ///< tanh(x + W h), or another function of it
    rnn_relu,         ///< max(x + W h, 0)
    lstm,             ///< i, f, g, o
    gru,              ///< r, z, n, the reset gate scales what the product of n made of h
    gru_reset_first,  ///< the reset gate scales h before n's product
};

/// What op::gather's and op::scatter's indices name.
enum class index_form : unsigned char { axis, elements, tuples };
/// What op::scatter makes of an element and an update: the update, or a function of both. Layers make a mean of
/// two sums: no node has it.
enum class combine_kind : unsigned char { replace, add, mul, min, max, mean };
enum class scan_kind : unsigned char { sum, product };
/// Which columns of a row op::rotary turns together, with P pairs: k and k + P, or 2 k and 2 k + 1.
enum class pair_kind : unsigned char { halves, neighbours };
enum class fourier_kind : unsigned char { forward, inverse };

/// Bits of attributes::mask of op::recurrent: the directions that begin at the last step, whether the
/// last input has the sequences' lengths, whether an LSTM's forget gate is 1 - i.
enum recurrent_bit : unsigned { backward_bits = 3, with_lengths = 4, couples_gates = 8 };

/// The inputs that op::attention may have behind q, k and v: bits of attributes::mask.
enum attention_input : unsigned { with_mask = 1, with_position = 2, with_length = 4 };
/// The number of such an input among the node's; -1: it has none.
constexpr int attention_slot(unsigned has, attention_input which) {
    int slot = 3;
    for (unsigned before = 1; before < which; before *= 2) slot += (has & before) != 0;
    return has & which ? slot : -1;
}

/// How op::picture makes whole numbers of what it resizes: not at all; to the nearest, halves to the even
/// one (torchvision, Pillow); in OpenCV's fixed point, weights of 11 bits.
enum class picture_rounding : unsigned char { none, nearest, fixed };
/// The forms of op::roi_pool: average of samples, largest element of a bin, and both of them with channels of
/// their own for each bin, where the second is an average.
enum class roi_kind : unsigned char { align, pool, ps_align, ps_pool };
/// Its samples along each axis of a bin, at most, where their number follows the bin's extent.
inline constexpr int most_roi_samples = 1024;
/// A box: two opposite corners (x1, y1, x2, y2); its middle, width and height; these and an angle in radians,
/// overlaps exact or as those of two normal distributions (ultralytics' probiou).
enum class box_form : unsigned char { corners, centre, rotated, normal };
/// What a chosen box does to the others with which its intersection over union is o: those above a threshold
/// are left out, or their score is multiplied by 1 - o; or every score is multiplied by exp(-o^2 / sigma).
enum class nms_method : unsigned char { hard, linear, gaussian };

/// Sliding window of convolutions and pools over images, and over volumes.
struct window {
    int kernel_h = 1, kernel_w = 1;
    int stride_h = 1, stride_w = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    int dilation_h = 1, dilation_w = 1;
    /// Along the depth of a volume NxCxDxHxW.
    int kernel_d = 1, stride_d = 1, pad_front = 0, pad_back = 0, dilation_d = 1;
    constexpr bool operator==(const window&) const = default;
};

/// All attributes of ops besides inputs and weights; the comment at each op names those that it reads.
struct attributes {
    window win;
    int groups = 1;
    int kind = 0;  ///< the op's own enumeration
    int axis = 0;  ///< concat, softmax, argmax; normalize: the first normalised axis; fourier: n
    unsigned mask = 0;  ///< reduce: bit i set, axis i is reduced; flip: reversed; attention: inputs
    coordinate_mode coordinates = coordinate_mode::half_pixel;
    nearest_rounding rounding = nearest_rounding::floor;  ///< resize, and what follows:
    bool antialias = false, exclude_outside = false;
    float cubic_a = -0.75f, extrapolation = 0;
    float roi[4] = {0, 0, 1, 1};  ///< top, left, bottom, right, 1 is the last row or column
    bool count_include_pad = true;
    bool adapts = false;  ///< pool: its windows are those that give an output of this size
    index_space indices = index_space::plane;  ///< pool: of its second output
    bool transpose_a = false, transpose_b = false;
    bool log = false;                                   ///< softmax
    int reach[2] = {-1, -1};                            ///< attention: keys before and behind
    bool take_last = false;                             ///< argmax
    index_form form = index_form::axis;                 ///< gather, scatter
    picture_rounding rounded = picture_rounding::none;  ///< picture
    pad_kind outside = pad_kind::constant;              ///< grid_sample: zeros, reflection, border
    box_form box = box_form::corners;                   ///< nms
    combine_kind combine = combine_kind::replace;       ///< scatter
    bool exclusive = false, backwards = false;          ///< scan
    int starts[max_rank] = {};                 ///< slice: first index; pad: elements put before
    int steps[max_rank] = {1, 1, 1, 1, 1, 1};  ///< slice
    int order[max_rank] = {};                  ///< permute
    float scalars[2] = {};  ///< of the function; pad value; eps; attention scale; pool divisor
};

/// A weights tensor that the network reads, by its full name.
struct parameter {
    name at;                 ///< "layer1.0.conv1.weight"
    shape dims;              ///< in the source framework's layout
    int node = 0;            ///< the node that reads it
    std::uint64_t hash = 0;  ///< of the name
    bool is_given = false;   ///< one number of the network itself; no file has it
    float value = 0;         ///< which number
};

/// Parameters by slot: weight and bias, then those of batch_norm; op::recurrent has more.
enum parameter_slot { weight_slot, bias_slot, mean_slot, variance_slot, parameter_slots = 8 };

/// A custom layer. Pointers are to static storage (string literals).
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
    shape dims;                 ///< of the output
    dynamic_array<int> inputs;  ///< ids of nodes
    int parameters[parameter_slots]
        = {-1, -1, -1, -1, -1, -1, -1, -1};  ///< indices into graph::parameters
    attributes attr;
    custom_kernel custom;
    /// constant: its elements, of f32 their bits; picture: of its channels; recurrent: its functions
    dynamic_array<int> numbers;
    dtype kept = dtype::other;  ///< storage of its step (network::keep); other: the plan's
    name at;                    ///< weights name, or the input's name, or empty
    const char* layer = "";     ///< as the user wrote it: "conv2d", "pixel_shuffle"
    const char* file = "";
    int line = 0;
    bool multiplies_bytes = false;  ///< of an int8 plan: weights are rounded to 8 bits as well
    weight_groups rounded;  ///< linear: how its weights are stored (network::quantize_weights)
    /// A layer's part of a result that a caller may leave unread: then nothing computes it.
    bool is_optional = false;
};

constexpr const op_traits& traits_of(const node& n) { return traits_of(n.kind); }

/// A node's image_use: that of its op, resolved for norms over channels.
constexpr image_use image_use_of(const node& n) {
    const image_use use = traits_of(n.kind).images;
    if (use != image_use::over_channels) return use;
    const auto kind = static_cast<norm_kind>(n.attr.kind);
    const bool over_channels = kind == norm_kind::group || kind == norm_kind::instance;
    return over_channels ? image_use::passes : image_use::none;
}

/// True for nodes that no step computes: given ones, and those without elements.
constexpr bool makes_nothing(const node& n) { return is_given(n.kind) || n.dims.is_empty(); }

}  // namespace lamina
