// SPDX-License-Identifier: Apache-2.0
// Problems of a network, kept as values: building continues, plan<Net> shows the first one as a
// compile error, report<Net>() prints all.
#pragma once
#include <lamina/core/text.hpp>

namespace lamina {

/// Each kind has a row in docs/errors.md and a file in tests/fail named by its id (LAM-01 ...).
enum class problem_id : int {
    shape_rank = 1,       ///< LAM-01 a layer was given a tensor of an unsupported rank
    kernel_fit = 2,       ///< LAM-02 a window is larger than the padded input
    channels = 3,         ///< LAM-03 channels, groups and outputs do not divide
    operands = 4,         ///< LAM-04 shapes of two operands do not broadcast
    expectation = 5,      ///< LAM-05 expect() disagrees with the graph
    name_reused = 6,      ///< LAM-06 two layers read the same weights
    name_missing = 7,     ///< LAM-07 a layer with weights has no name
    option_range = 8,     ///< LAM-08 an option is outside of the supported range
    concat_shape = 9,     ///< LAM-09 concat's inputs differ off the axis
    element_count = 10,   ///< LAM-10 a reshape changes the number of elements
    axis_range = 11,      ///< LAM-11 an axis is outside the rank, or named twice
    not_flat = 12,        ///< LAM-12 linear after a convolution without flatten
    unused = 13,          ///< LAM-13 a tensor is computed and never used
    no_output = 14,       ///< LAM-14 the network has no output
    binding_name = 15,    ///< LAM-15 an input or output name is empty or taken
    dtype_mismatch = 16,  ///< LAM-16 an element type that the layer does not support
    foreign_tensor = 17,  ///< LAM-17 a tensor of another network, or one never made
    text_too_long = 18,   ///< LAM-18 a name is longer than 255 characters
    weight_missing = 19,  ///< LAM-19 the manifest has no such tensor
    weight_shape = 20,    ///< LAM-20 the manifest's tensor has another shape or dtype
    weight_unused = 21,   ///< LAM-21 the manifest has a tensor that no layer reads
    extent_range = 22,  ///< LAM-22 an extent is negative, or 0 where it may not be, or a tensor is too large
    limit = 23,         ///< LAM-23 the network is larger than a stated limit
    name_pattern = 24,  ///< LAM-24 a pattern or prefix for fits matches no tensor, or for keep no layer
    state_order = 25,  ///< LAM-25 a state is read as it was before an update, or what is updated is none
    dim_range = 26,    ///< LAM-26 a dim has an impossible range, or two
    dim_changes = 27,  ///< LAM-27 a dim changes what cannot change: weights, states, names, ranks
};

struct problem {
    problem_id id = problem_id::shape_rank;
    const char* file = "";
    int line = 0;
    /// "<layer> '<weights name>': <what disagrees, with both values>; <what to check>"
    sentence what;
};

/// "resnet18.hpp:20: conv2d 'conv1': ..."
constexpr sentence full_sentence(const problem& p) {
    return say(base_name(p.file), ":", p.line, ": ", p.what.view());
}

}  // namespace lamina
