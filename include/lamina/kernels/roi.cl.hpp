// SPDX-License-Identifier: Apache-2.0
// Boxes of images cut out and resized: averages of samples, largest elements, averages; some
// channels of a bin per work-item.
#pragma once
#include <lamina/kernels/channel_chunks.cl.hpp>
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

inline constexpr std::string_view roi_arguments = R"CLC(
#if BOX_FLOAT
#define ARGS IN(x), VECTOR(b), OUT(y) EPILOGUE_ARGS
#else
#define ARGS IN(x), IN(b), OUT(y) EPILOGUE_ARGS
#endif
)CLC"sv;

//   BOX_FLOAT 1  b is float whatever the storage is
//   LISTED 1     b has five columns, the first of which is the image; else BOXES boxes for each image
//   ALIGN 1      bilinear samples, SAMPLES along each axis of a bin, 0: as many as it has elements,
//                up to MOST_SAMPLES; HALF_OFF 1:
//                corners are moved by half an element, 0: a box is at least one element large
//   ALIGN 0      elements (with BY_PLACE without those of the last row and column) between rounded corners: the largest, or with BY_PLACE the average
//   SCALE_BITS   float bits of what corners are multiplied by
//   CORNER(k)    where the k-th number of the box lies
//   CHUNK ...    channels of a work-item, as channel_chunks says
inline constexpr std::string_view roi_text = R"CLC(
#if BOX_FLOAT
#define BOX(k) b[CORNER(k)]
#else
#define BOX(k) LOAD1(b, CORNER(k))
#endif
#define ROI_AT(r, q) (AT_x(image, 0, (r), (q), 0, 0) - ORIGIN_x)
#if ALIGN
/* the two elements of a sample along one axis, and the share of the second; false outside */
inline bool roi_tap(float at, int extent, int* first, int* second, float* share) {
    if (!(at >= -1.0f && at <= (float)extent))
        return false;
    at = fmax(at, 0.0f);
    *first = min((int)at, extent - 1);
    *second = min(*first + 1, extent - 1);
    *share = *first == extent - 1 ? 0.0f : at - (float)*first;
    return true;
}
inline int roi_samples(float bin) {
    return (int)fmin(fmax(ceil(bin), 0.0f), (float)MOST_SAMPLES);
}
#else
inline int roi_corner(float at) {
    return (int)fmin(fmax(round(at), -1e6f), 1e6f);
}
/* where the i-th of `count` parts of an extent begins, inside of 0 ... limit */
inline int roi_first(int first, int extent, int i, int count, int limit) {
    return clamp(first + (int)((long)extent * i / count), 0, limit);
}
inline int roi_end(int first, int extent, int i, int count, int limit) {
    return clamp(first + (int)(((long)extent * (i + 1) + count - 1) / count), 0, limit);
}
#endif

