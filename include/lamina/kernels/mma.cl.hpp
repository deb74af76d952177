// SPDX-License-Identifier: Apache-2.0
// Matrix units: NVIDIA's warp-wide products (PTX mma.sync, compute capability 8.0) from OpenCL C.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// The macros that kernels on matrix units use. A warp, 32 neighbouring work-items, holds a matrix of 16
// bytes a row; "Matrix fragments for mma.m16n8k16" in PTX's manual shows which lane holds which elements.
//   MMA_KERNEL(items)     the kernel's first statement: declares id, lane and what plain code needs
//   CHUNK(tiles, i)       address of the i-th 16 bytes of local memory, for those below
//   COPY16(at, from, inside)   16 bytes from global memory (aligned), or zeros; seen by others after
//                         COPIES_END, COPIES_WAIT(n) (all but the last n ends are done) and a barrier
//   LOAD_MATRICES(r, at)  four matrices of 8 rows; lanes 8q ... 8q + 7 have the addresses of the q-th's
//                         rows. r[q] becomes element lane % 4 of row lane / 4: a pair of 16-bit numbers
//                         (halves, bfloats), one float or four bytes
//   LOAD_TURNED(r, at)    of 16-bit numbers, transposed: rows 2 * (lane % 4) and the next, column lane / 4
//   MULTIPLY(sum, a, b0, b1)   sum[4] += a (16 x KF) * b (KF x 8); sum has rows lane / 4 (+ 8 for the
//                         last two) and columns lane % 4 * 2 (+ 1)
//   PAIR(low, high)       two floats as 16-bit numbers in a uint;  ROUND_TF32(u) rounds a float's bits
//   TAKE_OTHER(to, v, distance)   v of the lane whose number differs by the bit `distance`
// With OF_BYTES a is u8, b is s8 ("Matrix fragments for mma.m16n8k32" of .u8 and .s8: byte for byte those of halves)
// and sums are int.
// Devices that claim to have the ability, but do not, compute the same by plain code, with the
// same indices: slow, for tests (LAMINA_ABILITIES).
inline constexpr std::string_view mma_text = R"CLC(
#ifdef MMA
#ifdef OF_BYTES
#define E 16
#define KF 32
#elif NARROW
#define E 8
#define KF 16
#else
#define E 4
#define KF 8
#endif
#ifdef __NV_CL_C_VERSION
#define UNROLL _Pragma("unroll")
#define ROLL _Pragma("unroll 1")
#define PER_ITEM const
#define MMA_KERNEL(items) const uint id = get_local_id(0), lane = id % 32u;
#define CHUNK(tiles, i) ((uint)(size_t)(tiles) + (uint)(i) * 16u)
#define COPY16(at, from, inside) \
    __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" \
        :: "r"(at), "l"(from), "r"((inside) ? 16 : 0) : "memory");
#define COPIES_END __asm__ volatile("cp.async.commit_group;" ::: "memory");
#define ASK_FOR(at) __asm__ volatile("prefetch.global.L2 [%0];" :: "l"(at));
#define COPIES_WAIT(n) __asm__ volatile("cp.async.wait_group %0;" :: "n"(n) : "memory");
#define LOAD_MATRICES(r, at) \
    __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];" \
        : "=r"((r)[0]), "=r"((r)[1]), "=r"((r)[2]), "=r"((r)[3]) : "r"(at) : "memory");
#define LOAD_TURNED(r, at) \
    __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];" \
        : "=r"((r)[0]), "=r"((r)[1]), "=r"((r)[2]), "=r"((r)[3]) : "r"(at) : "memory");
#ifdef OF_BYTES
#define MULTIPLY_TEXT "mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 "
#define PAIR_TEXT "cvt.rn.f16x2.f32 "
#elif HALF
#define MULTIPLY_TEXT "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
#define PAIR_TEXT "cvt.rn.f16x2.f32 "
#elif BF16
#define MULTIPLY_TEXT "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
#define PAIR_TEXT "cvt.rn.bf16x2.f32 "
#else
#define MULTIPLY_TEXT "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
#define PAIR_TEXT "cvt.rn.f16x2.f32 "
#endif
#ifdef OF_BYTES
#define SUM_IN "+r"
#else
#define SUM_IN "+f"
#endif
#define MULTIPLY(sum, a, b0, b1) \
    __asm__(MULTIPLY_TEXT "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
        : SUM_IN((sum)[0]), SUM_IN((sum)[1]), SUM_IN((sum)[2]), SUM_IN((sum)[3]) \
        : "r"((a)[0]), "r"((a)[1]), "r"((a)[2]), "r"((a)[3]), "r"(b0), "r"(b1));
