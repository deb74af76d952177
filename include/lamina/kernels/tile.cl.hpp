// SPDX-License-Identifier: Apache-2.0
// Matrix product of two operands through local memory: the part that conv2d_tiled and matmul_tiled
// share. Each family puts its own text before it, which says where elements come from and go to.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// vec4_text: four numbers at an address. ALIGNED_x 1 says that x is 16 bytes (of 16 bits: 8) aligned at
// all multiples of four that the kernel visits, which lets a compiler use one wide access.
inline constexpr std::string_view vec4_text = R"CLC(
inline float4 float4_at(__global const float* p) { return vload4(0, p); }
inline float4 aligned_float4_at(__global const float* p) {
    return *(__global const float4*)p;
}
#if HALF
inline float4 real4_at(__global const real* p) { return vload_half4(0, p); }
inline float4 aligned_real4_at(__global const real* p) {
    const uint2 bits = *(__global const uint2*)p;
#ifdef __NV_CL_C_VERSION
    float4 v;
    __asm__("{ .reg .b16 a, b, c, d; mov.b32 {a, b}, %4; mov.b32 {c, d}, %5; cvt.f32.f16 %0, a;"
            " cvt.f32.f16 %1, b; cvt.f32.f16 %2, c; cvt.f32.f16 %3, d; }"
            : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "r"(bits.x), "r"(bits.y));
    return v;
#else
    return vload_half4(0, (const half*)&bits);
#endif
}
#elif BF16
inline float4 from_bfloat4(ushort4 bits) { return as_float4(convert_uint4(bits) << 16); }
inline float4 real4_at(__global const real* p) { return from_bfloat4(vload4(0, p)); }
inline float4 aligned_real4_at(__global const real* p) {
    return from_bfloat4(*(__global const ushort4*)p);
}
#else
#define real4_at float4_at
#define aligned_real4_at aligned_float4_at
#endif

/* lanes q ... q + VW - 1 of a private array */
#if VW == 4
#define TAKE(r, q) (float4)((r)[q], (r)[(q) + 1], (r)[(q) + 2], (r)[(q) + 3])
#elif VW == 2
#define TAKE(r, q) (float2)((r)[q], (r)[(q) + 1])
#else
#define TAKE(r, q) (r)[q]
#endif

/* the epilogue's vectors, where the planner knows that all of them are aligned */
#if defined(ALIGNED_VECTORS) && VW == 4
#undef LOADV
#undef LOADF
#undef STOREV
#define LOADV(p, i) aligned_real4_at((p) + (i))
#define LOADF(p, i) aligned_float4_at((p) + (i))
#ifdef OUT_QUANTIZED
#define STOREV(p, i, v) (*(__global uchar4*)((p) + (i)) = convert_uchar4(NUMBERS_OF(v)))
#elif HALF && !OUT_FLOAT
inline void put_aligned_half4(__global half* p, float4 v) {
    uint2 bits;
#ifdef __NV_CL_C_VERSION
    __asm__("cvt.rn.f16x2.f32 %0, %2, %1;" : "=r"(bits.x) : "f"(v.x), "f"(v.y));
    __asm__("cvt.rn.f16x2.f32 %0, %2, %1;" : "=r"(bits.y) : "f"(v.z), "f"(v.w));
#else
    vstore_half4(v, 0, (half*)&bits);
#endif
    *(__global uint2*)p = bits;
}
#define STOREV(p, i, v) put_aligned_half4((p) + (i), to_finite_lanes(v))
#elif BF16 && !OUT_FLOAT && defined(MMA) && defined(__NV_CL_C_VERSION)
inline void put_aligned_bfloat4(__global ushort* p, float4 v) {
    uint2 bits;
    __asm__("cvt.rn.bf16x2.f32 %0, %2, %1;" : "=r"(bits.x) : "f"(v.x), "f"(v.y));
    __asm__("cvt.rn.bf16x2.f32 %0, %2, %1;" : "=r"(bits.y) : "f"(v.z), "f"(v.w));
    *(__global uint2*)p = bits;
}
#define STOREV(p, i, v) put_aligned_bfloat4((p) + (i), to_finite_lanes(v))
#elif BF16 && !OUT_FLOAT
#define STOREV(p, i, v) (*(__global ushort4*)((p) + (i)) = to_bfloats(to_finite_lanes(v)))
#else
#define STOREV(p, i, v) (*(__global float4*)((p) + (i)) = to_tf32_lanes(v))
#endif
#endif
)CLC"sv;

