// SPDX-License-Identifier: Apache-2.0
// Intersection over union of two boxes of every form, for op::nms on the CPU.
#pragma once
#include <lamina/graph/node.hpp>

#include <cmath>

namespace lamina::reference_op {

/// A box of any box_form: corners (x1, y1, x2, y2), or middle, width, height and maybe an angle.
struct box_numbers {
    double at[5] = {};
};

/// The overlap of boxes whose corners may be in any order.
inline double overlap_of_corners(const box_numbers& a, const box_numbers& b) {
    double inside = 1, own = 1, other = 1;
    for (int axis = 0; axis < 2; ++axis) {
        const double a0 = std::fmin(a.at[axis], a.at[axis + 2]),
                     a1 = std::fmax(a.at[axis], a.at[axis + 2]);
        const double b0 = std::fmin(b.at[axis], b.at[axis + 2]),
                     b1 = std::fmax(b.at[axis], b.at[axis + 2]);
        inside *= std::fmax(0, std::fmin(a1, b1) - std::fmax(a0, b0));
        own *= a1 - a0;
        other *= b1 - b0;
    }
    const double all = own + other - inside;
    return all > 0 ? inside / all : 0;
}

inline box_numbers corners_of(const box_numbers& b) {
    return {{b.at[0] - b.at[2] / 2, b.at[1] - b.at[3] / 2, b.at[0] + b.at[2] / 2,
        b.at[1] + b.at[3] / 2}};
}

/// The area that two rotated rectangles share: a is cut along the four sides of b.
inline double shared_area(const box_numbers& a, const box_numbers& b) {
    double xs[16], ys[16];
    const double turn = a.at[4] - b.at[4];
    const double cosine = std::cos(turn), sine = std::sin(turn);
    const double dx = a.at[0] - b.at[0], dy = a.at[1] - b.at[1];
    const double cb = std::cos(b.at[4]), sb = std::sin(b.at[4]);
    const double mx = dx * cb + dy * sb, my = dy * cb - dx * sb;  // the middle of a as b sees it
    int count = 4;
    for (int k = 0; k < 4; ++k) {
        const double x = (k == 0 || k == 3 ? -0.5 : 0.5) * a.at[2];
        const double y = (k < 2 ? -0.5 : 0.5) * a.at[3];
        xs[k] = mx + x * cosine - y * sine;
        ys[k] = my + x * sine + y * cosine;
    }
    for (int side = 0; side < 4; ++side) {
        const double limit = (side < 2 ? b.at[2] : b.at[3]) / 2;
        const auto outside = [&](int i) {
            const double along = side < 2 ? xs[i] : ys[i];
            return (side % 2 ? -along : along) - limit;
        };
        double cut_xs[16], cut_ys[16];
        int kept = 0;
        for (int i = 0; i < count; ++i) {
            const int next = (i + 1) % count;
            const double here = outside(i), there = outside(next);
            if (here <= 0) {
                cut_xs[kept] = xs[i];
                cut_ys[kept++] = ys[i];
            }
            if ((here <= 0) != (there <= 0)) {
                const double share = here / (here - there);
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
    double area = 0;
    for (int i = 0; i < count; ++i) {
        const int next = (i + 1) % count;
        area += xs[i] * ys[next] - xs[next] * ys[i];
    }
    return std::fabs(area) / 2;
}

/// One minus the Hellinger distance of normal distributions with the boxes' middles and covariances.
inline double overlap_of_normals(const box_numbers& a, const box_numbers& b) {
    constexpr double eps = 1e-7;
    double p[2], q[2], r[2];
    for (int k = 0; k < 2; ++k) {
        const box_numbers& each = k ? b : a;
        const double w = each.at[2] * each.at[2] / 12, h = each.at[3] * each.at[3] / 12;
        const double c = std::cos(each.at[4]), s = std::sin(each.at[4]);
        p[k] = w * c * c + h * s * s;
        q[k] = w * s * s + h * c * c;
        r[k] = (w - h) * c * s;
    }
    const double ps = p[0] + p[1], qs = q[0] + q[1], rs = r[0] + r[1];
    const double dx = a.at[0] - b.at[0], dy = a.at[1] - b.at[1];
    const double whole = ps * qs - rs * rs;
    const double t1 = (ps * dy * dy + qs * dx * dx) / (whole + eps) / 4;
    const double t2 = -rs * dx * dy / (whole + eps) / 2;
    const double own = std::fmax(p[0] * q[0] - r[0] * r[0], 0),
                 other = std::fmax(p[1] * q[1] - r[1] * r[1], 0);
    const double t3 = std::log(whole / (4 * std::sqrt(own * other) + eps) + eps) / 2;
    const double apart = std::fmin(std::fmax(t1 + t2 + t3, eps), 100);
    return 1 - std::sqrt(1 - std::exp(-apart) + eps);
}

/// 0 where both have no area.
inline double overlap_of(box_form form, const box_numbers& a, const box_numbers& b) {
    switch (form) {
    case box_form::corners:
        return overlap_of_corners(a, b);
    case box_form::centre:
        return overlap_of_corners(corners_of(a), corners_of(b));
    case box_form::normal:
        return overlap_of_normals(a, b);
    default:
        break;
    }
    const double inside = shared_area(a, b);
    const double all = a.at[2] * a.at[3] + b.at[2] * b.at[3] - inside;
    return all > 0 ? inside / all : 0;
}

}  // namespace lamina::reference_op
