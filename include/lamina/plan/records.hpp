// SPDX-License-Identifier: Apache-2.0
// A plan as plain values, used everywhere instead of FlatBuffers once plan/read.hpp has read it.
// The fields are those of plan.fbs, which documents them, and each record lists them (fields.hpp);
// texts and number lists point into the plan's bytes, which plan_view keeps.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <lamina/core/dtype.hpp>
#include <lamina/core/gemm.hpp>
#include <lamina/core/layout.hpp>
#include <lamina/core/memory_space.hpp>
#include <lamina/core/shape.hpp>
#include <lamina/core/weight_groups.hpp>
#include <lamina/plan/fields.hpp>

namespace lamina {

/// Limits of the format, beyond the counts of plan.fbs.
struct plan_limits {
    static constexpr std::size_t items = 65536;  ///< steps, tensors, kernels, weights, tactics
    static constexpr std::size_t bindings = 64;  ///< inputs, and as many outputs
    static constexpr std::size_t states = 1024;
    static constexpr std::size_t text = 1u << 20;      ///< bytes of one text
    static constexpr std::size_t arguments = 64;       ///< buffers of one step: 1 KiB of arguments
    static constexpr std::size_t numbers = 256;        ///< int arguments of one step
    static constexpr std::size_t choices = 256;        ///< tactics of one kernel
    static constexpr std::size_t folds = 64;           ///< of one weight
    static constexpr std::size_t constant = 1u << 24;  ///< numbers of one
    static constexpr std::size_t parts = 64;           ///< side by side in one weight
    static constexpr std::size_t dims = 64;            ///< numbers that change
    static constexpr std::size_t shapes = 1024;        ///< beside the first one
    static constexpr std::size_t name = 255;           ///< characters
    static constexpr std::uint64_t bytes = std::uint64_t{1} << 42;  ///< of one buffer
    static constexpr std::uint64_t work_group = 65536;
};

struct plan_tensor {
    std::string_view name;
    int node = 0;
    dtype type = dtype::f32;
    shape dims;
    int strides[max_rank] = {};  ///< elements
    int block = 1;
    memory_space space = memory_space::arena;
    std::uint32_t index = 0;
    std::uint64_t offset = 0;  ///< bytes

    constexpr layout at() const {
        layout out;
        for (int axis = 0; axis < max_rank; ++axis) out.stride[axis] = strides[axis];
        out.block = block;
        return out;
    }
};
template <> struct schema::described<plan_tensor> {
    static constexpr const char* table = "Tensor";
    using fields = schema::field_list<schema::field<&plan_tensor::name, "name", plan_limits::text>,
        schema::field<&plan_tensor::node, "node">, schema::field<&plan_tensor::type, "type">,
        schema::field<&plan_tensor::dims, "dims", max_rank>,
        schema::field<&plan_tensor::strides, "strides", max_rank>,
        schema::field<&plan_tensor::block, "block">, schema::field<&plan_tensor::space, "space">,
        schema::field<&plan_tensor::index, "index">, schema::field<&plan_tensor::offset, "offset">>;
};

struct plan_parameter {
    std::string_view name;
    shape dims;
    /// The one number that it is, bits of a float; empty: a tensor of the file.
    std::span<const std::uint32_t> values = {};
};
template <> struct schema::described<plan_parameter> {
    static constexpr const char* table = "Parameter";
    using fields
        = schema::field_list<schema::field<&plan_parameter::name, "name", plan_limits::text>,
            schema::field<&plan_parameter::dims, "dims", max_rank>,
            schema::field<&plan_parameter::values, "values", 1>>;
};

/// Indices of parameters, -1 where the layer has none.
struct plan_fold {
    int weight = -1, bias = -1, mean = -1, variance = -1;
    float eps = 0;
};
template <> struct schema::described<plan_fold> {
    static constexpr const char* table = "Fold";
    using fields = schema::field_list<schema::field<&plan_fold::weight, "weight">,
        schema::field<&plan_fold::bias, "bias">, schema::field<&plan_fold::mean, "mean">,
        schema::field<&plan_fold::variance, "variance">, schema::field<&plan_fold::eps, "eps">>;
};

enum class weight_role : unsigned char { scale, shift };

/// One of the parameters that stand side by side along a weight's axis.
struct plan_weight_part {
    int source = -1, first = 0;
    std::vector<plan_fold> folds;
};
template <> struct schema::described<plan_weight_part> {
    static constexpr const char* table = "WeightPart";
    using fields = schema::field_list<schema::field<&plan_weight_part::source, "source">,
        schema::field<&plan_weight_part::first, "first">,
        schema::field<&plan_weight_part::folds, "folds", plan_limits::folds>>;
};

struct plan_weight {
    int source = -1;
    weight_role role = weight_role::scale;
    int axis = 0;
    std::vector<plan_fold> folds;
    shape dims;
    std::span<const std::int32_t> inner;
    std::span<const std::uint8_t> order;
    dtype type = dtype::f32;
    std::uint64_t offset = 0, bytes = 0;
    std::string_view transform;
    std::vector<plan_weight_part> parts;
    std::span<const std::uint32_t> values;
    int bias = -1, input_scale = -1, input_zero_point = -1;
    std::uint8_t tf32 = 0;
    int group = 0;
    int constant = 0;  ///< number of an output of plan_records::constants, from 1 on

