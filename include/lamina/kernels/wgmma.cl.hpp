// SPDX-License-Identifier: Apache-2.0
// Products of four warps at once (PTX wgmma, compute capability 9.0) from OpenCL C: the step of
// kernels/mma_tile.cl.hpp's main loop for tactics that need the ability "wgmma".
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

/// What a line of PTX begins with that only `sm_90a` has. NVIDIA's OpenCL compiles for `sm_90`, whose
/// assembler refuses these lines, but hands a program back as PTX text: runtime/program.hpp takes the
/// mark away and names the other target.
inline constexpr std::string_view sm_90a_mark = "//sm_90a ";
/// Before a digit, the groups that a unit's registers are to hold (PTX's .minnctapersm).
inline constexpr std::string_view sm_90a_groups_mark = "//sm_90a_groups ";

// Both factors come from local memory, except floats of A that are to be rounded, as "Matrix Multiply Descriptors"
// of PTX's manual draws them:
// rows of 64 or 128 bytes along the depth whose chunks are mixed by XOR, which is what A_AT has;
// or, for narrow numbers that lie along the tile, panels of 64 columns (TURNED_AT); floats must lie
// along the depth. Sums are where MULTIPLY
// leaves them: of the i-th 64 rows of a warp group each warp has 16.
// Tactic   WGMMA 1 besides MMA 1; WM 16 * (64s of rows of a warp group), WN = BN: 64 or 128
//          GROUPS_OF_UNIT   the groups that the registers of a unit are to hold; as they come without it
//          LAG 0|1      products that may be under way while the next step's copies are asked for; 0 for
//                       floats, whose A may have to stay in registers until then
// Family   A_ROUNDED 1  floats of A have the 11 bits of tf32 already
inline constexpr std::string_view wgmma_text = R"CLC(
#ifdef WGMMA
#ifndef A_ROUNDED
#define A_ROUNDED 0
#endif
#if !NARROW && !A_ROUNDED
#define HOLDS_A 1
#endif
#ifdef __NV_CL_C_VERSION
#define SM_90A "//sm_90a "
#define SUMS_0 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
    "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define SUMS_1 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
    "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define SUM_4(s) "+f"((s)[0]), "+f"((s)[1]), "+f"((s)[2]), "+f"((s)[3])
#define SUM_32(s) SUM_4((s)[0]), SUM_4((s)[1]), SUM_4((s)[2]), SUM_4((s)[3]), \
    SUM_4((s)[4]), SUM_4((s)[5]), SUM_4((s)[6]), SUM_4((s)[7])
/* products of 64 rows with all columns and a depth of KF: sums, then A, in local memory or held, and B;
   TURN "1": the columns lie side by side */
#if BN == 64
#ifdef HOLDS_A
#define ALL_SUMS "{" SUMS_0 "}, {%32, %33, %34, %35}, %36, "
#else
#define ALL_SUMS "{" SUMS_0 "}, %32, %33, "
#endif
#define SUMS_OF(s) SUM_32(s)
#else
#ifdef HOLDS_A
#define ALL_SUMS "{" SUMS_0 ", " SUMS_1 "}, {%64, %65, %66, %67}, %68, "
#else
#define ALL_SUMS "{" SUMS_0 ", " SUMS_1 "}, %64, %65, "
#endif
#define SUMS_OF(s) SUM_32(s), SUM_32((s) + 8)
#endif
#define TEXT_OF_(n) #n
#define TEXT_OF(n) TEXT_OF_(n)
#if HALF
#define UNITS_MULTIPLY "k16.f32.f16.f16 " ALL_SUMS "1, 1, 1, 0, " COLUMNS_SIDE_BY_SIDE ";"
#elif BF16
#define UNITS_MULTIPLY "k16.f32.bf16.bf16 " ALL_SUMS "1, 1, 1, 0, " COLUMNS_SIDE_BY_SIDE ";"
#else
#define UNITS_MULTIPLY "k8.f32.tf32.tf32 " ALL_SUMS "1, 1, 1;"
#endif
#define MULTIPLY_64(s, a, b) \
    __asm__ volatile(SM_90A "wgmma.mma_async.sync.aligned.m64n" TEXT_OF(BN) UNITS_MULTIPLY \
        : SUMS_OF(s) : "l"(a), "l"(b) : "memory");
