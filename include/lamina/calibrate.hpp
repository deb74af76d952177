// SPDX-License-Identifier: Apache-2.0
// Finds the scales that int8 plans need: runs a network in fp32 on a few inputs, looks at the range of every
// value that such a plan stores in 8 bits, and writes scales and zero points beside the weights.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <lamina/core/linkage.hpp>
#include <lamina/graph/network.hpp>
#include <lamina/runtime/context.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/weights.hpp>

namespace lamina {

/// How a range is chosen from what was seen. Numbers outside of it are stored as its ends.
enum class calibration_method : unsigned char {
    min_max,     ///< all of it
    percentile,  ///< all but the outermost numbers of either side, calibration_options::percentile
    entropy,  ///< the part with the least Kullback-Leibler divergence after rounding, as TensorRT's
    mse,      ///< the part with the least mean squared error after rounding
};

struct calibration_options {
    calibration_method method = calibration_method::min_max;
    double percentile = 99.99;  ///< of either side, above 50 to 100
    /// Makes the weights of two convolutions, with at most relu or leaky_relu between them, alike in range for each
    /// channel that they share: the first is divided by a number, the second multiplied by it. Their network
    /// computes the same as before, up to rounding.
    bool equalize = false;
    /// Takes from each layer's bias, or that of its batch norm, what rounding its weights adds on average.
    bool correct_bias = false;
};

/// One value that an int8 plan stores in 8 bits: x is stored as round(x / scale) + zero_point, 0 to 255.
struct calibrated_value {
    std::string layer;          ///< that computes it: its scale is the tensor LAYER.output_scale
    float least = 0, most = 0;  ///< seen
    float scale = 1;
    int zero_point = 0;
    std::uint64_t not_finite = 0;  ///< NaN and infinities that were seen and left out
};

/// A tensor of the weights file with other numbers.
struct changed_tensor {
    std::string name;
    std::vector<float> values;
};

struct calibration {
    std::vector<calibrated_value> values;
    /// By equalize and correct_bias. Corrected biases are for int8 plans: others lose accuracy by them.
    std::vector<changed_tensor> changed;
    std::size_t equalized = 0;  ///< pairs of layers
    std::size_t corrected = 0;  ///< layers whose bias was corrected

    /// A safetensors file of all tensors of `file`, changed ones in f32, with the scales beside them or instead of
    /// older ones.
    std::vector<std::byte> with(const weights& file) const;
    /// The same as a file, written completely or not at all; `path` may be that of `file`.
    /// Errors   LAM-R03.
    void write(const std::string& path, const weights& file) const;
};

/// Sets the inputs of a context to those of sample `number`.
using calibration_sample = std::function<void(context&, std::size_t number)>;

/// Runs a checked network in fp32 on `count` samples; with methods other than min_max twice. Values are
/// observed as outputs of plans made while the program runs, up to 64 at a time. A hundred samples are usually enough;
/// they should look like what the network will see.
/// Errors   LAM-R22 no samples, a percentile outside 50 to 100, or a network without a layer that an int8
///          plan computes from 8 bits; otherwise those of engines and contexts.
/// Source   TensorRT's IInt8EntropyCalibrator2, ONNX Runtime's quantize_static; equalize and correct_bias are of
///          Nagel et al. 2019, with means that were seen instead of those of batch norms. Ranges always contain 0, so
///          that padding is exact, and are those of u8 with a zero point.
calibration calibrate(const network& net, const weights& file, std::size_t count,
    const calibration_sample& sample, const calibration_options& options = {},
    const device& on = device::best());

/// The same for a type with a definition: `calibrate<resnet50>(weights, 100, set_sample)`.
template <class Net>
calibration calibrate(const weights& file, std::size_t count, const calibration_sample& sample,
    const calibration_options& options = {}, const device& on = device::best()) {
    network net;
    Net::define(net);
    return calibrate(net, file, count, sample, options, on);
}

namespace detail {

struct known_ranges;

/// calibrate(), which runs the samples only if `known` (null: there is none) lacks a range, and adds what it saw. With
/// equalize or correct_bias they always run.
calibration calibrate_again(const network& net, const weights& file, std::size_t count,
    const calibration_sample& sample, const calibration_options& options, const device& on,
    known_ranges* known);

}  // namespace detail

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/calibrate.impl.hpp>
#endif
