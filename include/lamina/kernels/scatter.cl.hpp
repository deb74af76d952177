// SPDX-License-Identifier: Apache-2.0
// A copy of x with updates where indices say, any layouts. The axes that indices name are a line: one
// work-item, or work-group, a line. Each work-item takes all updates of its line, in order, and applies
// those to its own elements, so that the result does not depend on which runs first.
#pragma once
#include <lamina/kernels/gather.cl.hpp>

namespace lamina::kernels {

inline constexpr std::string_view scatter_arguments = R"CLC(
#define ARGS IN(x), INDICES(at), IN(u), OUT(y)
)CLC"sv;

//   LINE         elements of a line; INNER(q) declares j0 ... j5, the coordinates of its q-th
//   UPDATES      how many each line has, if HAS_UPDATES; UPDATE(m) declares j0 ... j5, where the m-th lies
//                among the axes of `at` and `u`; AT_INDEX(k) and AT_UPDATE read them, and m
//   COMBINE      0 replace, 1 add, 2 mul, 3 min, 4 max
inline constexpr std::string_view scatter_text = R"CLC(
#if OUT_FLOAT
#define OWN1(p, i) ((p)[i])
#else
#define OWN1 LOAD1
#endif
#if COMBINE == 0
#define MERGED(v, u) (u)
#elif COMBINE == 1
#define MERGED(v, u) ((v) + (u))
#elif COMBINE == 2
#define MERGED(v, u) ((v) * (u))
#elif COMBINE == 3
#define MERGED(v, u) ((u) < (v) || (u) != (u) ? (u) : (v))
#else
#define MERGED(v, u) ((u) > (v) || (u) != (u) ? (u) : (v))
#endif

KERNEL(scatter) {
    OPEN(x);
    OPEN(at);
    OPEN(u);
    OPEN(y);
    ELEMENT
    for (int q = PART; q < LINE; q += PARTS) {
        INNER(q)
        STORE1(y, AT_y(j0, j1, j2, j3, j4, j5), LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5)));
    }
    for (int m = 0; m < (HAS_UPDATES ? UPDATES : 0); ++m) {
        int q = -1;
        VEC v = 0;
        {
            UPDATE(m)
            TAKE_INDICES
            if (inside) {
                q = p0;
#if INDEXED > 1
                q = q * EXTENT1 + p1;
#endif
#if INDEXED > 2
                q = q * EXTENT2 + p2;
#endif
#if INDEXED > 3
                q = q * EXTENT3 + p3;
#endif
#if INDEXED > 4
                q = q * EXTENT4 + p4;
#endif
#if INDEXED > 5
                q = q * EXTENT5 + p5;
#endif
                if (q % PARTS == PART)
                    v = LOAD1(u, AT_UPDATE);
            }
        }
        if (q >= 0 && q % PARTS == PART) {
            INNER(q)
#if COMBINE
            const VEC own = OWN1(y, AT_y(j0, j1, j2, j3, j4, j5));
            v = MERGED(own, v);
#endif
            STORE1(y, AT_y(j0, j1, j2, j3, j4, j5), v);
        }
    }
}
)CLC"sv;

inline constexpr text_names scatter_names{"", "OWN1 MERGED"};

inline constexpr std::string_view scatter_reach = R"CLC(
ELEMENT
REQUIRE(INDEXED >= 1 && INDEXED <= 6);
#if PARTS > 1
REQUIRE(get_local_id(0) < PARTS);
#endif
EACH(q, 0, LINE) {
    INNER(q)
    LOAD1(x, AT_x(j0, j1, j2, j3, j4, j5));
    STORE1(y, AT_y(j0, j1, j2, j3, j4, j5), 0);
}
if (HAS_UPDATES)
    EACH(m, 0, UPDATES) {
        UPDATE(m)
        EACH(k, 0, INDEXED) READ(at, AT_INDEX(k), 1);
        LOAD1(u, AT_UPDATE);
    }
)CLC"sv;

inline constexpr kernel_text scatter_kernel{"scatter",
    {optional_arguments, scatter_arguments, index_text, scatter_text},
    {optional_arguments, scatter_arguments, scatter_reach},
    {&prelude_names, &optional_arguments_names, &index_names, &scatter_names}};

}  // namespace lamina::kernels
