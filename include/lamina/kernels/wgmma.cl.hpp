// SPDX-License-Identifier: Apache-2.0
// Products of four warps at once (PTX wgmma, compute capability 9.0) from OpenCL C: the step of
// kernels/mma.cl.hpp's main loop for tactics that need the ability "wgmma". Half storage alone.
#pragma once
#include <string_view>

namespace lamina::kernels {

/// What a line of PTX begins with that only `sm_90a` has. NVIDIA's OpenCL compiles for `sm_90`, whose
/// assembler refuses these lines, but hands a program back as PTX text: runtime/program.hpp takes the
/// mark away and names the other target.
inline constexpr std::string_view sm_90a_mark = "//sm_90a ";

// Both factors come from local memory, as "Matrix Multiply Descriptors" of PTX's manual draws them:
// rows of 64 or 128 bytes along the depth whose chunks are mixed by XOR, which is what TILE_AT has;
// or, for weights that lie along the tile, panels of 64 columns (TURNED_AT). Sums are where MULTIPLY
// leaves them: of the i-th 64 rows of a warp group each warp has 16.
// Tactic   WGMMA 1 besides MMA 1; WM 16 * (64s of rows of a warp group), WN = BN: 64 or 128
//          LAG 0|1      products that may be under way while the next step's copies are asked for
inline constexpr std::string_view wgmma_text = R"CLC(
#ifdef WGMMA
#ifdef __NV_CL_C_VERSION
#define SM_90A "//sm_90a "
#define FIRST_32 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
    "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define NEXT_32 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
    "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define SUM_4(s) "+f"((s)[0]), "+f"((s)[1]), "+f"((s)[2]), "+f"((s)[3])
#define SUM_32(s) SUM_4((s)[0]), SUM_4((s)[1]), SUM_4((s)[2]), SUM_4((s)[3]), \
    SUM_4((s)[4]), SUM_4((s)[5]), SUM_4((s)[6]), SUM_4((s)[7])
/* products of 64 rows with all columns and a depth of 16; TURN "1": the columns lie side by side */
#if BN == 64
#define MULTIPLY_64(s, a, b, TURN) \
    __asm__ volatile(SM_90A "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {" FIRST_32 \
        "}, %32, %33, 1, 1, 1, 0, " TURN ";" : SUM_32(s) : "l"(a), "l"(b) : "memory");
#else
#define MULTIPLY_64(s, a, b, TURN) \
    __asm__ volatile(SM_90A "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {" FIRST_32 ", " \
        NEXT_32 "}, %64, %65, 1, 1, 1, 0, " TURN ";" \
        : SUM_32(s), SUM_32((s) + 8) : "l"(a), "l"(b) : "memory");
#endif
/* start, bytes to the next 64 columns, bytes to the next 8 rows (each by 16), how chunks are mixed */
#define FACTOR(next_columns, next_rows, mixed) \
    ((ulong)(next_columns) << 16 | (ulong)(next_rows) << 32 | (ulong)(mixed) << 62)
#define OF_ROWS FACTOR(1, 8 * AC, AC == 8 ? 1 : 2)
#define OF_PANELS FACTOR(BK * 8, 64, 1)
/* what copies and stores wrote is seen by the units behind this and a barrier */
#define UNITS_SEE __asm__ volatile("fence.proxy.async.shared::cta;" ::: "memory");
#define UNITS_WAIT(n) \
    __asm__ volatile(SM_90A "wgmma.wait_group.sync.aligned " #n ";" ::: "memory");
#if B_COPIES == 1
#define COLUMNS_SIDE_BY_SIDE "1"
#else
#define COLUMNS_SIDE_BY_SIDE "0"
#endif
#define UNITS_WAIT_LAG GLUE(UNITS_WAIT_, LAG)
#define UNITS_WAIT_0 UNITS_WAIT(0)
#define UNITS_WAIT_1 UNITS_WAIT(1)
#define MULTIPLY_TILES(stage) { \
    const uint here_ = (CHUNK(tiles, 0) >> 4) + (stage) * STAGE; \
    __asm__ volatile(SM_90A "wgmma.fence.sync.aligned;" ::: "memory"); \
    UNROLL for (int kk = 0; kk < BK / 16; ++kk) { \
        const ulong b_ = (B_COPIES == ALONG_TILE ? OF_PANELS : OF_ROWS) \
            + (here_ + BM * AC + kk * (B_COPIES == ALONG_TILE ? 128 : 2)); \
        UNROLL for (int i = 0; i < MI; ++i) { \
            const ulong a_ = OF_ROWS + (here_ + (id / 128 * MI + i) * (64 * AC) + kk * 2); \
            MULTIPLY_64(sum[i], a_, b_, COLUMNS_SIDE_BY_SIDE) \
        } \
    } \
    __asm__ volatile(SM_90A "wgmma.commit_group.sync.aligned;" ::: "memory"); \
}
#else
#define UNITS_SEE
#define UNITS_WAIT(n)
#define UNITS_WAIT_LAG
#define HALF_AT(at, k) vload_half((at) / 2 + (k) % 8, (__local const half*)tiles)
#define MULTIPLY_TILES(stage) \
    for (int i = 0; i < MI; ++i) \
        for (int j = 0; j < NI; ++j) \
            for (int e = 0; e < 4; ++e) { \
                const uint row = ROW_OF(i) + lane / 4 + e / 2 * 8, n = j * 8 + lane % 4 * 2 + e % 2; \
                for (int k = 0; k < BK; ++k) \
                    sum[i][j][e] += HALF_AT(TILE_AT(stage, 0, row, k / 8), k) \
                        * (B_COPIES == ALONG_TILE ? HALF_AT(TURNED_AT(stage, k, n / 8), n) \
                                                  : HALF_AT(TILE_AT(stage, BM * AC, n, k / 8), k)); \
            }
#endif
#endif
)CLC";

}  // namespace lamina::kernels