inline constexpr text_names vec4_names{
    "float4_at aligned_float4_at from_bfloat4 real4_at aligned_real4_at put_aligned_half4 "
    "put_aligned_bfloat4",
    "real4_at aligned_real4_at TAKE LOADV LOADF STOREV"};

// out[row][column] = sum over k of A[row][k] * B[k][column], a tile of BM x BN by each work-group.
//
// Tactic   BM, BN, BK   the tile and its depth; powers of two
//          TM, TN       outputs of a work-item, multiples of 4
//          KS           work-items that share an output and cut each tile's depth among them: fills
//                       a device when there are few tiles. (BM / TM) * (BN / TN) * KS work-items,
//                       BN / TN a multiple of 8, BM / TM of 4
//          AHEAD        tiles on their way in registers: 1 for large tiles, more where a tile's
//                       sums take less time than memory needs to answer
// Family   SETUP    statements before the loop
//          ROWS, COLUMNS, DEPTH   extents of the product (of one batch)
//          A_WAY, B_WAY       how four elements are fetched at once: ALONG_DEPTH, ALONG_TILE (rows
//                       of A, columns of B), or ONE_BY_ONE (four along the depth, any strides)
//          A_STATE, A_PREPARE(i, t)   variables and statements for the i-th fetch of a work-item,
//                       which stays at row t (counted in the whole product) all the time
//          A_FETCH(i, t, k), B_FETCH(t, k)   four elements at depth k; zeros outside
//          OF_BYTES   elements are words of four bytes, sums int, by the family's MULTIPLY_ADD(a, b, sum)
//          FINISH(row, column, r)   writes r[0 ... 3] from (row, column) on, as far as inside
//          MEMBERS 4    rows r to r + 3, r a multiple of 4, have one result: FINISH gets the first, and its r is
//                       a macro of the member's number
//
// Local memory holds both tiles twice, each as [depth][row or column]. Four values that come along
// the depth go to four lines; the position in a line is mixed with the depth (SWIZZLE) so that the
// work-items which store together hit different banks.
inline constexpr std::string_view tile_text = R"CLC(
#if !defined(MMA) && !GEMM
#ifndef MEMBERS
#define MEMBERS 1
#endif
#define ALONG_DEPTH 0
#define ALONG_TILE 1
#define ONE_BY_ONE 2
#define KV (BK / 4u)
#define SPREAD (KV > 8 ? 4 : 32 / KV)
#define SWIZZLE(kv, size) (((kv) * SPREAD) & ((size) - 1))
#define SLICE (BM / TM * (BN / TN))
#define GROUP (SLICE * KS)
#define LA (BM * BK / 4 / GROUP)
#define LB (BN * BK / 4 / GROUP)
/* what is multiplied and added; a family of bytes has words of four of them, and its own MULTIPLY_ADD */
#ifdef OF_BYTES
#define FACTOR uint
#define FOUR uint4
#define SUM int
#define FOUR_SUMS int4
#else
#define FACTOR float
#define FOUR float4
#define SUM float
#define FOUR_SUMS float4
#define MULTIPLY_ADD fma
#endif
#define GAP_M (BM / (TM / 4))
#define GAP_N (BN / (TN / 4))

