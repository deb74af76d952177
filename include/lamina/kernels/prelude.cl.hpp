// SPDX-License-Identifier: Apache-2.0
// OpenCL C that stands before every kernel: storage types, vectors, arguments, and what functions are
// made of. The functions themselves come behind it, from graph/function.hpp (prelude.hpp).
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// Conventions (a program is: the plan's defines, the tactic's defines, this, the family's text):
//   HALF 0|1, BF16 1   storage of activations and weights: half, bfloat16 or, without either, float;
//                 sums are always float
//   VW            lanes of VEC, the value type that epilogues work on (1, 2, 4, 8, 16)
//   IN(x), OUT(y), WEIGHTS(w)  one buffer argument each: pointer and element offset (x_at);
//                 VECTOR(b) is float whatever the storage is (biases, scales), INDICES(i) is int
//   OPEN(x)       first statement of a kernel for each of them: adds the offset
//   SCALAR(e), OPEN_SCALAR(e)  a VECTOR of which a fused operand is e[0] alone: read once, as stores of bytes may
//                 change whatever memory holds, for all that compilers know
//   NUMBERS       the int arguments behind the buffers (", const int IH, ..."), or nothing where
//                 the planner baked them in with #define
//   KERNEL(name)  begins a family's kernel, whose buffers its text calls ARGS. Before it stands
//                 GROUP_OF(n) where a work-group always has n work-items in a row. Where steps share
//                 a launch both mean something else: run_steps.cl.hpp
//   EPILOGUE_ARGS buffer arguments of fused operands (", IN(e0)"), EPILOGUE_OPEN opens them
//   EPILOGUE(v, i0, ...)  fused work on v, at the coordinates of the family's epilogue coordinates
//   AT_x(i0, ..., i5)     element offset of x in any layout, where the planner rendered it
//   ELEMENT       declares i0 ... i5 of this work-item's output element, or returns
inline constexpr std::string_view prelude_head_text = R"CLC(
#ifndef HALF
#define HALF 0
#endif
#ifndef BF16
#define BF16 0
#endif
/* stored in 16 bits */
#define NARROW (HALF || BF16)
#ifndef VW
#define VW 1
#endif
#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)

#if defined(INTS) && INTS
typedef int VEC;
typedef int IVEC;
#elif VW == 1
typedef float VEC;
typedef int IVEC;
#else
typedef GLUE(float, VW) VEC;
typedef GLUE(int, VW) IVEC;
#endif

/* 1 where a work-item is a core with caches and a stack */
#ifndef CPU
#define CPU 0
#endif
/* prefetches p into L2, or L1 */
#if CPU && defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#define FETCH(p) __builtin_prefetch((const void*)(size_t)(p), 0, 2)
#define FETCH_NEAR(p) __builtin_prefetch((const void*)(size_t)(p), 0, 3)
#else
#define FETCH(p)
#define FETCH_NEAR(p)
#endif

/* PoCL's vstore8 and vstore16 are several stores; a vector that may lie anywhere is one */
#if VW >= 4
typedef VEC vec_anywhere __attribute__((aligned(4)));
#endif
#if VW >= 8
#define STORE_FLOATS(p, i, v) (*(__global vec_anywhere*)((p) + (i)) = (v))
#define LOAD_FLOATS(p, i) (*(__global const vec_anywhere*)((p) + (i)))
#elif VW > 1
#define STORE_FLOATS(p, i, v) GLUE(vstore, VW)((v), 0, (p) + (i))
#define LOAD_FLOATS(p, i) GLUE(vload, VW)(0, (p) + (i))
#endif

#ifndef OUT_FLOAT
#define OUT_FLOAT 0
#endif
#ifndef INTS
#define INTS 0
#endif
#ifndef REAL_BYTES
#define REAL_BYTES 0
#endif

