// SPDX-License-Identifier: Apache-2.0
// Device classes that plans are made for: what must be known to determine layouts and the arena's size.
// Tile sizes are not included; they are chosen when an engine is made.
#pragma once
#include <lamina/core/ability.hpp>
#include <lamina/core/dtype.hpp>

#include <string_view>

namespace lamina {

/// The kind of device: decides how work is divided, independent of layouts.
enum class device_class : unsigned char { cpu, gpu };

/// How the factors of products may be rounded.
enum class product_rounding : unsigned char {
    none,  ///< factors are multiplied as they are stored
    tf32,  ///< to 11 bits, on matrix units
};

/// How a step stores and multiplies numbers: the plan's, or its own (network::keep). There is no field for
/// sums: all kernels of this version add in float (docs/design/0009-numeric-policy.md).
struct numeric_policy {
    dtype storage = dtype::f32;  ///< of activations and packed weights
    product_rounding multiply = product_rounding::none;
    constexpr bool operator==(const numeric_policy&) const = default;
};

/// What extents, strides and counts are in kernels.
enum class size_form : unsigned char {
    arguments,  ///< arguments wherever kernels take them, so that layers which differ in sizes alone share a program
    of_dims,  ///< constants; in networks with dims, arguments where they may change with the shape
    constants,
};

/// The layout of images in the arena.
enum class image_order : unsigned char {
    blocked,        ///< NCHWc: blocks of channels innermost, for CPU vector units
    channels_last,  ///< NHWC, for GPUs
};

/// A device class. A structural value, so that it can be a template argument: plan<Net, gpu>.
/// A plan for any CPU class runs on every OpenCL CPU, only slower where the CPU's vectors differ.
struct target {
    device_class device = device_class::cpu;
    image_order images = image_order::blocked;
    int channel_block = 16;  ///< lanes of a block where images are blocked
    int registers = 32;      ///< vector registers of a core, which limit tiles
    size_form sizes = size_form::arguments;
    numeric_policy numbers = {};
    unsigned abilities = 0;    ///< a bit each: of all devices that the plan is for
    int largest_winograd = 6;  ///< tile of Winograd's filtering that may be chosen: 0, 2, 4 or 6
    bool fuses_horizontally = true;  ///< layers on one input may become one product
    bool multiplies_bytes = false;   ///< where layers can, see int8()
    bool folds_constants = true;     ///< engines compute once what depends on weights alone