    /// A part as a weight of its own, packed as this one is.
    plan_weight alone(std::size_t part) const {
        plan_weight out = *this;
        const int end = part + 1 < parts.size() ? parts[part + 1].first
            : dims.rank                         ? dims[axis]
                                                : 1;
        if (dims.rank) out.dims.at(axis) = end - parts[part].first;
        out.source = parts[part].source;
        out.folds = parts[part].folds;
        out.parts.clear();
        return out;
    }
};
template <> struct schema::described<plan_weight> {
    static constexpr const char* table = "Weight";
    using fields = schema::field_list<schema::field<&plan_weight::source, "source">,
        schema::field<&plan_weight::role, "role">, schema::field<&plan_weight::axis, "axis">,
        schema::field<&plan_weight::folds, "folds", plan_limits::folds>,
        schema::field<&plan_weight::dims, "dims", max_rank>,
        schema::field<&plan_weight::inner, "inner", max_rank>,
        schema::field<&plan_weight::order, "order", 2 * max_rank>,
        schema::field<&plan_weight::type, "type">, schema::field<&plan_weight::offset, "offset">,
        schema::field<&plan_weight::bytes, "bytes">,
        schema::field<&plan_weight::transform, "transform", plan_limits::text>,
        schema::field<&plan_weight::parts, "parts", plan_limits::parts>,
        schema::field<&plan_weight::values, "values", plan_limits::constant>,
        schema::field<&plan_weight::bias, "bias">,
        schema::field<&plan_weight::input_scale, "input_scale">,
        schema::field<&plan_weight::input_zero_point, "input_zero_point">,
        schema::field<&plan_weight::tf32, "tf32">, schema::field<&plan_weight::group, "group">,
        schema::field<&plan_weight::constant, "constant">>;
};

/// The groups of a weight of few bits; bits 0: it is none.
constexpr weight_groups groups_of(const plan_weight& w) {
    const detail::group_name* const row = detail::group_transform(w.transform);
    return row ? weight_groups{row->bits, w.group, row->zero_points} : weight_groups{};
}
/// True for the numbers of 4 bits, of which two take a byte.
constexpr bool is_half_bytes(const plan_weight& w) {
    const detail::group_name* const row = detail::group_transform(w.transform);
    return row && row->bits == 4 && row->part == rounded_part::numbers;
}

/// True for the transforms of int8 plans.
constexpr bool is_byte_transform(std::string_view transform) {
    return transform == "int8" || transform == "int8_factor" || transform == "int8_shift"
        || transform == "reciprocal";
}

/// The output tile of a weight's transform, "winograd_4_3": 4; 0 for a name that is none.
constexpr int winograd_tile(std::string_view transform) {
    for (int tile : {2, 4, 6})
        if (transform.size() == 12 && transform.starts_with("winograd_")
            && transform[9] == '0' + tile && transform.ends_with("_3"))
            return tile;
    return 0;
}

template <> struct schema::described<gemm_call> {
    static constexpr const char* table = "Gemm";
    using fields = schema::field_list<schema::field<&gemm_call::rows, "rows">,
        schema::field<&gemm_call::columns, "columns">, schema::field<&gemm_call::depth, "depth">,
        schema::field<&gemm_call::batches, "batches">, schema::field<&gemm_call::a, "a">,
        schema::field<&gemm_call::b, "b">, schema::field<&gemm_call::c, "c">,
        schema::field<&gemm_call::a_row, "a_row">, schema::field<&gemm_call::b_row, "b_row">,
        schema::field<&gemm_call::c_row, "c_row">, schema::field<&gemm_call::a_batch, "a_batch">,
        schema::field<&gemm_call::b_batch, "b_batch">,
        schema::field<&gemm_call::c_batch, "c_batch">,
        schema::field<&gemm_call::a_transposed, "a_transposed">,
        schema::field<&gemm_call::b_transposed, "b_transposed">>;
};

struct plan_tactic {
    std::string_view name, defines;
    std::span<const std::uint32_t> tile, local;  ///< three each
    std::uint32_t local_bytes = 0;
    std::string_view needs = {};               ///< ability of the device; empty: none
    gemm_call gemm = {};                       ///< of a library, between the kernel's parts
    std::span<const std::uint32_t> cost = {};  ///< none, one or five
};
template <> struct schema::described<plan_tactic> {
    static constexpr const char* table = "Tactic";
    using fields = schema::field_list<schema::field<&plan_tactic::name, "name", plan_limits::text>,
        schema::field<&plan_tactic::defines, "defines", plan_limits::text>,
        schema::field<&plan_tactic::tile, "tile", 3>,
        schema::field<&plan_tactic::local, "local", 3>,
        schema::field<&plan_tactic::local_bytes, "local_bytes">,
        schema::field<&plan_tactic::needs, "needs", plan_limits::text>,
        schema::field<&plan_tactic::gemm, "gemm">, schema::field<&plan_tactic::cost, "cost", 5>>;
};

struct plan_kernel {
    std::string_view family, defines, text;
    std::span<const std::uint32_t> tactics;
};
template <> struct schema::described<plan_kernel> {
    static constexpr const char* table = "Kernel";
    using fields
        = schema::field_list<schema::field<&plan_kernel::family, "family", plan_limits::text>,
            schema::field<&plan_kernel::defines, "defines", plan_limits::text>,
            schema::field<&plan_kernel::text, "text", plan_limits::text>,
            schema::field<&plan_kernel::tactics, "tactics", plan_limits::choices>>;
};

struct plan_argument {
    std::uint64_t offset = 0;  ///< bytes
    std::uint32_t index = 0;
    memory_space space = memory_space::arena;
    dtype type = dtype::f32;
};
template <> struct schema::described<plan_argument> {
    static constexpr const char* table = "Argument";
    static constexpr bool is_struct = true;
    using fields = schema::field_list<schema::field<&plan_argument::offset, "offset">,
        schema::field<&plan_argument::index, "index">,
        schema::field<&plan_argument::space, "space">, schema::field<&plan_argument::type, "type">>;
};

struct plan_step {
    std::string_view name, layers;
    std::uint32_t kernel = 0, tactic = 0;
    std::span<const std::uint32_t> extents;  ///< three
    std::vector<plan_argument> arguments;
    std::span<const std::int32_t> numbers;
    int output = -1;
    std::uint64_t flops = 0, bytes = 0;
};
template <> struct schema::described<plan_step> {
    static constexpr const char* table = "Step";
    using fields = schema::field_list<schema::field<&plan_step::name, "name", plan_limits::text>,
        schema::field<&plan_step::layers, "layers", plan_limits::text>,
        schema::field<&plan_step::kernel, "kernel">, schema::field<&plan_step::tactic, "tactic">,
        schema::field<&plan_step::extents, "extents", 3>,
        schema::field<&plan_step::arguments, "arguments", plan_limits::arguments>,
        schema::field<&plan_step::numbers, "numbers", plan_limits::numbers>,
        schema::field<&plan_step::output, "output">, schema::field<&plan_step::flops, "flops">,
        schema::field<&plan_step::bytes, "bytes">>;
};

/// A named input or output: dense, row-major.
struct plan_binding {
    std::string_view name;
    dtype type = dtype::f32;
    shape dims;
    int tensor = -1;