#if INTS
typedef int real;
#define LOAD1(p, i) ((p)[i])
#define STORE1(p, i, v) ((p)[i] = (v))
#define LOADV LOAD1
#define STOREV STORE1
#elif REAL_BYTES
typedef uchar real;
#define LOAD1(p, i) ((float)(p)[i])
#define STORE1(p, i, v) ((p)[i] = (uchar)(v))
#define LOADV LOAD1
#define STOREV STORE1
#elif NARROW
#if HALF
typedef half real;
#define LEAST_REAL -65504.0f
#else
typedef ushort real;
#define LEAST_REAL as_float(0xff7f0000u)
#endif
/* scores, which softmax reads: -1e9 becomes the least number of the type, and only -infinity is that */
#ifdef KEEP_FINITE
inline float to_finite(float v) {
    return v < LEAST_REAL && v > -INFINITY ? LEAST_REAL : v;
}
#if VW > 1
inline VEC to_finite_lanes(VEC v) {
    return select(v, (VEC)(LEAST_REAL), (v < LEAST_REAL) & (v > -INFINITY));
}
#else
#define to_finite_lanes to_finite
#endif
#else
#define to_finite(v) (v)
#define to_finite_lanes(v) (v)
#endif
#if HALF
#define LOAD1(p, i) vload_half((i), (p))
#define STORE1(p, i, v) vstore_half(to_finite(v), (i), (p))
#if VW == 1
#define LOADV(p, i) vload_half((i), (p))
#define STOREV STORE1
#else
#define LOADV(p, i) GLUE(vload_half, VW)(0, (p) + (i))
#define STOREV(p, i, v) GLUE(vstore_half, VW)(to_finite_lanes(v), 0, (p) + (i))
#endif
#else /* bfloat16: the upper half of a float, rounded to nearest, ties to even; a NaN stays one */
inline float from_bfloat(ushort bits) {
    return as_float((uint)bits << 16);
}
inline ushort to_bfloat(float v) {
    const uint bits = as_uint(v);
    return (bits & 0x7fffffffu) > 0x7f800000u ? bits >> 16 | 0x40u
                                              : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}
#define LOAD1(p, i) from_bfloat((p)[i])
#define STORE1(p, i, v) ((p)[i] = to_bfloat(to_finite(v)))
#if VW == 1
#define LOADV LOAD1
#define STOREV STORE1
#else
typedef GLUE(uint, VW) bfloat_bits;
typedef GLUE(ushort, VW) bfloat_lanes;
typedef GLUE(ushort, VW) bfloats __attribute__((aligned(2)));
inline VEC from_bfloats(bfloat_lanes bits) {
    return GLUE(as_float, VW)(GLUE(convert_uint, VW)(bits) << 16);
}
inline bfloat_lanes to_bfloats(VEC v) {
    const bfloat_bits bits = GLUE(as_uint, VW)(v);
    const bfloat_bits rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
    return GLUE(convert_ushort, VW)(
        select(rounded, bits >> 16 | 0x40u, (bits & 0x7fffffffu) > 0x7f800000u));
}
#if VW >= 8
#define LOADV(p, i) from_bfloats(*(__global const bfloats*)((p) + (i)))
#define STOREV(p, i, v) (*(__global bfloats*)((p) + (i)) = to_bfloats(to_finite_lanes(v)))
#else
#define LOADV(p, i) from_bfloats(GLUE(vload, VW)(0, (p) + (i)))
#define STOREV(p, i, v) GLUE(vstore, VW)(to_bfloats(to_finite_lanes(v)), 0, (p) + (i))
#endif
#endif
#endif
#else
typedef float real;
#define LOAD1(p, i) ((p)[i])
#define STORE1(p, i, v) ((p)[i] = to_tf32(v))
#if VW == 1
#define LOADV LOAD1
#define STOREV STORE1
#else
#define LOADV LOAD_FLOATS
#define STOREV(p, i, v) STORE_FLOATS(p, i, to_tf32_lanes(v))
#endif
#endif
/* float arrays whatever the storage is */
#if VW == 1
#define LOADF(p, i) ((p)[i])
#define LANES 0
#else
#define LOADF LOAD_FLOATS
#endif
#if VW == 2
#define LANES (int2)(0, 1)
#elif VW == 4
#define LANES (int4)(0, 1, 2, 3)
#elif VW == 8
#define LANES (int8)(0, 1, 2, 3, 4, 5, 6, 7)
#elif VW == 16
#define LANES (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#endif

#if OUT_FLOAT /* the caller's buffer is float whatever the storage is */
#undef STORE1
#undef STOREV
#define STORE1(p, i, v) ((p)[i] = (v))
#if VW == 1
#define STOREV STORE1
#else
#define STOREV STORE_FLOATS
#endif
#define OUT(x) __global float* restrict x, const ulong x##_at
#elif defined(OUT_INTS) || defined(OUT_BYTES) || defined(OUT_CHARS) /* whole numbers that fit */
#ifdef OUT_INTS
#define OUT_NUMBER int
#elif defined(OUT_BYTES)
#define OUT_NUMBER uchar
#else
#define OUT_NUMBER char
#endif
#undef STORE1
#undef STOREV
#if INTS
#define STORE1(p, i, v) ((p)[i] = (OUT_NUMBER)(v))
#else
#define STORE1(p, i, v) ((p)[i] = (OUT_NUMBER)convert_int_sat(v))
#endif
#if VW == 1
#define STOREV STORE1
#else
#define STOREV(p, i, v) \
    GLUE(vstore, VW)(GLUE(GLUE(convert_, OUT_NUMBER), VW)(TO_INT(v)), 0, (p) + (i))
