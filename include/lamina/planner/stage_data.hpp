// SPDX-License-Identifier: Apache-2.0
// The data that stages pass on: fusion groups (nodes merged by fold and fuse), then steps (groups with
// memory), then launches (steps with a kernel). Plain data, no behaviour.
#pragma once
#include <lamina/core/ability.hpp>
#include <lamina/core/dynamic_array.hpp>
#include <lamina/core/gemm.hpp>
#include <lamina/core/memory_space.hpp>
#include <lamina/graph/network.hpp>
#include <lamina/planner/defines.hpp>
#include <lamina/planner/family_row.hpp>
#include <lamina/planner/target.hpp>
#include <lamina/planner/view.hpp>

#include <initializer_list>

namespace lamina::planner {

/// One function of an epilogue, applied to the running value v.
struct pointwise_op {
    function kind = function::relu;
    int operand = -1;    ///< the first value besides v: index into fusion_group::operands
    int place = 0;       ///< which argument v is: 1 for op(operand, v)
    float a = 0, b = 0;  ///< scalars
    int second = -1;     ///< the other value of a function of three
};

/// Functions that a quantize of int8 plans is, in fuse; launch_epilogue makes one of them.
inline constexpr std::size_t quantize_length = 5;

/// A second value of an epilogue: a tensor, or a vector of weights along an axis.
struct operand {
    int value = -1;   ///< id of a value
    int weight = -1;  ///< index into module::weights; float, along `axis`
    int axis = 1;
    int scale = -1, zero = -1;  ///< of a value in 8 bits: the operands that it is read with
};

/// One future step: an anchor with what was folded and fused into it.
struct fusion_group {
    op kind = op::input;
    int anchor = -1;                       ///< node that does the main work
    dynamic_array<int> members;            ///< all nodes, in order
    dynamic_array<int> inputs;             ///< values the anchor reads
    dynamic_array<int> folds;              ///< batch_norm nodes folded into the weights
    dynamic_array<pointwise_op> epilogue;  ///< op::pointwise: v starts as operand 0
    dynamic_array<operand> operands;
    int output = -1;  ///< value written; ids of nodes are ids of values
    dynamic_array<int>
        further;   ///< the other values that an op of several outputs writes: those read
    int row = -1;  ///< index into module::layer_rows: layers side by side, this one's among them
    int dequantize
        = -1;  ///< node that its input went through, if the anchor multiplies numbers of 8 bits
    bool alive = true;
    /// Those of the op's families that take the group, a bit each; the first was chosen, and the
    /// others accept the layouts that it reads.
    unsigned families = 0;
    dtype kept = dtype::other;  ///< storage that network::keep asks of one of its nodes
    numeric_policy numbers;     ///< of the class, or that
    bool on_ints = false;       ///< a chain of functions of whole numbers, computed in ints
    bool gathers = false;       ///< the chosen family reads channels wherever they lie
    input_form reads = input_form::any;     ///< by the chosen family
    output_form writes = output_form::any;  ///< by the chosen family
};

/// take(value) for each value that a group reads: its inputs, and the second values of its epilogue.
template <class Take> constexpr void each_read(const fusion_group& w, Take take) {
    for (const int value : w.inputs) take(value);
    for (const operand& o : w.operands)
        if (o.value >= 0) take(o.value);
}

/// One batch_norm inside a recipe; indices of network::parameters or -1.
struct fold_recipe {
    int weight = -1, bias = -1, mean = -1, variance = -1;
    float eps = 0;
};

constexpr fold_recipe fold_of(const node& norm) {
    return {norm.parameters[weight_slot], norm.parameters[bias_slot], norm.parameters[mean_slot],
        norm.parameters[variance_slot], norm.attr.scalars[0]};
}

/// Consecutive entries of module::folds: what a weight and its shift share.
struct fold_range {
    int first = 0, count = 0;
};

/// One of the layers whose products a step computes side by side, as one.
struct group_part {
    int anchor = -1, output = -1;
    int first = 0;  ///< its first channel or column of the step's output
    dynamic_array<int> members, folds;
    view seen;           ///< its value in the step's output, once that has memory
    fold_range recipes;  ///< its folds, once a weight was packed
};

/// All layers of such a step, in the order in which they stand.
struct layer_row {
    dynamic_array<group_part> parts;
    int concat = -1;       ///< value in whose memory they lie,
    int concat_start = 0;  ///< from this index on; below 0: in room before it
    bool has_recipes = false;
};

/// One of the parameters that stand side by side along a recipe's axis.
struct recipe_part {
    int source = -1;
    int first = 0;  ///< index along the axis
    fold_range folds;
};

/// Consecutive entries of module::recipe_parts.
struct part_range {
    int first = 0, count = 0;
};

/// What a packed array has of a weight that is rounded to 8 bits, or of a scale; plan.fbs explains each.
enum class byte_form : unsigned char { none, weight, factor, shift, reciprocal };
constexpr const char* to_text(byte_form form) {
    constexpr const char* names[] = {"", "int8", "int8_factor", "int8_shift", "reciprocal"};
    return names[static_cast<int>(form)];
}

/// How one packed array comes out of the weights file; Weight in plan.fbs explains the fields.
struct weight_recipe {
    int source = -1;
    int constant = -1;    ///< node whose numbers they are instead
    bool shifts = false;  ///< role shift instead of scale
    int axis = 0;
    fold_range folds;
    part_range parts;  ///< if there are any, they are instead of source and folds
    shape dims;
    int winograd = 0;  ///< output tile of the transform that makes 3x3 the last two of dims
    byte_form bytes_of = byte_form::none;
    weight_groups groups;  ///< of 4 or 8 bits, of which the array has one part
    rounded_part part = rounded_part::numbers;
    int bias = -1, input_scale = -1, input_zero = -1;  ///< parameters, as byte_form needs them
    int inner[max_rank] = {1, 1, 1, 1, 1, 1};
    int order[2 * max_rank] = {};
    int order_size = 0;
    dtype type = dtype::f32;
    bool tf32 = false;  ///< floats are rounded to the 11 bits that matrix units multiply
    std::int64_t offset = 0, bytes = 0;