/* where the v-th group of four of a tile lies: t along the tile, k along the depth */
#define PLACE(way, v, size, t, k) \
    const uint t = (way) == ALONG_TILE ? (v) % ((size) / 4) * 4 \
        : (way) == ONE_BY_ONE ? (v) % (size) : (v) / KV; \
    const uint k = (way) == ALONG_TILE ? (v) / ((size) / 4) \
        : (way) == ONE_BY_ONE ? (v) / (size) * 4 : (v) % KV * 4;
#define PUT(way, tile, size, t, k, value) \
    if ((way) == ALONG_TILE) { \
        *(__local FOUR*)((tile) + (k) * (size) + ((t) ^ SWIZZLE((k) / 4, size))) = value; \
    } else { \
        __local FACTOR* to = (tile) + (k) * (size) + ((t) ^ SWIZZLE((k) / 4, size)); \
        to[0] = value.x; \
        to[size] = value.y; \
        to[2 * (size)] = value.z; \
        to[3 * (size)] = value.w; \
    }
#define FETCH_TILES(set, k0) \
    _Pragma("unroll") for (int i = 0; i < LA; ++i) { \
        PLACE(A_WAY, id + i * GROUP, BM, t, k) \
        a4[set][i] = A_FETCH(i, row0 + t, (k0) + k); \
    } \
    _Pragma("unroll") for (int i = 0; i < LB; ++i) { \
        PLACE(B_WAY, id + i * GROUP, BN, t, k) \
        b4[set][i] = B_FETCH(column0 + t, (k0) + k); \
    }
#define PUT_TILES(set, half_) \
    _Pragma("unroll") for (int i = 0; i < LA; ++i) { \
        PLACE(A_WAY, id + i * GROUP, BM, t, k) \
        PUT(A_WAY, a_tile + (half_) * (BM * BK), BM, t, k, a4[set][i]) \
    } \
    _Pragma("unroll") for (int i = 0; i < LB; ++i) { \
        PLACE(B_WAY, id + i * GROUP, BN, t, k) \
        PUT(B_WAY, b_tile + (half_) * (BN * BK), BN, t, k, b4[set][i]) \
    }