#define MULTIPLY_64_HELD(s, a, b) \
    __asm__ volatile(SM_90A "wgmma.mma_async.sync.aligned.m64n" TEXT_OF(BN) UNITS_MULTIPLY \
        : SUMS_OF(s) : "r"((a)[0]), "r"((a)[1]), "r"((a)[2]), "r"((a)[3]), "l"(b) : "memory");
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
#ifndef HOLDS_A
#define MULTIPLY_TILES(stage) { \
    const uint here_ = CHUNK(tiles, 0) >> 4; \
    const uint a_here_ = here_ + (stage) * STAGE + id / 128 * (MI * 64 * AC); \
    const uint b_here_ = here_ + B_FIRST(stage); \
    __asm__ volatile(SM_90A "wgmma.fence.sync.aligned;" ::: "memory"); \
    UNROLL for (int kk = 0; kk < BK / KF; ++kk) { \
        const ulong b_ = (B_COPIES == ALONG_TILE ? OF_PANELS : OF_ROWS) \
            + (b_here_ + kk * (B_COPIES == ALONG_TILE ? 128 : 2)); \
        UNROLL for (int i = 0; i < MI; ++i) { \
            const ulong a_ = OF_ROWS + (a_here_ + i * (64 * AC) + kk * 2); \
            MULTIPLY_64(sum[i], a_, b_) \
        } \
    } \
    __asm__ volatile(SM_90A "wgmma.commit_group.sync.aligned;" ::: "memory"); \
}
#else
/* The units cut floats off, and these errors of one sign would add up along a depth. Weights are rounded when
   they are packed, A where it is stored if products alone read it, else here, on its way through registers */
#define MULTIPLY_TILES(stage) { \
    const uint a_here_ = near_a + (stage) * (STAGE * 16); \
    const uint b_here_ = (CHUNK(tiles, 0) >> 4) + B_FIRST(stage); \
    uint a_[BK / KF][MI][4]; \
    UNROLL for (int kk = 0; kk < BK / KF; ++kk) \
        UNROLL for (int i = 0; i < MI; ++i) { \
            LOAD_MATRICES(a_[kk][i], (a_here_ ^ (kk * 32)) + i * (64 * AC * 16)) \
            UNROLL for (int q = 0; q < 4; ++q) \
                ROUND_TF32(a_[kk][i][q]) \
        } \
    __asm__ volatile(SM_90A "wgmma.fence.sync.aligned;" ::: "memory"); \
    UNROLL for (int kk = 0; kk < BK / KF; ++kk) \
        UNROLL for (int i = 0; i < MI; ++i) { \
            const ulong b_ = OF_ROWS + (b_here_ + kk * 2); \
            MULTIPLY_64_HELD(sum[i], a_[kk][i], b_) \
        } \
    __asm__ volatile(SM_90A "wgmma.commit_group.sync.aligned;" ::: "memory"); \
}
#endif
#else
#define UNITS_SEE
#define UNITS_WAIT(n)
#define UNITS_WAIT_LAG
#if HALF
#define FACTOR_AT(at, k) vload_half((at) / 2 + (k) % 8, (__local const half*)tiles)
#elif BF16
#define FACTOR_AT(at, k) from_bfloat(((__local const ushort*)tiles)[(at) / 2 + (k) % 8])
#else /* the units leave out the bits that tf32 has not */
#define BITS_AT(at, k) ((__local const uint*)tiles)[(at) / 4 + (k) % 4]
#define FACTOR_AT(at, k) as_float(BITS_AT(at, k) & ~0x1fffu)
#endif
#ifdef HOLDS_A
#define FACTOR_OF_A(at, k) as_float((BITS_AT(at, k) + 0x1000u) & ~0x1fffu)
#else
#define FACTOR_OF_A FACTOR_AT
#endif
#define MULTIPLY_TILES(stage) \
    for (int i = 0; i < MI; ++i) \
        for (int j = 0; j < NI; ++j) \
            for (int e = 0; e < 4; ++e) { \
                const uint row = ROW_OF(i) + lane / 4 + e / 2 * 8, n = j * 8 + lane % 4 * 2 + e % 2; \
                for (int k = 0; k < BK; ++k) \
                    sum[i][j][e] += FACTOR_OF_A(A_AT(stage, row, k / E), k) \
                        * (B_COPIES == ALONG_TILE ? FACTOR_AT(TURNED_AT(stage, k, n / E), n) \
                                                  : FACTOR_AT(B_AT(stage, n, k / E), k)); \
            }
#endif
#endif
)CLC"sv;

}  // namespace lamina::kernels
