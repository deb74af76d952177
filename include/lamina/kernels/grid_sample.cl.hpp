// SPDX-License-Identifier: Apache-2.0
// Images read at places, interpolated; some channels of a place per work-item.
#pragma once
#include <lamina/kernels/channel_chunks.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view grid_sample_arguments = R"CLC(
#if GRID_FLOAT
#define ARGS IN(x), VECTOR(g), OUT(y) EPILOGUE_ARGS
#else
#define ARGS IN(x), IN(g), OUT(y) EPILOGUE_ARGS
#endif
)CLC"sv;

//   KIND 0 nearest, 1 bilinear, 2 bicubic; OUTSIDE 0 zeros, 1 mirrored, 2 the edge
//   ALIGNED 1    -1 and 1 are the middles of the outermost elements, else their outer edges
//   DEEP 1       x has three axes: X_D, X_H, X_W
//   GRID_FLOAT 1 g is float whatever the storage is
//   CHUNK ...    channels of a work-item, as channel_chunks says
//   FROM(d, r, q)  where elements of x lie, but for their channel; PLACE(k): the k-th coordinate in g
inline constexpr std::string_view grid_sample_text = R"CLC(
#if GRID_FLOAT
#define COORDINATE(k) g[PLACE(k)]
#else
#define COORDINATE(k) LOAD1(g, PLACE(k))
#endif
#define SAMPLE_TAPS (KIND == 0 ? 1 : KIND == 1 ? 2 : 4)

inline float sample_place(float coordinate, int extent) {
#if ALIGNED
    return (coordinate + 1.0f) * 0.5f * (float)(extent - 1);
#else
    return ((coordinate + 1.0f) * (float)extent - 1.0f) * 0.5f;
#endif
}
/* where what lies outside is taken from */
inline float sample_inside(float at, int extent) {
#if OUTSIDE == 0
    return at;
#else
#if OUTSIDE == 1
    const float low = ALIGNED ? 0.0f : -0.5f, span = (float)(ALIGNED ? extent - 1 : extent);
    const float off = fabs(at - low), flips = span > 0.0f ? floor(off / span) : 0.0f;
    const float rest = span > 0.0f ? off - flips * span : -low;
    at = fmod(flips, 2.0f) == 0.0f ? rest + low : span - rest + low;
#endif
    return at != at ? at : fmin(fmax(at, 0.0f), (float)(extent - 1));
#endif
}
inline int sample_checked(float at, int extent) {
    return at >= 0.0f && at <= (float)(extent - 1) ? (int)at : -1;
}
/* the elements along one axis, -1 outside, and their shares */
inline void sample_taps(float coordinate, int extent, int* taps, float* shares) {
    float at = sample_place(coordinate, extent);
#if KIND != 2
    at = sample_inside(at, extent);
#endif
    at = at > -1e9f && at < 1e9f ? at : -100.0f;
#if KIND == 0
    taps[0] = sample_checked(rint(at), extent);
    shares[0] = 1.0f;
#else
    const float first = floor(at), share = at - first;
#if KIND == 1
    taps[0] = sample_checked(first, extent);
    taps[1] = sample_checked(first + 1.0f, extent);
    shares[0] = 1.0f - share;
    shares[1] = share;
#else
    for (int k = 0; k < 4; ++k) {
        const float d = fabs(share - (float)(k - 1)), a = -0.75f;
        taps[k] = sample_checked(sample_inside(first + (float)(k - 1), extent), extent);
        shares[k] = d <= 1.0f ? ((a + 2.0f) * d - (a + 3.0f)) * d * d + 1.0f
            : d < 2.0f        ? ((a * d - 5.0f * a) * d + 8.0f * a) * d - 4.0f * a
                              : 0.0f;
    }
#endif
#endif
}

KERNEL(grid_sample) {
    OPEN(x);
    OPEN(g);
    OPEN(y);
    EPILOGUE_OPEN
    ELEMENT
    int across[4], down[4], deep[4];
    float across_shares[4], down_shares[4], deep_shares[4];
    sample_taps(COORDINATE(0), X_W, across, across_shares);
    sample_taps(COORDINATE(1), X_H, down, down_shares);
#if DEEP
    sample_taps(COORDINATE(2), X_D, deep, deep_shares);
#else
    deep[0] = 0;
    deep_shares[0] = 1.0f;
#endif
    float sums[CHUNK];
    for (int l = 0; l < CHUNK; ++l)
        sums[l] = 0.0f;
    for (int d = 0; d < (DEEP ? SAMPLE_TAPS : 1); ++d)
        for (int r = 0; r < SAMPLE_TAPS; ++r)
            for (int q = 0; q < SAMPLE_TAPS; ++q) {
                const float share = deep_shares[d] * down_shares[r] * across_shares[q];
                if (deep[d] < 0 || down[r] < 0 || across[q] < 0 || share == 0.0f)
                    continue;
                const int at = FROM(deep[d], down[r], across[q]);
                for (int l = 0; l < CHUNK; ++l)
                    sums[l] += LOAD1(x, at + LANE_x(l)) * share;
            }
    STORE_CHUNK(sums[l])
}
)CLC"sv;

inline constexpr text_names grid_sample_names{
    "sample_place sample_inside sample_checked sample_taps", "COORDINATE SAMPLE_TAPS"};

inline constexpr std::string_view grid_sample_reach = R"CLC(
ELEMENT
REQUIRE(X_D >= 1 && X_H >= 1 && X_W >= 1);
EACH(k, 0, DEEP ? 3 : 2) LOAD1(g, PLACE(k));
EACH(d, 0, X_D) EACH(r, 0, X_H) EACH(q, 0, X_W) EACH(l, 0, CHUNK)
    LOAD1(x, FROM(d, r, q) + LANE_x(l));
)CLC"sv;

inline constexpr kernel_text grid_sample_kernel{"grid_sample",
    {optional_arguments, grid_sample_arguments, channel_chunks_text, grid_sample_text},
    {optional_arguments, grid_sample_arguments, grid_sample_reach, channel_chunks_reach},
    {&prelude_names, &optional_arguments_names, &channel_chunks_names, &grid_sample_names}};

}  // namespace lamina::kernels