#endif
#define OUT(x) __global OUT_NUMBER* restrict x, const ulong x##_at
#elif defined(OUT_QUANTIZED) /* u8, see quantized.cl.hpp */
#define OUT(x) __global uchar* restrict x, const ulong x##_at
#else
#define OUT(x) __global real* restrict x, const ulong x##_at
#endif
#define IN(x) __global const real* restrict x, const ulong x##_at
#define WEIGHTS(x) __global const real* restrict x, const ulong x##_at
#define VECTOR(x) __global const float* restrict x, const ulong x##_at
#define INDICES(x) __global const int* restrict x, const ulong x##_at
#define OUT_INDICES(x) __global int* restrict x, const ulong x##_at
#define BYTES(x) __global const uchar* restrict x, const ulong x##_at
#define CHARS(x) __global const char* restrict x, const ulong x##_at
/* written by several work-groups at the same time */
#define SHARED_FLOATS(x) __global float* x, const ulong x##_at
#define SHARED_INTS(x) __global int* x, const ulong x##_at
#define OPEN(x) x += x##_at
#define SCALAR(x) __global const float* restrict x##_from, const ulong x##_at
#define OPEN_SCALAR(x) const float x[1] = {x##_from[x##_at]}
#define GROUP_OF(n) __attribute__((reqd_work_group_size(n, 1, 1)))
#define KERNEL(name) __kernel void name(ARGS NUMBERS)

#ifndef NUMBERS
#define NUMBERS
#endif
#ifndef EPILOGUE_ARGS
#define EPILOGUE_ARGS
#define EPILOGUE_OPEN
#endif

/* what functions of whole numbers and truth values are made of; a truth value is 1 or 0 */
#if INTS
#define TO_INT(v) (v)
#define FROM_INT(n) (n)
#elif VW == 1
#define TO_INT(v) convert_int_sat(v)
#define FROM_INT(n) ((float)(n))
#else
#define TO_INT(v) GLUE(GLUE(convert_int, VW), _sat)(v)
#define FROM_INT(n) GLUE(convert_float, VW)(n)
#endif
#if INTS || VW == 1
#define CHOOSE(test, a, b) ((test) ? (a) : (b))
#else
#define CHOOSE(test, a, b) select((VEC)(b), (VEC)(a), (test))
#endif
#define TRUTH(test) CHOOSE(test, (VEC)(1), (VEC)(0))
/* operands of another type than IN: ints, bytes */
#define OTHER1(p, i) (TO_VALUE((p)[i]))
#if INTS
#define TO_VALUE(n) ((int)(n))
#else
#define TO_VALUE(n) ((float)(n))
#endif
#if VW == 1
#define OTHERV OTHER1
#else
#define OTHERV(p, i) GLUE(convert_float, VW)(GLUE(vload, VW)(0, (p) + (i)))
#endif

/* keeps lanes below n, zeroes the padding lanes of a last channel block */
#if VW == 1
#define KEEP(v, n) ((n) > 0 ? (v) : 0.0f)
#else
#define KEEP(v, n) select((VEC)(0.0f), (v), LANES < (IVEC)(n))
#endif

/* lanes that do not lie side by side; those from `valid` on do not exist and read as 0 */
#if VW > 1
inline VEC gather_real(__global const real* p, int stride, int valid) {
    float lanes[VW];
    for (int i = 0; i < VW; ++i)
        lanes[i] = i < valid ? LOAD1(p, i * stride) : 0.0f;
    return GLUE(vload, VW)(0, lanes);
}
inline VEC gather_float(__global const float* p, int stride, int valid) {
    float lanes[VW];
    for (int i = 0; i < VW; ++i)
        lanes[i] = i < valid ? p[i * stride] : 0.0f;
    return GLUE(vload, VW)(0, lanes);
}
#endif

