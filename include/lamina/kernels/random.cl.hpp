// SPDX-License-Identifier: Apache-2.0
// Uniform random numbers by Philox4x32-10, any layout. One element per work-item.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view random_arguments = R"CLC(
#define ARGS INDICES(seed), INDICES(draw), OUT(y)
)CLC"sv;

//   AT_number    which element of the result it is, in row-major order
//   SEED_NUMBERS 1 or 2; without a second one it is 0
inline constexpr std::string_view random_text = R"CLC(
KERNEL(random) {
    OPEN(seed);
    OPEN(draw);
    OPEN(y);
    ELEMENT
    const uint number = (uint)(AT_number(i0, i1, i2, i3, i4, i5));
    uint low = (uint)seed[SEED_AT(0)], high = 0;
#if SEED_NUMBERS > 1
    high = (uint)seed[SEED_AT(1)];
#endif
    uint a = number / 4, b = (uint)draw[0], c = 0, d = 0;
    for (int turn = 0; turn < 10; ++turn) {
        const uint first = mul_hi(a, (uint)0xD2511F53u), second = mul_hi(c, (uint)0xCD9E8D57u);
        const uint own_b = b, own_d = d;
        b = c * 0xCD9E8D57u;
        d = a * 0xD2511F53u;
        a = second ^ own_b ^ low;
        c = first ^ own_d ^ high;
        low += 0x9E3779B9u;
        high += 0xBB67AE85u;
    }
    const uint word = number % 4 == 0 ? a : number % 4 == 1 ? b : number % 4 == 2 ? c : d;
    STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), (float)(word >> 8) * 0x1p-24f);
}
)CLC"sv;

inline constexpr text_names random_names{"", ""};

inline constexpr std::string_view random_reach = R"CLC(
ELEMENT
READ(seed, SEED_AT(0), 1);
#if SEED_NUMBERS > 1
READ(seed, SEED_AT(1), 1);
#endif
READ(draw, 0, 1);
REQUIRE(AT_number(i0, i1, i2, i3, i4, i5) >= 0);
STORE1(y, AT_y(i0, i1, i2, i3, i4, i5), 0);
)CLC"sv;

inline constexpr kernel_text random_kernel{"random", {random_arguments, random_text},
    {random_arguments, random_reach}, {&prelude_names, &random_names}};

}  // namespace lamina::kernels