    /// Of that many numbers of the array, padding included.
    constexpr std::int64_t bytes_for(std::int64_t count) const {
        const bool is_half = groups.bits == 4 && part == rounded_part::numbers;
        return count * static_cast<std::int64_t>(size_bytes(type)) / (is_half ? 2 : 1);
    }
    constexpr void set_order(std::initializer_list<int> wanted) {
        order_size = 0;
        for (int axis : wanted) order[order_size++] = axis;
    }
};

/// True for images NxCxHxW, sequences NxCxL and volumes NxCxDxHxW.
constexpr bool has_channels(const shape& dims) { return dims.rank >= 3 && dims.rank <= 5; }

/// True if a window sees one slice of a volume at a time: that of the output.
constexpr bool is_flat(const window& win) {
    return win.kernel_d == 1 && win.stride_d == 1 && win.pad_front == 0 && win.pad_back == 0;
}

/// True for convolutions and pools of images of one column, NxCxLx1, with more than a pixel.
constexpr bool is_over_columns(const node& n) {
    const window& win = n.attr.win;
    return (n.kind == op::conv2d || n.kind == op::pool) && n.dims.rank == 4 && n.dims.w == 1
        && n.dims.h > 1 && win.kernel_w == 1 && win.stride_w == 1 && win.pad_left == 0
        && win.pad_right == 0 && is_flat(win);
}

/// A node's window as kernels see it: that of a sequence NxCxL, or of images of one column, lies along the row of an
/// image NxCx1xL.
constexpr window window_of(const node& n) {
    const window& win = n.attr.win;
    if (n.dims.rank != 3 && !is_over_columns(n)) return win;
    return {win.kernel_w, win.kernel_h, win.stride_w, win.stride_h, win.pad_left, win.pad_top,
        win.pad_right, win.pad_bottom, win.dilation_w, win.dilation_h};
}

/// Pixels of a row as kernels see it: all L of a sequence.
constexpr int row_length(const shape& dims) { return dims.rank == 3 ? dims.h : dims.w; }

/// True for ops over images whose kernels do not know volumes.
constexpr bool is_over_images_alone(const node& n, const shape& dims) {
    return is_spatial(n.kind) && is_volume(dims) && !traits_of(n).volumes;
}

/// How a step over volumes moves along depth. Its views are those of slices; the window says which slices of
/// the input each one of the output sees.
struct depth_walk {
    int in = 0, out = 0;  ///< slices of a volume; in 0: the step sees one slice at a time
    int volume = 0;       ///< elements from one volume of the input to the next
};

/// A piece of memory that one or several values share.
struct storage {
    memory_space space = memory_space::arena;
    int index = 0;  ///< of the input or output
    std::int64_t bytes = 0;
    std::int64_t offset = 0;    ///< in the arena, set by plan_memory
    int first = -1, last = -1;  ///< steps that access it
    bool kept = false;          ///< keeps its contents between runs: alive at all steps
    bool tf32 = false;          ///< its floats are stored rounded, see round_stores.hpp
};

/// An epilogue operand with memory.
struct resolved_operand {
    view seen;        ///< of a tensor
    int weight = -1;  ///< or a vector of weights along `axis`
    int axis = 1;
    int scale = -1, zero = -1;  ///< of numbers of 8 bits: the operands that they are read with
};

/// An output other than the first.
struct further_output {
    view seen;
    int node = -1;   ///< whose value it is
    int number = 0;  ///< of the op's outputs, from 1 on
};

/// One launch before a kernel is chosen.
struct step {
    op kind = op::pointwise;
    int anchor = -1;          ///< node; -1 for a copy that the planner added
    unsigned families = ~0u;  ///< the group's; of a copy all of pointwise
    dynamic_array<int> members;
    dynamic_array<int> folds;
    dynamic_array<view> inputs;
    view output;
    window win;  ///< of the anchor, as window_of has it
    depth_walk depth;
    dynamic_array<further_output> further;
    int row = -1;  ///< index into module::layer_rows: the layers that make up the output
    dynamic_array<pointwise_op> epilogue;
    dynamic_array<resolved_operand> operands;
    int node = -1;  ///< whose value the output is
    bool is_copy = false;
    bool of_half = false;    ///< computes one half of the batch, see halve_batches.hpp
    numeric_policy numbers;  ///< the group's; of chains and copies: the type of 16 bits that they
                             ///< read or write beside floats, if any
    bool on_ints = false;    ///< the group's; of a copy: it moves ints
    int dequantize = -1;     ///< the group's
    bool keeps_finite = false;  ///< stored in 16 bits, values below the lowest number are that