#if VW > 1
inline VEC gather_int(__global const int* p, int stride, int valid) {
    float lanes[VW];
    for (int i = 0; i < VW; ++i)
        lanes[i] = i < valid ? (float)p[i * stride] : 0.0f;
    return GLUE(vload, VW)(0, lanes);
}
inline VEC gather_byte(__global const uchar* p, int stride, int valid) {
    float lanes[VW];
    for (int i = 0; i < VW; ++i)
        lanes[i] = i < valid ? (float)p[i * stride] : 0.0f;
    return GLUE(vload, VW)(0, lanes);
}
inline VEC gather_char(__global const char* p, int stride, int valid) {
    float lanes[VW];
    for (int i = 0; i < VW; ++i)
        lanes[i] = i < valid ? (float)p[i * stride] : 0.0f;
    return GLUE(vload, VW)(0, lanes);
}
#endif

/* PARTS work-items (a work-group) share a line; kernels with PARTS > 1 have `shared` */
#ifndef PARTS
#define PARTS 1
#endif
#if PARTS > 1
#define PART ((int)get_local_id(0))
inline float group_sum(float v, __local float* all) {
    const int me = get_local_id(0);
    all[me] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int other = PARTS / 2; other > 0; other /= 2) {
        if (me < other)
            all[me] += all[me + other];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    v = all[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return v;
}
inline float group_max(float v, __local float* all) {
    const int me = get_local_id(0);
    all[me] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int other = PARTS / 2; other > 0; other /= 2) {
        if (me < other)
            all[me] = fmax(all[me], all[me + other]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    v = all[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return v;
}
#define GROUP_SUM(v) group_sum((v), shared)
#define GROUP_MAX(v) group_max((v), shared)
#else
#define PART 0
#define GROUP_SUM(v) (v)
#define GROUP_MAX(v) (v)
#endif

#if !INTS
/* unlike max, min and clamp these let a NaN through, as PyTorch does: PoCL's drop it. The first two
   look at v only, their bound is a number; the others let the NaN of either side through */
inline VEC at_least(VEC v, VEC low) {
    return select(v, low, v < low);
}
inline VEC at_most(VEC v, VEC high) {
    return select(v, high, v > high);
}
inline VEC least_of(VEC a, VEC b) {
    return select(a, b, (b < a) | (b != b));
}
inline VEC greatest_of(VEC a, VEC b) {
    return select(a, b, (b > a) | (b != b));
}

/* Exp and what is made of it, on wide vectors of CPUs without a call (libraries go lane by lane or in
   halves): EXP within 1 unit in the last place from -86.9 to 88.72, below that 0 (no number too
   small to be normal comes from it), above it infinity, of a NaN a NaN; tanh 3 units; sigmoid and
   silu 2; gelu within 1.2e-7 of the larger of 1 and v */
#if CPU && VW >= 8
/* added to a number it rounds it to a whole one, n, and leaves n + 126 in the lowest bits */
#define ROUNDER 12583038.0f
/* 2^(n + f), -126 <= n <= 129, -1/2 <= f <= 1/2; shifted is n + ROUNDER. The polynomial is twice the
   power of f, so that half the power of n, whose exponent field is n + 126, is 0 for the least n and
   infinity for the greatest; a product keeps every NaN, which a sum of bits would not */
inline VEC power_of_two(VEC shifted, VEC f) {
    VEC p = fma(f, (VEC)(3.0691605e-4f), (VEC)(2.67998618e-3f));
    p = fma(f, p, (VEC)(1.923697814e-2f));
    p = fma(f, p, (VEC)(1.110065728e-1f));
    p = fma(f, p, (VEC)(4.80452924e-1f));
    p = fma(f, p, (VEC)(1.386294364f));
    p = fma(f, p, (VEC)(2.0f));
    return p * GLUE(as_float, VW)(GLUE(as_int, VW)(shifted) << 23);
}
/* v from -87.5 to 89.4 or NaN */
inline VEC exp_within(VEC v) {
    const VEC shifted = fma(v, (VEC)(1.44269502f), (VEC)(ROUNDER));
    VEC f = fma(v, (VEC)(1.44269502f), ROUNDER - shifted);
    f = fma(v, (VEC)(1.92596303e-8f), f);
    return power_of_two(shifted, f);
}
inline VEC wide_exp(VEC v) {
    return exp_within(at_most(at_least(v, (VEC)(-87.5f)), (VEC)(89.4f)));
}
inline VEC f_tanh(VEC v) {
    const VEC s = v * v;
    VEC p = fma(s, (VEC)(-5.15509117e-3f), (VEC)(2.01116297e-2f));
    p = fma(s, p, (VEC)(-5.35669774e-2f));
    p = fma(s, p, (VEC)(1.33292422e-1f));
    p = fma(s, p, (VEC)(-3.33331972e-1f));
    const VEC far = copysign(1.0f - 2.0f / (1.0f + wide_exp(2.0f * fabs(v))), v);
    return select(far, fma(v * s, p, v), s < 0.49f);
}
#define EXP wide_exp
#else
#define EXP exp
#define f_tanh(v) tanh(v)
#endif
/* log2(erfc(|v| / sqrt(2))) / |v| is a polynomial of u = |v| */
#define GELU_POLYNOMIAL(p, u)                                      \
    p = fma(u, (VEC)(-2.33492456e-6f), (VEC)(3.37375451e-5f));     \
    p = fma(u, p, (VEC)(-1.61292763e-4f));                         \
    p = fma(u, p, (VEC)(-1.91705298e-4f));                         \
    p = fma(u, p, (VEC)(7.12686599e-3f));                          \
    p = fma(u, p, (VEC)(-5.25336127e-2f));                         \
    p = fma(u, p, (VEC)(-4.59198282e-1f));                         \
    p = fma(u, p, (VEC)(-1.15110604f));
#if CPU && VW < 8
#define f_gelu_erf(v) (0.5f * (v) * (1.0f + erf((v) * 0.70710678118654752f)))
#elif CPU
inline VEC f_gelu_erf(VEC v) {
    const VEC u = fabs(v);
    VEC p;
    GELU_POLYNOMIAL(p, u)
    p = at_least(p * u, (VEC)(-126.0f));
    const VEC shifted = p + ROUNDER;
    const VEC near = at_most(v, (VEC)(20.0f)); /* not infinity times 0 */
    const VEC tail = 0.5f * near * power_of_two(shifted, p - (shifted - ROUNDER));
    return select(v - tail, tail, v < 0.0f);
}
#else
/* Half as many instructions as with erf, of which a warp takes both ways: a linear layer's time depends on
   it. Matrix units' results of 16 bits have a tail within 5e-5 of itself. */
inline VEC f_gelu_erf(VEC v) {
    const VEC u = fmin(fabs(v), (VEC)(13.0f));
#if NARROW && defined(MMA)
    VEC p = fma(u, (VEC)(2.34326458e-5f), (VEC)(-6.19729566e-4f));
    p = fma(u, p, (VEC)(7.26029403e-3f));
    p = fma(u, p, (VEC)(-5.14184521e-2f));
    p = fma(u, p, (VEC)(-4.60863724e-1f));
    p = fma(u, p, (VEC)(-1.15048027f));
#else
    VEC p;
    GELU_POLYNOMIAL(p, u)
#endif
    /* v or 0; of -infinity a NaN, as in PyTorch */
    const VEC positive = fma((VEC)(0.5f), fabs(v), 0.5f * v);
    return fma(-u, native_exp2(fma(p, u, (VEC)(-1.0f))), positive);
}
#endif
#endif
)CLC"sv;

/// Of the head; functions behind it are named by their rows.
inline constexpr text_names prelude_names{
    "VEC IVEC vec_anywhere real to_finite to_finite_lanes from_bfloat to_bfloat bfloat_bits bfloat_lanes bfloats "
    "from_bfloats to_bfloats to_tf32 to_tf32_lanes gather_int gather_byte gather_char gather_real gather_float "
    "quantized_anywhere f_quantized group_sum group_max at_least at_most least_of greatest_of power_of_two exp_within "
    "wide_exp f_tanh f_gelu_erf",
    "HALF BF16 NUMBERS_OF NARROW LEAST_REAL REAL_BYTES OUT_NUMBER BYTES CHARS TO_INT FROM_INT CHOOSE TRUTH OTHER1 "
    "TO_VALUE OTHERV VW GLUE_ GLUE FETCH FETCH_NEAR STORE_FLOATS LOAD_FLOATS OUT_FLOAT INTS LOAD1 STORE1 LOADV "
    "STOREV to_tf32 to_tf32_lanes to_finite_lanes to_finite LOADF LANES OUT IN WEIGHTS VECTOR SCALAR INDICES "
    "OUT_INDICES SHARED_FLOATS SHARED_INTS OPEN OPEN_SCALAR GROUP_OF KERNEL NUMBERS EPILOGUE_ARGS "
    "EPILOGUE_OPEN KEEP PARTS PART GROUP_SUM GROUP_MAX ROUNDER EXP f_tanh GELU_POLYNOMIAL f_gelu_erf"};

}  // namespace lamina::kernels