    std::uint64_t bytes() const {
        return static_cast<std::uint64_t>(dims.count()) * size_bytes(type);
    }
};
template <> struct schema::described<plan_binding> {
    static constexpr const char* table = "Binding";
    using fields = schema::field_list<schema::field<&plan_binding::name, "name", plan_limits::text>,
        schema::field<&plan_binding::type, "type">,
        schema::field<&plan_binding::dims, "dims", max_rank>,
        schema::field<&plan_binding::tensor, "tensor">>;
};

struct plan_binary {
    std::string_view device;
    std::uint32_t kernel = 0, tactic = 0;
    std::span<const std::byte> bytes;
    std::uint64_t merged_source = 0;
};
template <> struct schema::described<plan_binary> {
    static constexpr const char* table = "DeviceBinary";
    using fields
        = schema::field_list<schema::field<&plan_binary::device, "device", plan_limits::text>,
            schema::field<&plan_binary::kernel, "kernel">,
            schema::field<&plan_binary::tactic, "tactic">,
            schema::field<&plan_binary::bytes, "bytes">,
            schema::field<&plan_binary::merged_source, "merged_source">>;
};

/// A value that contexts keep from one run to the next: dense, row-major.
struct plan_state {
    std::string_view name;
    dtype type = dtype::f32;  ///< as it is stored
    shape dims;
    std::uint64_t offset = 0;  ///< bytes in a context's states