KERNEL(roi) {
    OPEN(x);
    OPEN(b);
    OPEN(y);
    EPILOGUE_OPEN
    ELEMENT
    const float scale = as_float(SCALE_BITS);
#if LISTED
    const float number = BOX(0);
    const bool inside = number > -1.0f && number < (float)X_N;
    const int image = inside ? (int)number : 0;
#else
    const bool inside = true;
    const int image = i0 / BOXES;
#endif
    const float box_left = BOX(LISTED) * scale, box_top = BOX(LISTED + 1) * scale;
    const float box_right = BOX(LISTED + 2) * scale, box_bottom = BOX(LISTED + 3) * scale;
    float sums[CHUNK];
    for (int l = 0; l < CHUNK; ++l)
        sums[l] = 0.0f;
    float share = 1.0f;
#if ALIGN
    const float off = HALF_OFF ? 0.5f : 0.0f;
    const float left = box_left - off, top = box_top - off;
    float width = box_right - off - left, height = box_bottom - off - top;
#if !HALF_OFF
    width = fmax(width, 1.0f);
    height = fmax(height, 1.0f);
#endif
    const float bin_h = height / (float)Y_H, bin_w = width / (float)Y_W;
#if SAMPLES
    const int rows = SAMPLES, columns = SAMPLES;
#else
    const int rows = roi_samples(bin_h), columns = roi_samples(bin_w);
#endif
    for (int r = 0; inside && r < rows; ++r) {
        int y0, y1;
        float down;
        const float at_h = top + (float)i2 * bin_h + ((float)r + 0.5f) * bin_h / (float)rows;
        if (!roi_tap(at_h, X_H, &y0, &y1, &down))
            continue;
        for (int c = 0; c < columns; ++c) {
            int x0, x1;
            float across;
            const float at_w
                = left + (float)i3 * bin_w + ((float)c + 0.5f) * bin_w / (float)columns;
            if (!roi_tap(at_w, X_W, &x0, &x1, &across))
                continue;
            const int p00 = ROI_AT(y0, x0), p01 = ROI_AT(y0, x1);
            const int p10 = ROI_AT(y1, x0), p11 = ROI_AT(y1, x1);
            const float w00 = (1.0f - down) * (1.0f - across), w01 = (1.0f - down) * across;
            const float w10 = down * (1.0f - across), w11 = down * across;
            for (int l = 0; l < CHUNK; ++l)
                sums[l] += LOAD1(x, p00 + LANE_x(l)) * w00 + LOAD1(x, p01 + LANE_x(l)) * w01
                    + LOAD1(x, p10 + LANE_x(l)) * w10 + LOAD1(x, p11 + LANE_x(l)) * w11;
        }
    }
    share = 1.0f / fmax((float)rows * (float)columns, 1.0f);
#else
    const int left = roi_corner(box_left), top = roi_corner(box_top);
    const int width = max(roi_corner(box_right) - left + (BY_PLACE ? 0 : 1), 1);
    const int height = max(roi_corner(box_bottom) - top + (BY_PLACE ? 0 : 1), 1);
    const int first_row = roi_first(top, height, i2, Y_H, X_H - BY_PLACE);
    const int end_row = roi_end(top, height, i2, Y_H, X_H - BY_PLACE);
    const int first = roi_first(left, width, i3, Y_W, X_W - BY_PLACE);
    const int end = roi_end(left, width, i3, Y_W, X_W - BY_PLACE);
    for (int r = first_row; inside && r < end_row; ++r)
        for (int c = first; c < end; ++c) {
            const int at = ROI_AT(r, c);
            for (int l = 0; l < CHUNK; ++l) {
                const float e = LOAD1(x, at + LANE_x(l));
#if BY_PLACE
                sums[l] += e;
#else
                if ((r == first_row && c == first) || e > sums[l])
                    sums[l] = e;
#endif
            }
        }
#if BY_PLACE
    if (end_row > first_row && end > first)
        share = 1.0f / (float)((end_row - first_row) * (end - first));
#endif
#endif
    STORE_CHUNK(sums[l] * share)
}
)CLC"sv;

inline constexpr text_names roi_names{
    "roi_tap roi_samples roi_corner roi_first roi_end", "BOX ROI_AT"};

inline constexpr std::string_view roi_reach = R"CLC(
ELEMENT
REQUIRE(X_N >= 1 && X_H >= 1 && X_W >= 1 && Y_H >= 1 && Y_W >= 1 && BOXES >= 1);
#if !LISTED
REQUIRE(i0 / BOXES < X_N);
#endif
EACH(k, 0, LISTED + 4) LOAD1(b, CORNER(k));
EACH(image, 0, X_N) EACH(r, 0, X_H) EACH(c, 0, X_W) EACH(l, 0, CHUNK)
    LOAD1(x, AT_x(image, 0, r, c, 0, 0) - ORIGIN_x + LANE_x(l));
)CLC"sv;

inline constexpr kernel_text roi_kernel{"roi",
    {optional_arguments, roi_arguments, channel_chunks_text, roi_text},
    {optional_arguments, roi_arguments, roi_reach, channel_chunks_reach},
    {&prelude_names, &optional_arguments_names, &channel_chunks_names, &roi_names}};

}  // namespace lamina::kernels