inline uint PAIR(float low, float high) {
    uint both;
    __asm__(PAIR_TEXT "%0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
    return both;
}
#define ROUND_TF32(u) __asm__("cvt.rna.tf32.f32 %0, %0;" : "+r"(u));
#define TAKE_OTHER(to, v, distance) \
    __asm__ volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, 0xffffffff;" \
        : "=f"(to) : "f"(v), "n"(distance));
#define WARP_MEETS __asm__ volatile("bar.warp.sync 0xffffffff;" ::: "memory");
/* global memory that other groups wrote or will read, in order; in one work-item behind a barrier */
#define GROUPS_MEET __asm__ volatile("fence.acq_rel.gpu;" ::: "memory");
inline float4 fresh_float4(__global const float4* p) {
    float4 v;
    __asm__ volatile("ld.global.cg.v4.f32 {%0, %1, %2, %3}, [%4];"
        : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "l"(p) : "memory");
    return v;
}
#else
#define UNROLL
#define ROLL
/* PoCL lets the first work-item decide a branch that was moved out of a loop between barriers:
   where work-items differ, it must not be moved */
#define PER_ITEM const volatile
#define MMA_KERNEL(items) const uint id = get_local_id(0), lane = id % 32u; \
    __local uint trade[(items) * 6];
#define CHUNK(tiles, i) ((uint)(i) * 16u)
#define COPY16(at, from, inside) \
    tiles[(at) / 16] = (inside) ? *(__global const uint4*)(from) : (uint4)(0);
#define COPIES_END
#define COPIES_WAIT(n)
#define ASK_FOR(at) ;
#define ALL_MEET barrier(CLK_LOCAL_MEM_FENCE);
#define LOAD_MATRICES(r, at) { \
    trade[id] = (at); \
    ALL_MEET \
    for (int q = 0; q < 4; ++q) \
        (r)[q] = ((__local const uint*)tiles) \
            [trade[id - lane + q * 8 + lane / 4] / 4 + lane % 4]; \
    ALL_MEET \
}
#define LOAD_TURNED(r, at) { \
    trade[id] = (at); \
    ALL_MEET \
    for (int q = 0; q < 4; ++q) { \
        __local const uint* const rows = trade + id - lane + q * 8 + lane % 4 * 2; \
        (r)[q] = ((__local const ushort*)tiles)[rows[0] / 2 + lane / 4] \
            | (uint)((__local const ushort*)tiles)[rows[1] / 2 + lane / 4] << 16; \
    } \
    ALL_MEET \
}
#ifdef OF_BYTES
#define NUMBER_OF_A(u, which) ((int)((u) >> (which) * 8 & 255u))
#define NUMBER_OF_B(u, which) ((int)(char)((u) >> (which) * 8))
#else
#define NUMBER_OF_A number_of
#define NUMBER_OF_B number_of
inline float number_of(uint u, int which) {
#if HALF
    const ushort bits = (ushort)(u >> (16 * which));
    return vload_half(0, (const half*)&bits);
#elif BF16
    return as_float(which ? u & 0xffff0000u : u << 16);
#else
    return as_float(u);
#endif
}
#endif
#define MULTIPLY(sum, a, b0, b1) { \
    for (int q = 0; q < 4; ++q) \
        trade[id * 6 + q] = (a)[q]; \
    trade[id * 6 + 4] = (b0); \
    trade[id * 6 + 5] = (b1); \
    ALL_MEET \
    for (int e = 0; e < 4; ++e) \
        for (int k = 0; k < KF; ++k) { \
            const int pair = KF / 8, holder = k % (KF / 2) / pair, upper = k / (KF / 2); \
            __local const uint* const from_a \
                = trade + (id - lane + lane / 4 * 4 + holder) * 6 + e / 2 + 2 * upper; \
            __local const uint* const from_b \
                = trade + (id - lane + (lane % 4 * 2 + e % 2) * 4 + holder) * 6 + 4 + upper; \
            (sum)[e] += NUMBER_OF_A(*from_a, k % pair) * NUMBER_OF_B(*from_b, k % pair); \
        } \
    ALL_MEET \
}
inline uint PAIR(float low, float high) {
#if BF16
    return to_bfloat(low) | (uint)to_bfloat(high) << 16;
#else
    ushort both[2];
    vstore_half(low, 0, (half*)both);
    vstore_half(high, 1, (half*)both);
    return both[0] | (uint)both[1] << 16;
#endif
}
#define ROUND_TF32(u) (u) = ((u) + 0x1000u) & ~0x1fffu;
#define TAKE_OTHER(to, v, distance) { \
    trade[id] = as_uint(v); \
    ALL_MEET \
    (to) = as_float(trade[id ^ (distance)]); \
    ALL_MEET \
}
#define WARP_MEETS ALL_MEET
#define GROUPS_MEET mem_fence(CLK_GLOBAL_MEM_FENCE);
#define fresh_float4(p) (*(volatile __global const float4*)(p))
#endif
#endif
)CLC"sv;

}  // namespace lamina::kernels