    std::uint64_t bytes() const {
        return static_cast<std::uint64_t>(dims.count()) * size_bytes(type);
    }
};
template <> struct schema::described<plan_state> {
    static constexpr const char* table = "State";
    using fields = schema::field_list<schema::field<&plan_state::name, "name", plan_limits::text>,
        schema::field<&plan_state::type, "type">,
        schema::field<&plan_state::dims, "dims", max_rank>,
        schema::field<&plan_state::offset, "offset">>;
};

/// The numbers of an input that say where rows go into a state.
struct plan_bound {
    std::uint32_t input = 0;
    std::int32_t least = 0, most = 0;
    std::uint32_t state = 0;
};
template <> struct schema::described<plan_bound> {
    static constexpr const char* table = "Bound";
    using fields = schema::field_list<schema::field<&plan_bound::input, "input">,
        schema::field<&plan_bound::least, "least">, schema::field<&plan_bound::most, "most">,
        schema::field<&plan_bound::state, "state">>;
};

/// The location of a saved plan's packed weights.
struct plan_segment {
    bool present = false;
    std::uint64_t bytes = 0, hash = 0;
};
template <> struct schema::described<plan_segment> {
    static constexpr const char* table = "WeightsSegment";
    using fields = schema::field_list<schema::field<&plan_segment::bytes, "bytes">,
        schema::field<&plan_segment::hash, "hash_low">>;
};

/// The values that a dim of a saved plan may have; `opt` is that of the plan's own shape.
struct plan_range {
    std::string_view name;
    int min = 1, opt = 1, max = 1, step = 1;
};
template <> struct schema::described<plan_range> {
    static constexpr const char* table = "Dim";
    using fields = schema::field_list<schema::field<&plan_range::name, "name", plan_limits::text>,
        schema::field<&plan_range::min, "min">, schema::field<&plan_range::opt, "opt">,
        schema::field<&plan_range::max, "max">, schema::field<&plan_range::step, "step">>;
};

/// A saved plan's plan of another shape, as bytes.
struct plan_shape {
    std::span<const std::int32_t> values;
    std::span<const std::byte> plan;
};
template <> struct schema::described<plan_shape> {
    static constexpr const char* table = "ShapePlan";
    using fields
        = schema::field_list<schema::field<&plan_shape::values, "values", plan_limits::dims>,
            schema::field<&plan_shape::plan, "plan">>;
};

struct plan_records {
    std::uint32_t format = 0;
    std::string_view library, network, target;
    dtype precision = dtype::f32;
    std::uint64_t arena_bytes = 0, weight_bytes = 0, flops = 0;
    std::vector<plan_binding> inputs, outputs;
    std::vector<plan_tensor> tensors;
    std::vector<plan_parameter> parameters;
    std::vector<plan_weight> weights;
    std::vector<plan_tactic> tactics;
    std::vector<plan_kernel> kernels;
    std::vector<plan_step> steps;
    std::string_view prelude;
    plan_segment segment;
    std::vector<plan_binary> binaries;
    std::vector<plan_state> states;
    std::uint64_t state_bytes = 0;
    std::vector<plan_bound> bounds;
    std::vector<plan_range> dims;
    std::span<const std::int32_t> axes;
    std::vector<plan_shape> shapes;
    std::span<const std::byte> constants;  ///< a plan