    /// The same class with half-precision storage.
    constexpr target half() const { return storing(dtype::f16); }
    /// The same class with storage in bfloat16, the upper half of a float: its range, 8 bits of
    /// significand.
    constexpr target bf16() const { return storing(dtype::bf16); }
    /// The same class where convolutions and linear layers multiply numbers of 8 bits, u8 activations by s8
    /// weights, with sums in int32: those with 16 channels and more that read another layer's result, of
    /// convolutions those of images in one group. What else there is, and what
    /// network::keep names, is computed in the class's numbers, floats by default, and
    /// `cpu.bf16().int8()` stores those in bfloat16. Of attention CPUs multiply bfloat16 in any case, as
    /// network::keep(x, dtype::bf16) would have it. The weights need a scale of each value that is
    /// stored so, which calibrate() finds; engines say which are missing (LAM-R04). All classes have the
    /// same layers in 8 bits and read the same scales.
    /// Source   TensorRT's BuilderFlag::kINT8, where the scales are part of the engine; here they are
    ///          weights, so that another calibration needs no other plan.
    constexpr target int8() const {
        target out = *this;
        out.multiplies_bytes = true;
        return out;
    }
    /// The numbers of a step: those of the class, or the storage that network::keep asks for.
    constexpr numeric_policy numbers_of(dtype kept) const {
        return kept == dtype::other ? numbers : numeric_policy{kept};
    }
    /// The same class with these numbers: the target of one step.
    constexpr target computing(const numeric_policy& of_step) const {
        target out = *this;
        out.numbers = of_step;
        return out;
    }
    constexpr target storing(dtype storage) const {
        target out = *this;
        out.numbers.storage = storage;
        return out;
    }
    /// The same class with Winograd's filtering up to F(tile x tile, 3 x 3), tile 2, 4 or 6; 0: only
    /// direct convolutions. docs/guide/precision.md has the errors. No effect on gpu.
    constexpr target winograd(int tile) const {
        target out = *this;
        out.largest_winograd = tile;
        return out;
    }
    /// The same class where each layer keeps a product of its own, or (the default) convolutions and
    /// linears that read one value become one with their widths side by side.
    constexpr target horizontal_fusion(bool wanted) const {
        target out = *this;
        out.fuses_horizontally = wanted;
        return out;
    }
    /// The same class where (the default) what no input and no state reaches is computed once, when an engine is
    /// made, or in every run.
    /// Source   the constant folding of TensorRT and ONNX Runtime. Here weights are read when an engine is made, not
    ///          when it is planned.
    constexpr target constant_folding(bool wanted) const {
        target out = *this;
        out.folds_constants = wanted;
        return out;
    }
    /// The same class where matrix units may round what they multiply to 11 bits (tf32); storage and
    /// sums stay float. Only gpu has such units, and devices without them compute in fp32.
    constexpr target tf32() const {
        target out = *this;
        out.numbers.multiply = product_rounding::tf32;
        return out;
    }
    /// The same class where kernels take sizes as arguments, instead of (the default of gpu) as constants, where
    /// they can: layers that differ in sizes alone share a program, and programs are what a first start
    /// waits for. Compilers know less about the kernels, which may be slower. The cpu classes do this anyway.
    constexpr target general_sizes() const { return with_sizes(size_form::arguments); }
    /// The same class where sizes are constants of kernels in networks with dims too, so that each shape builds
    /// programs of its own. No effect on networks without dims, whose sizes are constants on gpu anyway.
    constexpr target constant_sizes() const { return with_sizes(size_form::constants); }
    constexpr target with_sizes(size_form wanted) const {
        target out = *this;
        out.sizes = wanted;
        return out;
    }
    /// The same class where devices have an ability for certain: kernels without a portable form may be
    /// chosen, and an engine on a device without it is an error (LAM-R15).
    constexpr target with(ability wanted) const {
        target out = *this;
        out.abilities |= 1u << static_cast<int>(wanted);
        return out;
    }
    constexpr bool has(ability wanted) const { return abilities >> static_cast<int>(wanted) & 1u; }
    constexpr bool is_cpu() const { return device == device_class::cpu; }
    /// True if images are blocks of channels, which the families `_blocked` read and write.
    constexpr bool blocks_channels() const { return images == image_order::blocked; }
    /// How a value of an element type of the network is stored.
    constexpr dtype stored(dtype type) const { return type == dtype::f32 ? numbers.storage : type; }
    /// False if activations and weights are narrower than the floats of callers and sums.
    constexpr bool stores_floats() const { return numbers.storage == dtype::f32; }
    /// True if tactics on matrix units are allowed: factors are stored in 16 bits, or may be rounded.
    constexpr bool may_use_matrix_units() const {
        return !is_cpu() && (!stores_floats() || numbers.multiply == product_rounding::tf32);
    }
    /// The name of the class in plan files and messages.
    constexpr std::string_view label() const {
        if (!is_cpu()) return "gpu";
        return channel_block == 16 ? "cpu" : channel_block == 8 ? "cpu_avx2" : "cpu_neon";
    }
    /// Registers that `vectors` vectors of 16 floats take; families on rows work on such vectors.
    constexpr int registers_of_16(int vectors) const { return vectors * (16 / channel_block); }
    /// How many registers sums and weights may take, to leave some for the values multiplied with them.
    constexpr int most_held() const { return registers * 15 / 16; }
    constexpr bool holds(int sums_and_weights) const { return sums_and_weights <= most_held(); }
    constexpr bool operator==(const target&) const = default;
};

/// CPUs with AVX-512: 32 registers of 16 floats. The default target.
inline constexpr target cpu{};
/// CPUs with AVX2 and FMA: 16 registers of 8 floats.
inline constexpr target cpu_avx2{.channel_block = 8, .registers = 16};
/// CPUs with NEON, or SSE: 32 registers of 4 floats.
inline constexpr target cpu_neon{.channel_block = 4};
/// GPUs and other non-CPU devices.
inline constexpr target gpu{
    .device = device_class::gpu, .images = image_order::channels_last, .sizes = size_form::of_dims};

/// Precision of a plan: plan<Net, cpu, precision::fp16>. fp16 and bf16 are storage types; tf32 is fp32
/// whose products may be rounded to 11 bits, see target::tf32(); int8 multiplies numbers of 8 bits where
/// layers can, see target::int8().
enum class precision : unsigned char { fp32, fp16, tf32, bf16, int8 };

}  // namespace lamina
