// SPDX-License-Identifier: Apache-2.0
// A matrix product that a BLAS library computes for a step: what the planner writes into a tactic, the
// plan stores, the verifier checks and the runtime hands to CLBlast.
#pragma once
#include <cstdint>
#include <initializer_list>

namespace lamina {

/// C = A * B of floats, `batches` times; every matrix lies in rows. A is rows x depth, B depth x
/// columns, C rows x columns. The step's kernel may make A before the product (patches of an image) and
/// finish C behind it (bias and epilogue); such a matrix is dense and lies in scratch memory.
struct gemm_call {
    bool present = false;
    std::int32_t rows = 0, columns = 0, depth = 0, batches = 1;
    /// Numbers of the step's buffer arguments. a -1: patches that the kernel makes; c -1: a product
    /// that the kernel finishes.
    std::int32_t a = 0, b = 0, c = 0;
    /// Elements from one row to the next, as the matrix lies in memory.
    std::int32_t a_row = 0, b_row = 0, c_row = 0;
    /// Elements from one batch to the next; 0 for a factor that all batches share.
    std::int32_t a_batch = 0, b_batch = 0, c_batch = 0;
    /// 1: the matrix lies in memory with rows and columns exchanged.
    std::uint8_t a_transposed = 0, b_transposed = 0;

    constexpr bool operator==(const gemm_call&) const = default;
    constexpr bool has_patches() const { return a < 0; }
    constexpr bool has_product() const { return c < 0; }

    // Elements from the first on that the product may touch.
    constexpr std::int64_t a_span() const {
        return a_transposed ? span(depth, rows, a_row, a_batch) : span(rows, depth, a_row, a_batch);
    }
    constexpr std::int64_t b_span() const {
        return b_transposed ? span(columns, depth, b_row, b_batch)
                            : span(depth, columns, b_row, b_batch);
    }
    constexpr std::int64_t c_span() const { return span(rows, columns, c_row, c_batch); }

    // Scratch memory of a step, in elements: patches, then the product.
    constexpr std::int64_t patch_elements() const { return has_patches() ? a_span() : 0; }
    constexpr std::int64_t product_elements() const { return has_product() ? c_span() : 0; }
    constexpr std::int64_t product_offset() const { return (patch_elements() + 63) / 64 * 64; }
    constexpr std::int64_t scratch_bytes() const {
        return (product_offset() + product_elements()) * 4;
    }

    /// Whether the numbers describe matrices, and all of them together are small enough for CLBlast,
    /// which counts elements in ints, also those of its copies padded to its tiles.
    constexpr bool is_sound() const {
        if (rows < 1 || columns < 1 || depth < 1 || batches < 1 || a < -1 || b < 0 || c < -1
            || a_transposed > 1 || b_transposed > 1 || a_row < (a_transposed ? rows : depth)
            || b_row < (b_transposed ? depth : columns) || c_row < columns || a_batch < 0
            || b_batch < 0 || c_batch < 0)
            return false;
        if (has_patches() && (batches != 1 || a_transposed || a_row != depth)) return false;
        if (has_product() && (c_row != columns || c_batch != (batches > 1 ? dense_c() : 0)))
            return false;
        std::int64_t all = 0;
        for (const std::int64_t elements : {padded(rows) * padded(depth),
                 padded(depth) * padded(columns), padded(rows) * padded(columns)}) {
            if (elements > most_elements / batches) return false;
            all += elements * batches;
        }
        return all <= most_elements && a_span() <= most_elements && b_span() <= most_elements
            && c_span() <= most_elements;
    }

    static constexpr std::int64_t most_elements = 2147483647;

private:
    static constexpr std::int64_t padded(std::int64_t extent) { return (extent + 255) / 256 * 256; }
    constexpr std::int64_t dense_c() const { return std::int64_t{rows} * columns; }
    constexpr std::int64_t span(
        std::int64_t lines, std::int64_t width, std::int64_t row, std::int64_t batch) const {
        return (batches - 1) * batch + (lines - 1) * row + width;
    }
};

}  // namespace lamina
