// SPDX-License-Identifier: Apache-2.0
// The handle a network definition passes around: which node of which network, and its shape.
#pragma once
#include <lamina/core/dtype.hpp>
#include <lamina/core/shape.hpp>

#include <source_location>

namespace lamina {

class network;

/// Copy it freely; use it as often as you like. `dims` is what shape arithmetic in a definition
/// reads: if (x.dims.c != out) ... A tensor has up to 6 axes; without any it is a scalar, one element.
struct tensor {
    network* net = nullptr;
    int id = -1;
    shape dims;
    dtype type = dtype::f32;

    /// States the shape that the tensor must have here; checked at compile time.
    /// Errors   LAM-05 with both shapes if they differ.
    constexpr const tensor& expect(
        const shape& wanted, std::source_location where = std::source_location::current()) const;
};

}  // namespace lamina
