// SPDX-License-Identifier: Apache-2.0
// A plan as plain values: what everything behind plan/read.hpp sees instead of FlatBuffers.
// The fields are those of plan.fbs, which documents them; texts and number lists point into the
// plan's bytes, which plan_view keeps.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/dtype.hpp>
#include <lamina/core/layout.hpp>
#include <lamina/core/shape.hpp>

namespace lamina {

/// Which buffer an argument or a tensor lies in.
enum class memory_space : unsigned char { arena, input, output, weights };

constexpr std::string_view to_text(memory_space space) {
    constexpr std::string_view names[] = {"arena", "input", "output", "weights"};
    return names[static_cast<int>(space)];
}

struct plan_tensor {
    std::string_view name;
    int node = 0;
    dtype type = dtype::f32;
    shape dims;
    layout at;
    memory_space space = memory_space::arena;
    std::uint32_t index = 0;
    std::uint64_t offset = 0;  ///< bytes
};

struct plan_parameter {
    std::string_view name;
    shape dims;
};

/// Indices of parameters, -1 where the layer has none.
struct plan_fold {
    int weight = -1, bias = -1, mean = -1, variance = -1;
    float eps = 0;
};

enum class weight_role : unsigned char { scale, shift };

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
};

/// The output tile of a weight's transform, "winograd_4_3": 4; 0 for a name that is none.
constexpr int winograd_tile(std::string_view transform) {
    for (int tile : {2, 4, 6})
        if (transform.size() == 12 && transform.starts_with("winograd_")
            && transform[9] == '0' + tile && transform.ends_with("_3"))
            return tile;
    return 0;
}

struct plan_tactic {
    std::string_view name, defines;
    std::span<const std::uint32_t> tile, local;  ///< three each
    std::uint32_t local_bytes = 0;
    std::string_view needs = {};  ///< ability of the device; empty: none
};

struct plan_kernel {
    std::string_view family, defines, text;
    std::span<const std::uint32_t> tactics;
};

struct plan_argument {
    std::uint64_t offset = 0;  ///< bytes
    std::uint32_t index = 0;
    memory_space space = memory_space::arena;
    dtype type = dtype::f32;
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

struct plan_binary {
    std::string_view device;
    std::uint32_t kernel = 0, tactic = 0;
    std::span<const std::byte> bytes;
    std::uint64_t merged_source = 0;
};

/// Where a saved plan says its packed weights are.
struct plan_segment {
    bool present = false;
    std::uint64_t bytes = 0, hash = 0;
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
};

/// A step as sentences name it: "step 3 'layer1.0.conv1' (conv2d_blocked)"; one without weights, and
/// so without a name, by its layers: "step 4, relu + add (pointwise_blocked)".
inline std::string step_text(const plan_records& plan, std::size_t index) {
    const plan_step& step = plan.steps[index];
    std::string out = "step " + std::to_string(index);
    if (!step.name.empty())
        out += " '" + std::string(step.name) + "'";
    else if (!step.layers.empty())
        out += ", " + std::string(step.layers);
    return out + " (" + std::string(plan.kernels[step.kernel].family) + ")";
}

}  // namespace lamina
