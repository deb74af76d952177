// SPDX-License-Identifier: Apache-2.0
// What the tiled families do around a product that a library computes: unroll an image into patches
// before it, finish its sums behind it. The part that conv2d_tiled and matmul_tiled share, for tactics
// that need the ability "clblast"; each family's own text stands before it.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// Tactic   GEMM 1
//          PATCHES 1    the family's name with _patches is a kernel too: patches[row][k] is what A has
//                       there, dense, 0 outside of the image
//          FINISHES 1   the family's kernel takes product[batch][row][column], dense, through bias
//                       and epilogue to y; 0: the library writes y itself, no kernel is launched
//          BK, BN       4: what a work-item fetches and writes at once
//          Launch (columns, rows, batches): work-item (0, 0) has columns 0 to 3 of row 0, and of the
//          patches the depths 0 to 3, and all that lie a launch's width behind them
// Family   as tile.cl.hpp says; groups of a convolution are 1
inline constexpr std::string_view gemm_text = R"CLC(
#if GEMM
#if PATCHES
#define LA 1
KERNEL(GLUE(FAMILY, _patches)) {
    const uint line = get_global_id(1);
    OPEN(patches);
    SETUP
    A_STATE
    A_PREPARE(0, line)
    if (line >= ROWS)
        return;
    for (uint k = get_global_id(0) * 4; k < DEPTH; k += get_global_size(0) * 4) {
        const float4 v = A_FETCH(0, line, k);
        if (DEPTH % 4 == 0) {
            *(__global float4*)(patches + line * DEPTH + k) = v;
            continue;
        }
        patches[line * DEPTH + k] = v.x;
        if (k + 1 < DEPTH)
            patches[line * DEPTH + k + 1] = v.y;
        if (k + 2 < DEPTH)
            patches[line * DEPTH + k + 2] = v.z;
        if (k + 3 < DEPTH)
            patches[line * DEPTH + k + 3] = v.w;
    }
}
#endif

KERNEL(FAMILY) {
#if FINISHES
    const uint line = get_global_id(1), first = get_global_id(0) * 4;
    OPEN(product);
    SETUP
    if (line >= ROWS || first >= COLUMNS)
        return;
    __global const float* const from = product + (get_group_id(2) * ROWS + line) * COLUMNS + first;
    const float4 v = COLUMNS % 4 == 0
        ? *(__global const float4*)from
        : (float4)(from[0], first + 1 < COLUMNS ? from[1] : 0.0f,
            first + 2 < COLUMNS ? from[2] : 0.0f, first + 3 < COLUMNS ? from[3] : 0.0f);
    const float sums[4] = {v.x, v.y, v.z, v.w};
    FINISH(line, first, sums)
#endif
}
#endif
)CLC"sv;

}  // namespace lamina::kernels
