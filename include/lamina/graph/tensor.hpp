// SPDX-License-Identifier: Apache-2.0
// The handle used in network definitions: a node of a network, and its shape.
#pragma once
#include <lamina/core/dtype.hpp>
#include <lamina/core/shape.hpp>

#include <source_location>

namespace lamina {

class network;

/// Cheap to copy, and may be used any number of times. Shape arithmetic in a definition reads `dims`:
/// if (x.dims.c != out) ... A tensor has up to 6 axes; without any it is a scalar, one element.
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
