// SPDX-License-Identifier: Apache-2.0
// The depth of volumes, for kernels of images: an image is a slice, and a window sees several slices of the
// input. Families join these texts before their own.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// Where VOLUME is 1, image n of the output is slice n % OD of volume n / OD:
//   KD, SD, DD   taps, stride and dilation along depth; PF slices of padding before, ID slices of the input
//   X_V          elements from one volume of the input to the next
// EACH_SLICE(n) is a loop over the taps kd whose slices are inside, SLICE_AT(n, stride) the slice of such a
// tap, `stride` elements from the one before it. Of a step over images they are once, and the image.
inline constexpr std::string_view depth_text = R"CLC(
#if VOLUME
#define FRONT(n) ((n) % OD * SD - PF)
#define FIRST_SLICE(n) (FRONT(n) < 0 ? (DD - 1 - FRONT(n)) / DD : 0)
#define LAST_SLICE(n) min(KD, (ID - FRONT(n) + DD - 1) / DD)
#define EACH_SLICE(n) for (int kd = FIRST_SLICE(n); kd < LAST_SLICE(n); ++kd)
#define SLICE_AT(n, stride) ((n) / OD * X_V + (FRONT(n) + kd * DD) * (stride))
#else
#define KD 1
#define EACH_SLICE(n)
#define SLICE_AT(n, stride) ((n) * (stride))
#endif
)CLC"sv;

inline constexpr text_names depth_names{"", "FRONT FIRST_SLICE LAST_SLICE EACH_SLICE SLICE_AT KD"};

// Of the reach: all slices of the volume.
inline constexpr std::string_view depth_reach = R"CLC(
#if VOLUME
REQUIRE(OD >= 1 && ID >= 1 && DD >= 1 && KD >= 1);
#define EACH_SLICE(n) EACH(kd, 0, ID)
#define SLICE_AT(n, stride) ((n) / OD * X_V + kd * (stride))
#else
#define KD 1
#define EACH_SLICE(n)
#define SLICE_AT(n, stride) ((n) * (stride))
#endif
)CLC"sv;

}  // namespace lamina::kernels