    /// What a step writes: its output, and the tensors behind it up to the next step's output, which
    /// only steps of several outputs have. Empty for a step that moves data.
    std::span<const plan_tensor> tensors_of(std::size_t step) const {
        if (steps[step].output < 0) return {};
        const auto first = static_cast<std::size_t>(steps[step].output);
        std::size_t behind = tensors.size();
        for (std::size_t next = step + 1; next < steps.size(); ++next)
            if (steps[next].output >= 0) {
                behind = static_cast<std::size_t>(steps[next].output);
                break;
            }
        return std::span(tensors).subspan(first, behind > first ? behind - first : 1);
    }
};
/// Where the memory that (space, index) names begins in its buffer: the states of a context share one.
inline std::uint64_t offset_of(const plan_records& plan, memory_space space, std::uint32_t index) {
    return space == memory_space::state ? plan.states[index].offset : 0;
}

template <> struct schema::described<plan_records> {
    static constexpr const char* table = "Plan";
    using fields = schema::field_list<schema::field<&plan_records::format, "format">,
        schema::field<&plan_records::library, "library", plan_limits::text>,
        schema::field<&plan_records::network, "network", plan_limits::text>,
        schema::field<&plan_records::target, "target", plan_limits::text>,
        schema::field<&plan_records::precision, "precision">,
        schema::field<&plan_records::arena_bytes, "arena_bytes">,
        schema::field<&plan_records::weight_bytes, "weight_bytes">,
        schema::field<&plan_records::flops, "flops">,
        schema::field<&plan_records::inputs, "inputs", plan_limits::bindings>,
        schema::field<&plan_records::outputs, "outputs", plan_limits::bindings>,
        schema::field<&plan_records::tensors, "tensors", plan_limits::items>,
        schema::field<&plan_records::parameters, "parameters", plan_limits::items>,
        schema::field<&plan_records::weights, "weights", plan_limits::items>,
        schema::field<&plan_records::tactics, "tactics", plan_limits::items>,
        schema::field<&plan_records::kernels, "kernels", plan_limits::items>,
        schema::field<&plan_records::steps, "steps", plan_limits::items>,
        schema::field<&plan_records::prelude, "prelude", plan_limits::text>,
        schema::field<&plan_records::segment, "segment">,
        schema::field<&plan_records::binaries, "binaries", plan_limits::items>,
        schema::field<&plan_records::states, "states", plan_limits::states>,
        schema::field<&plan_records::state_bytes, "state_bytes">,
        schema::field<&plan_records::bounds, "bounds", plan_limits::items>,
        schema::field<&plan_records::dims, "dims", plan_limits::dims>,
        schema::field<&plan_records::axes, "axes", plan_limits::bindings * max_rank>,
        schema::field<&plan_records::shapes, "shapes", plan_limits::shapes>,
        schema::field<&plan_records::constants, "constants">>;
};

}  // namespace lamina
