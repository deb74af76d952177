// SPDX-License-Identifier: Apache-2.0
// The end of steps that store u8, behind prelude.cl.hpp: the functions of quantize in one, and stores.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

//   OUT_QUANTIZED 1  stores whole numbers from 0 to 255
//   OUT_QUANTIZED 2  stores what f_quantized gives: floats whose lowest bits are the number
//   f_quantized(v, by, zero)  round(v by) + zero, a half to the even number, cut to 0 ... 255; 0 of a NaN. It
//                    cuts before it rounds, which gives the same, so that adding 1.5 2^23 rounds.
inline constexpr std::string_view quantized_text = R"CLC(
#ifdef OUT_QUANTIZED
#undef STORE1
#undef STOREV
#if OUT_QUANTIZED == 2
inline VEC f_quantized(VEC v, VEC by, VEC zero) {
    const VEC low = -zero, high = 255.0f - zero;
    VEC scaled = v * by;
    scaled = select(low, scaled, scaled > low);
    scaled = select(high, scaled, scaled < high) + 12582912.0f;
#if VW == 1
    return as_float(as_int(scaled) + (int)zero);
#else
    return GLUE(as_float, VW)(GLUE(as_int, VW)(scaled) + (IVEC)((int)zero.s0));
#endif
}
#define STORE1(p, i, v) ((p)[i] = (uchar)(as_int(v) & 255))
#define NUMBERS_OF(v) (GLUE(as_int, VW)(v) & 255)
#else
#define STORE1(p, i, v) ((p)[i] = (uchar)(int)(v))
#define NUMBERS_OF(v) GLUE(convert_int, VW)(v)
#endif
#if VW == 1
#define STOREV STORE1
#else
typedef GLUE(uchar, VW) quantized_anywhere __attribute__((aligned(1)));
#define STOREV(p, i, v) \
    (*(__global quantized_anywhere*)((p) + (i)) = GLUE(convert_uchar, VW)(NUMBERS_OF(v)))
#endif
#endif
)CLC"sv;

}  // namespace lamina::kernels
