// SPDX-License-Identifier: Apache-2.0
// What a kernel family states about itself before layouts are assigned: the op that it serves, the
// targets, element types, layouts and abilities it needs. Each selector's file ends with such a row.
#pragma once
#include <lamina/core/ability.hpp>
#include <lamina/core/dtype.hpp>
#include <lamina/graph/op.hpp>

#include <initializer_list>

namespace lamina {
struct target;
}

namespace lamina::planner {

struct fusion_group;
struct launch_builder;
struct module;

/// The layout in which a family reads inputs.
enum class input_form : unsigned char {
    any,      ///< any layout
    rows,     ///< row-major without holes
    strided,  ///< a stride per axis, no blocked one
    matrix,   ///< the last axis dense, those before it merged into rows
    planes,   ///< an image where the output is one, else one channel at a time
    image,    ///< an image: channels in blocks or innermost, as the target has them; or rows of few
              ///< channels where the output is rows
    picture,  ///< an image, or rows of few channels, such as a network input's
};

/// The layout in which a family writes its output.
enum class output_form : unsigned char {
    any,      ///< an image or rows, as the value has it; also as a part of another value
    strided,  ///< the same, or rows whose axes lie in any order
    rows,     ///< dense rows, which are no part of another value
};

/// True if a family that reads `own` also takes inputs that were laid out as `given`.
constexpr bool accepts(input_form own, input_form given) {
    if (own == given) return true;
    switch (own) {
    case input_form::any:
        return given != input_form::matrix;
    case input_form::strided:
        return given == input_form::rows;
    case input_form::planes:
    case input_form::picture:
        return given == input_form::image;
    default:
        return false;
    }
}

/// The targets that a family has kernels for.
enum class family_targets : unsigned char {
    all,
    cpu,
    gpu,
    blocks,         ///< whose images are blocks of channels
    channels_last,  ///< whose images are not
};

/// Element types.
struct type_set {
    unsigned bits = 0;
    constexpr type_set() = default;
    constexpr type_set(std::initializer_list<dtype> types) {
        for (const dtype type : types) bits |= 1u << static_cast<int>(type);
    }
    constexpr bool has(dtype type) const { return bits >> static_cast<int>(type) & 1u; }
};

/// What plans store numbers as.
inline constexpr type_set real_types{dtype::f32, dtype::f16, dtype::bf16};
/// And what int8 plans store some as, which quantize ends in.
inline constexpr type_set real_or_bytes{dtype::f32, dtype::f16, dtype::bf16, dtype::u8};
/// And the indices of a network.
inline constexpr type_set stored_types{dtype::f32, dtype::f16, dtype::bf16, dtype::i32};
/// And bytes and truth values: all types of a network.
inline constexpr type_set all_types{
    dtype::f32, dtype::f16, dtype::bf16, dtype::i32, dtype::i8, dtype::u8, dtype::boolean};

/// Tries to make a step's launch; returns false, without side effects, if the family does not support it.
using selector = bool (*)(launch_builder&);

/// A condition on a fusion group that can be tested before its values have layouts.
using group_test = bool (*)(const module&, const lamina::target&, const fusion_group&);

inline constexpr int takes_all = 100;  ///< the rank of a family that takes every step

/// An op that a family serves. choose_families gives each fusion group the first family, by rank, that
/// its row allows, and values are laid out for that one. Families behind it are tried if it refuses the
/// step in the end, as far as they accept the layouts.
struct family_row {
    op kind;
    selector select;
    int rank = takes_all;  ///< among the op's families: the fastest first
    input_form reads = input_form::any;
    output_form writes = output_form::any;
    family_targets on = family_targets::all;
    type_set inputs = real_types, outputs = real_types;
    type_set weights = real_types;  ///< in which they may be packed
    bool rounded = false;           ///< reads weights in groups (node::rounded), and no others
    bool pools = false;             ///< also takes convolutions that end in a pool (fuse_pools.hpp)
    bool joins = false;  ///< also takes those that read a concat's inputs (fuse_concats.hpp)
    ability needs = ability::none;  ///< of the target; tactics may need more
    group_test takes = nullptr;     ///< null: every group
    /// Groups whose first input may be an image in blocks with its channels anywhere (view::lanes, a shift,
    /// pixels apart), as the kernel reads them one at a time. Null: none.
    group_test gathers = nullptr;
};

}  // namespace lamina::planner