GROUP_OF(GROUP) KERNEL(FAMILY) {
    __local FACTOR both[2 * BK * (BM + BN)] __attribute__((aligned(16)));
    __local FACTOR* const a_tile = both;
    __local FACTOR* const b_tile = both + 2 * BK * BM;
    const uint id = get_local_id(0);
    const uint row0 = get_group_id(1) * BM, column0 = get_group_id(0) * BN;
    /* 32 neighbouring work-items take 4 x 8 of a slice's outputs: few distinct local reads */
    const uint inner = id % SLICE, slice = id / SLICE;
    const uint tx = (inner / 32) % (BN / TN / 8) * 8 + inner % 8;
    const uint ty = (inner / 32) / (BN / TN / 8) * 4 + inner % 32 / 8;
    SETUP
    A_STATE
    _Pragma("unroll") for (int i = 0; i < LA; ++i) {
        PLACE(A_WAY, id + i * GROUP, BM, t, k)
        A_PREPARE(i, row0 + t)
    }
    SUM sum[TM][TN];
    _Pragma("unroll") for (int i = 0; i < TM; ++i)
        _Pragma("unroll") for (int j = 0; j < TN; ++j)
            sum[i][j] = 0;

    /* a tile is fetched into registers AHEAD tiles before it is put into local memory */
    FOUR a4[AHEAD][LA], b4[AHEAD][LB];
    FETCH_TILES(0, 0)
    PUT_TILES(0, 0)
    barrier(CLK_LOCAL_MEM_FENCE);
    _Pragma("unroll") for (int next = 1; next < AHEAD; ++next)
        if (next * BK < DEPTH) {
            FETCH_TILES(next, next * BK)
        }
    uint now = 0;
    for (uint k1 = 0; k1 < DEPTH; k1 += AHEAD * BK)
    _Pragma("unroll") for (int set = 0; set < AHEAD; ++set) {
        const uint k0 = k1 + set * BK;
        if (AHEAD > 1 && k0 >= DEPTH)
            break;
        if (k0 + AHEAD * BK < DEPTH) {
            FETCH_TILES(set, k0 + AHEAD * BK)
        }
        __local const FACTOR* const a_now = a_tile + now * (BM * BK);
        __local const FACTOR* const b_now = b_tile + now * (BN * BK);
        _Pragma("unroll") for (int kk = 0; kk < BK / KS; ++kk) {
            const uint k = slice * (BK / KS) + kk;
            FACTOR a[TM], b[TN];
            _Pragma("unroll") for (int i = 0; i < TM; i += 4) {
                const uint t = (ty * 4 + i / 4 * GAP_M) ^ SWIZZLE(k / 4, BM);
                const FOUR v = *(__local const FOUR*)(a_now + k * BM + t);
                a[i] = v.x, a[i + 1] = v.y, a[i + 2] = v.z, a[i + 3] = v.w;
            }
            _Pragma("unroll") for (int j = 0; j < TN; j += 4) {
                const uint t = (tx * 4 + j / 4 * GAP_N) ^ SWIZZLE(k / 4, BN);
                const FOUR v = *(__local const FOUR*)(b_now + k * BN + t);
                b[j] = v.x, b[j + 1] = v.y, b[j + 2] = v.z, b[j + 3] = v.w;
            }
            _Pragma("unroll") for (int i = 0; i < TM; ++i)
                _Pragma("unroll") for (int j = 0; j < TN; ++j)
                    sum[i][j] = MULTIPLY_ADD(a[i], b[j], sum[i][j]);
        }
        now ^= 1;
        if (k0 + BK < DEPTH) {
            PUT_TILES((set + 1) % AHEAD, now)
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

#if KS == 1
    _Pragma("unroll") for (int i = 0; i < TM; i += MEMBERS) {
        const uint line = row0 + ty * 4 + i / 4 * GAP_M + i % 4;
#if MEMBERS == 1
#define SUMS_OF_LINE (&sum[i][j])
#else
#define SUMS_OF_LINE(member) (&sum[i + (member)][j])
#endif
        _Pragma("unroll") for (int j = 0; j < TN; j += 4)
            FINISH(line, column0 + tx * 4 + j / 4 * GAP_N, SUMS_OF_LINE)
    }
#else
    /* the slices' sums meet in local memory; then the whole group writes */
    _Pragma("unroll") for (int i = 0; i < TM; ++i) {
        const uint t = ty * 4 + i / 4 * GAP_M + i % 4;
        _Pragma("unroll") for (int j = 0; j < TN; j += 4)
            *(__local FOUR_SUMS*)(both + (slice * BM + t) * BN + tx * 4 + j / 4 * GAP_N)
                = (FOUR_SUMS)(sum[i][j], sum[i][j + 1], sum[i][j + 2], sum[i][j + 3]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint v = id; v < BM * BN / 4 / MEMBERS; v += GROUP) {
        const uint line = v / (BN / 4) * MEMBERS, column = v % (BN / 4) * 4;
        SUM r[MEMBERS][4];
        _Pragma("unroll") for (int member = 0; member < MEMBERS; ++member) {
            __local const FACTOR* const at = both + (line + member) * BN + column;
            FOUR_SUMS all = *(__local const FOUR_SUMS*)at;
            _Pragma("unroll") for (int other = 1; other < KS; ++other)
                all += *(__local const FOUR_SUMS*)(at + other * (BM * BN));
            r[member][0] = all.x, r[member][1] = all.y, r[member][2] = all.z, r[member][3] = all.w;
        }
#if MEMBERS == 1
#define SUMS_OF_LINE r[0]
#else
#define SUMS_OF_LINE(member) r[member]
#endif
        FINISH(row0 + line, column0 + column, SUMS_OF_LINE)
    }
#endif
}
#endif
)CLC"sv;

// Tiles of tile.cl.hpp and mma_tile.cl.hpp: what keeps them inside of local memory. Columns are tested only
// where COLUMNS is no multiple of BN, the depth where it is none of BK; sums that groups share are
// counted by tiles. It stands before the family's own text.
inline constexpr std::string_view tiles_reach = R"CLC(
#define IS_POWER(n) ((n) >= 1 && ((n) & ((n) - 1)) == 0)
#if GEMM
#define A_WAY_HERE A_WAY
#define B_WAY_HERE B_WAY
#define ALONG 4
#define GROUPS get_num_groups(0)
REQUIRE(ROWS >= 1 && COLUMNS >= 1 && DEPTH >= 1 && A_WAY >= 0 && A_WAY <= 2 && B_WAY >= 0 && B_WAY <= 2);
#if PATCHES
REQUIRE(A_WAY != 1);
EACH(line, 0, ROWS) WRITE(patches, line * DEPTH, DEPTH);
#endif
#if FINISHES
EACH(batch, 0, get_num_groups(2)) EACH(line, 0, ROWS)
    READ(product, (batch * ROWS + line) * COLUMNS, COLUMNS);
#endif
#else
#ifdef MMA
#ifdef OF_BYTES
#define E 16
#else
#define E (4 + (HALF || BF16) * 4)
#endif
#define ITEMS (BM / WM * (BN / WN) * 32)
#define A_WAY_HERE A_COPIES
#define B_WAY_HERE B_COPIES
#define ALONG E
#define GROUPS ((get_num_groups(0) + SPLIT - 1) / SPLIT)
REQUIRE(WM >= 16 && WN >= 16 && WM % 16 == 0 && WN % 16 == 0 && BM % WM == 0 && BN % WN == 0);
REQUIRE((BK == 4 * E || BK == 8 * E) && IS_POWER(BN) && BN / E >= 12 - E);
REQUIRE(BM >= WM && BN >= WN && STAGES >= 2 && SPLIT >= 1);
#ifdef WGMMA
REQUIRE(E == 8 || B_COPIES != 1);
REQUIRE((BN == 64 || BN == 128) && WN == BN && BM % (4 * WM) == 0);
REQUIRE((LAG == 0 || LAG == 1) && STAGES >= 2 + LAG);
#endif
REQUIRE((A_COPIES == 0 || A_COPIES == 2) && B_COPIES >= 0 && B_COPIES <= 2);
#if SPLIT > 1
EACH(tile, 0, get_num_groups(2) * get_num_groups(1) * GROUPS) {
    WRITE(partial, tile * (SPLIT * (WM / 16) * (WN / 8) * ITEMS * 4),
        SPLIT * (WM / 16) * (WN / 8) * ITEMS * 4);
    WRITE(arrived, tile, 1);
}
#endif
#else
#define ITEMS (BM / TM * (BN / TN) * KS)
#define A_WAY_HERE A_WAY
#define B_WAY_HERE B_WAY
#define ALONG 4
#define GROUPS get_num_groups(0)
REQUIRE(IS_POWER(BM) && IS_POWER(BN) && IS_POWER(BK) && BK >= 4 && BM >= 4 && BN >= 4);
REQUIRE(TM >= 4 && TN >= 4 && TM % 4 == 0 && TN % 4 == 0 && BM % TM == 0 && BN % TN == 0);
REQUIRE(BM / TM % 4 == 0 && BN / TN % 8 == 0 && BM >= TM && BN >= TN && AHEAD >= 1);
REQUIRE(KS >= 1 && BK % KS == 0 && (KS == 1 || KS * BM * BN <= 2 * BK * (BM + BN)));
REQUIRE(A_WAY >= 0 && A_WAY <= 2 && B_WAY >= 0 && B_WAY <= 2);
#endif
#endif
REQUIRE(ROWS >= 1 && COLUMNS >= 1 && DEPTH >= 1 && (VW == 1 || VW == 2 || VW == 4));
REQUIRE(COLUMNS % BN != 0 || GROUPS * BN <= COLUMNS);
)CLC"sv;

}  // namespace lamina::kernels