    /// The output of that number (from 1 on); nullptr where nothing reads it.
    constexpr const view* further_view(int number) const {
        for (const further_output& also : further)
            if (also.number == number) return &also.seen;
        return nullptr;
    }
};

/// A kernel's buffer argument.
struct argument {
    memory_space space = memory_space::arena;
    int storage = -1;         ///< or weight
    std::int64_t offset = 0;  ///< elements
    dtype type = dtype::f32;
};

/// The estimated time of a work-item of a tactic, in any unit that all tactics of its kernel share, from
/// which an engine chooses among them for its number of threads.
struct item_cost {
    int count = 0;  ///< 0: unknown; 1: `numbers[0]`; 5: see plan.fbs
    int numbers[5] = {};
    constexpr bool operator==(const item_cost&) const = default;

    static constexpr item_cost of(std::int64_t time) { return {1, {in_range(time)}}; }
    /// `row` for each row that it prepares; for each column `column` to fetch it or `cell` a row to
    /// compute, whichever takes longer. An engine may give it fewer: no less than `rows`, which are computed
    /// together, and a multiple of `columns`.
    static constexpr item_cost divisible(
        std::int64_t row, std::int64_t column, std::int64_t cell, int rows, int columns) {
        return {5, {in_range(row), in_range(column), in_range(cell), rows, columns}};
    }

private:
    static constexpr int in_range(std::int64_t number) {
        return number > 2147483647 ? 2147483647 : static_cast<int>(number);
    }
};

struct tactic {
    name label;
    text<200> defines;
    int tile[3] = {1, 1, 1};
    int local[3] = {1, 1, 1};
    int local_bytes = 0;
    ability needs = ability::none;  ///< of the device
    int gemm = -1;                  ///< index into module::gemms
    item_cost cost = {};
    /// Numbers first: most differ in one, and comparing texts takes calls.
    constexpr bool operator==(const tactic& other) const {
        return tile[0] == other.tile[0] && tile[1] == other.tile[1] && tile[2] == other.tile[2]
            && local[0] == other.local[0] && local[1] == other.local[1]
            && local[2] == other.local[2] && needs == other.needs && gemm == other.gemm
            && label.size == other.label.size && defines.size == other.defines.size
            && label == other.label && defines.view() == other.defines.view() && cost == other.cost;
    }
};

/// The tactics that a family chose for extents it saw before.
struct tile_choice {
    int width, blocks;
    dynamic_array<int> tactics;
};

/// How F(tile x tile, 3 x 3) would do a step: tiles in all and a work-item's share of them.
struct winograd_way {
    int tile = 0;   ///< 0: the direct way
    int tiles = 0;  ///< of all images
    int items = 1;  ///< work-items along the tiles
    int item = 1;   ///< tiles of one; the last one's overlap its neighbour's
    int parts = 1;  ///< work-items that share the output channels: each transforms the input again
    std::int64_t cycles = 0;
};

/// The fastest way for shapes that were seen before, and its tactics, if it is Winograd's.
struct winograd_choice {
    int images, height, width, in, out_blocks;
    dtype storage;
    int only;  ///< the one tile that was allowed; 0: any
    winograd_way way;
    dynamic_array<int> tactics;
};

/// A distinct program.
struct kernel {
    const char* family = "";
    define_parts defines;
    std::uint64_t hash = 0;        ///< of family and defines
    const char* source = nullptr;  ///< a custom layer's text
    dynamic_array<int> tactics;
};

/// A step with its kernel.
struct launch {
    int kernel = -1;
    int tactic = -1;
    int family = -1;  ///< among those of the step's op
    int extents[3] = {1, 1, 1};
    dynamic_array<argument> arguments;
    dynamic_array<int> numbers;
    std::int64_t flops = 0;
};

/// Indices that a concat's memory has before and behind it, for layers that stand beside its inputs.
struct concat_room {
    int concat = -1;  ///< value
    int before = 0, behind = 0;
};

inline constexpr std::int64_t state_alignment = 128;  ///< bytes

/// A state of the network: how it is stored, and where in a context's states.
struct state_place {
    int node = -1;
    dtype type = dtype::f32;
    std::int64_t offset = 0;
};

/// How a layer's weights are packed, see packing_guide.hpp.
struct packing_choice {
    int family = -1;           ///< among those of its op; -1: unknown
    int winograd = 0;          ///< weight_recipe::winograd
    int inner = 0, depth = 0;  ///< weight_recipe::inner, [0] and [1]
};

/// A tile of a product of rows, linear_blocked's.
struct row_tile {
    int rows, height, panels;
    constexpr bool operator==(const row_tile&) const = default;
};

/// Ways to cut products of so many columns and so deep, see shared_ways.hpp: of a plan, those about as fast as the fastest;
/// of a guide, all that shapes use, the first that is fast enough first.
struct shared_way_list {
    int kind = 0, columns = 0, depth = 0;
    dynamic_array<int> ids;
};

/// What plans for other shapes of a network chose.
struct packing_guide {
    dynamic_array<packing_choice> layers;  ///< by the parameter that is the layer's weights
    dynamic_array<row_tile> tiles;
    dynamic_array<shared_way_list> ways;
};

/// Everything the stages fill, front to back.
struct module {
    const network* net = nullptr;
    const packing_guide* guide = nullptr;  ///< null: every choice is this plan's own
    dynamic_array<fusion_group> groups;
    dynamic_array<layer_row> layer_rows;
    dynamic_array<concat_room> rooms;
    dynamic_array<storage> storages;
    dynamic_array<step> steps;
    dynamic_array<weight_recipe> weights;
    dynamic_array<fold_recipe> folds;
    dynamic_array<recipe_part> recipe_parts;
    dynamic_array<tactic> tactics;
    dynamic_array<gemm_call> gemms;  ///< each once
    /// Indices plus one of the gpu class's tiles among the tactics, 0 if not yet added: their texts are
    /// made and compared once.
    int known_tiles[16] = {}, known_mma[3][128] = {};  ///< of bytes, of 16 bits, of floats
    dynamic_array<tile_choice> tiles;
    dynamic_array<row_tile> row_tiles;    ///< that steps chose first
    dynamic_array<shared_way_list> ways;  ///< of products whose kernels take sizes as arguments
    dynamic_array<winograd_choice> winograds;
    dynamic_array<kernel> kernels;
    dynamic_array<launch> launches;  ///< one per step
    dynamic_array<int> overwrites;   ///< find_overwrites of the network
    dynamic_array<int>
        dequantized;  ///< per value: a dequantize through which chains read it; or empty
    dynamic_array<state_place> states;
    std::int64_t state_bytes = 0;
    int arrivals = -1;  ///< storage of the counters that split products share
    std::int64_t arena_bytes = 0, live_bytes = 0, weight_bytes = 0;
    sentence fault;  ///< a violated postcondition, see verify.hpp
    const dynamic_array<std::uint32_t>* constants
        = nullptr;  ///< the plan of the network's constant part, if that was cut off
    const dynamic_array<int>* numbers = nullptr;  ///< of its nodes before the cut
    dynamic_array<group_part> no_parts;

    /// The layers side by side of a group or step; none where it has one.
    constexpr const dynamic_array<group_part>& parts_of(int row) const {
        return row < 0 ? no_parts : layer_rows[static_cast<std::size_t>(row)].parts;
    }
};

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

}  // namespace lamina::planner
