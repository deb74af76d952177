// SPDX-License-Identifier: Apache-2.0
// A value of the reference, the operands of an op, and iteration over indices. Used by every op of this
// folder; contains no computation.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/graph/network.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lamina {

/// A dense row-major tensor in host memory: `values` for f32, `indices` for types of whole numbers, the
/// other empty.
struct reference_tensor {
    shape dims;
    dtype type = dtype::f32;
    std::vector<float> values;
    std::vector<std::int32_t> indices;
    /// How uncertain each element is in a plan's arithmetic (bound.hpp); empty unless requested.
    std::vector<float> spread;
    /// Of a layer of weights, and of a batch_norm that may be folded into one: how many products
    /// each element adds up, beginning at the bias. 0 for other nodes and without spreads.
    double products = 0;

    std::size_t size() const { return is_integer(type) ? indices.size() : values.size(); }
    /// An element as a number, whatever its type.
    double at(std::size_t i) const {
        return is_integer(type) ? indices[i] : static_cast<double>(values[i]);
    }
    /// Stores a number of the tensor's type.
    void set(std::size_t i, double number) {
        if (is_integer(type))
            indices[i] = static_cast<std::int32_t>(number);
        else
            values[i] = static_cast<float>(number);
    }

    reference_tensor() = default;
    /// Zeros of that shape.
    explicit reference_tensor(const shape& extents, dtype element = dtype::f32)
        : dims(extents), type(element) {
        const auto count = static_cast<std::size_t>(dims.count());
        if (is_integer(type))
            indices.resize(count);
        else
            values.resize(count);
    }
};

namespace reference_op {

/// The operands of a node. A weights tensor that the node does not have is an empty span.
struct operands {
    std::vector<const reference_tensor*> inputs;
    std::array<std::span<const float>, parameter_slots> weights;
    std::array<shape, parameter_slots> weight_dims;
    bool are_rounded = false;  ///< the weights are what numbers of 4 or 8 bits stand for

    const reference_tensor& operator[](std::size_t i) const { return *inputs[i]; }
};

/// A place in a tensor, one number per axis; axes beyond the rank stay 0.
using place = std::array<int, max_rank>;

/// The index of `at` in a dense row-major tensor.
inline std::size_t flat(const shape& dims, const place& at) {
    std::size_t index = 0;
    for (int axis = 0; axis < dims.rank; ++axis)
        index = index * static_cast<std::size_t>(dims[axis])
            + static_cast<std::size_t>(at[static_cast<std::size_t>(axis)]);
    return index;
}

/// The index of (n, c, h, w) in an image.
inline std::size_t flat(const shape& dims, int n, int c, int h, int w) {
    return flat(dims, place{n, c, h, w});
}

/// What windows move over: an image, a sequence as one column, or a volume.
struct window_extents {
    int d = 1, h = 1, w = 1;
};
inline window_extents extents_of(const shape& dims) {
    if (dims.rank == 5) return {dims.h, dims.w, dims.d4};
    return {1, dims.h, dims.w};
}
/// The index of (n, c, d, h, w) in it.
inline std::size_t flat(const shape& dims, int n, int c, int d, int h, int w) {
    return dims.rank == 5 ? flat(dims, place{n, c, d, h, w}) : flat(dims, n, c, h, w);
}

/// The index in a broadcast operand of element `at` of the result: axes are aligned at the end,
/// an extent of 1 is read again and again.
inline std::size_t flat_broadcast(const shape& operand, const shape& result, const place& at) {
    place own{};
    for (int axis = 0; axis < operand.rank; ++axis)
        if (operand[axis] != 1)
            own[static_cast<std::size_t>(axis)]
                = at[static_cast<std::size_t>(axis + result.rank - operand.rank)];
    return flat(operand, own);
}

/// Calls visit(place, flat index) for every element in row-major order.
template <class Visit> void for_each_place(const shape& dims, Visit visit) {
    place at{};
    const auto count = static_cast<std::size_t>(dims.count());
    for (std::size_t index = 0; index < count; ++index) {
        visit(at, index);
        for (int axis = dims.rank - 1; axis >= 0; --axis) {
            int& number = at[static_cast<std::size_t>(axis)];
            if (++number < dims[axis]) break;
            number = 0;
        }
    }
}

/// Moves one element, whatever its type.
inline void copy_element(
    const reference_tensor& from, std::size_t source, reference_tensor& to, std::size_t target) {
    if (is_integer(from.type))
        to.indices[target] = from.indices[source];
    else
        to.values[target] = from.values[source];
}

/// The extents as rows x columns, cut before `axis`: what ops over the last axes work on.
struct rows_and_columns {
    std::size_t rows = 1, columns = 1;
};
inline rows_and_columns cut(const shape& dims, int axis) {
    rows_and_columns out;
    for (int i = 0; i < dims.rank; ++i)
        (i < axis ? out.rows : out.columns) *= static_cast<std::size_t>(dims[i]);
    return out;
}

/// The extents as outer x axis x inner: what ops along one axis work on.
struct along_axis {
    std::size_t outer = 1, extent = 1, inner = 1;
    std::size_t at(std::size_t o, std::size_t i, std::size_t n) const {
        return (o * extent + i) * inner + n;
    }
};
inline along_axis along(const shape& dims, int axis) {
    along_axis out;
    out.extent = static_cast<std::size_t>(dims[axis]);
    for (int i = 0; i < dims.rank; ++i)
        if (i != axis) (i < axis ? out.outer : out.inner) *= static_cast<std::size_t>(dims[i]);
    return out;
}

}  // namespace reference_op
}  // namespace lamina
