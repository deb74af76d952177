// SPDX-License-Identifier: Apache-2.0
// The overlap of two boxes of every form, a part of the family nms: intersection over union, or that of two
// normal distributions.
#pragma once
#include <lamina/kernels/kernel_text.hpp>

#include <string_view>

namespace lamina::kernels {

//   BOX_FLOAT 1  boxes are float whatever the storage is
//   FORM 0 two corners, 1 middle and extents, 2 and an angle, 3 the same as normal distributions
inline constexpr std::string_view overlap_text = R"CLC(
#if BOX_FLOAT
#define NMS_BOX(i, k) x[AT_x(i0, (i), (k), 0, 0, 0)]
#else
#define NMS_BOX(i, k) LOAD1(x, AT_x(i0, (i), (k), 0, 0, 0))
#endif
#define NMS_NUMBERS (FORM < 2 ? 4 : 5)
#define NMS_LOAD(b, i) \
    for (int load_ = 0; load_ < NMS_NUMBERS; ++load_) \
        b[load_] = NMS_BOX(i, load_);

#if FORM < 2
inline float nms_overlap(const float* a, const float* b) {
    float inside = 1.0f, own = 1.0f, other = 1.0f;
    for (int axis = 0; axis < 2; ++axis) {
#if FORM == 0
        const float a0 = fmin(a[axis], a[axis + 2]), a1 = fmax(a[axis], a[axis + 2]);
        const float b0 = fmin(b[axis], b[axis + 2]), b1 = fmax(b[axis], b[axis + 2]);
#else
        const float a0 = a[axis] - a[axis + 2] * 0.5f, a1 = a[axis] + a[axis + 2] * 0.5f;
        const float b0 = b[axis] - b[axis + 2] * 0.5f, b1 = b[axis] + b[axis + 2] * 0.5f;
#endif
        inside *= fmax(0.0f, fmin(a1, b1) - fmax(a0, b0));
        own *= a1 - a0;
        other *= b1 - b0;
    }
    const float all = own + other - inside;
    return all > 0.0f ? inside / all : 0.0f;
}
#elif FORM == 2
/* a is cut along the four sides of b; what is left is the area that both share */
inline float nms_overlap(const float* a, const float* b) {
    float xs[16], ys[16], cut_xs[16], cut_ys[16];
    const float cosine = cos(a[4] - b[4]), sine = sin(a[4] - b[4]);
    const float cb = cos(b[4]), sb = sin(b[4]);
    const float dx = a[0] - b[0], dy = a[1] - b[1];
    const float mx = dx * cb + dy * sb, my = dy * cb - dx * sb;
    int count = 4;
    for (int k = 0; k < 4; ++k) {
        const float p = (k == 0 || k == 3 ? -0.5f : 0.5f) * a[2];
        const float q = (k < 2 ? -0.5f : 0.5f) * a[3];
        xs[k] = mx + p * cosine - q * sine;
        ys[k] = my + p * sine + q * cosine;
    }
    for (int side = 0; side < 4; ++side) {
        const float limit = (side < 2 ? b[2] : b[3]) * 0.5f;
        int kept = 0;
        for (int i = 0; i < count; ++i) {
            const int next = i + 1 < count ? i + 1 : 0;
            const float at_here = side < 2 ? xs[i] : ys[i];
            const float at_there = side < 2 ? xs[next] : ys[next];
            const float here = (side % 2 ? -at_here : at_here) - limit;
            const float there = (side % 2 ? -at_there : at_there) - limit;
            if (here <= 0.0f && kept < 16) {
                cut_xs[kept] = xs[i];
                cut_ys[kept++] = ys[i];
            }
            if ((here <= 0.0f) != (there <= 0.0f) && kept < 16) {
                const float share = here / (here - there);
                cut_xs[kept] = xs[i] + share * (xs[next] - xs[i]);
                cut_ys[kept++] = ys[i] + share * (ys[next] - ys[i]);
            }
        }
        count = kept;
        for (int i = 0; i < count; ++i) {
            xs[i] = cut_xs[i];
            ys[i] = cut_ys[i];
        }
    }
    float twice = 0.0f;
    for (int i = 0; i < count; ++i) {
        const int next = i + 1 < count ? i + 1 : 0;
        twice += xs[i] * ys[next] - xs[next] * ys[i];
    }
    const float inside = fabs(twice) * 0.5f, all = a[2] * a[3] + b[2] * b[3] - inside;
    return all > 0.0f ? inside / all : 0.0f;
}
#else
inline float nms_overlap(const float* a, const float* b) {
    const float eps = 1e-7f;
    float p[2], q[2], r[2];
    for (int k = 0; k < 2; ++k) {
        const float angle = k ? b[4] : a[4], width = k ? b[2] : a[2], height = k ? b[3] : a[3];
        const float w = width * width / 12.0f, h = height * height / 12.0f;
        const float cosine = cos(angle), sine = sin(angle);
        p[k] = w * cosine * cosine + h * sine * sine;
        q[k] = w * sine * sine + h * cosine * cosine;
        r[k] = (w - h) * cosine * sine;
    }
    const float ps = p[0] + p[1], qs = q[0] + q[1], rs = r[0] + r[1];
    const float dx = a[0] - b[0], dy = a[1] - b[1], whole = ps * qs - rs * rs;
    const float t1 = (ps * dy * dy + qs * dx * dx) / (whole + eps) * 0.25f;
    const float t2 = -rs * dx * dy / (whole + eps) * 0.5f;
    const float own = fmax(p[0] * q[0] - r[0] * r[0], 0.0f);
    const float other = fmax(p[1] * q[1] - r[1] * r[1], 0.0f);
    const float t3 = log(whole / (4.0f * sqrt(own * other) + eps) + eps) * 0.5f;
    const float apart = fmin(fmax(t1 + t2 + t3, eps), 100.0f);
    return 1.0f - sqrt(1.0f - exp(-apart) + eps);
}
#endif
)CLC"sv;

inline constexpr text_names overlap_names{"nms_overlap", "NMS_BOX NMS_NUMBERS NMS_LOAD"};

}  // namespace lamina::kernels
