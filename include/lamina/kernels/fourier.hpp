// SPDX-License-Identifier: Apache-2.0
// Fourier transforms of the windows of a signal, and back: how many numbers a stage takes together, and whether a
// work-item or a work-group computes a frame.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// The factors of n, fours first: as few stages as there may be. Those left are 1.
struct radices {
    int of[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
};
constexpr radices radices_of(int n) {
    radices out;
    int next = 0;
    for (int radix = 4; n > 1 && next < 10;) {
        if (n % radix == 0) {
            out.of[next++] = radix;
            n /= radix;
        } else if (radix == 4) {
            radix = 2;
        } else {
            radix = radix == 2 ? 3 : radix + 2;
            if (radix * radix > n) radix = n;
        }
    }
    return out;
}

/// True if neighbours along an axis lie side by side.
constexpr bool is_dense(const view& v, int axis) {
    return v.lay.block == 1 && v.lay.stride[axis] == 1;
}
/// True if the spectra of neighbouring frames, [B, F, frames, 2], lie side by side.
constexpr bool has_pairs(const view& v) { return is_dense(v, 3) && v.lay.stride[2] == 2; }

constexpr bool select_fourier(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &window = s.inputs[1], &y = s.output;
    const bool inverse = static_cast<fourier_kind>(attr.kind) == fourier_kind::inverse;
    const int n = attr.axis, frames = inverse ? y.dims.c : y.dims.h;
    const int points = n % 2 ? n : n / 2;
    // A third of the 48 KB that NVIDIA's groups share, at most. Arrays of a work-item's own would be unrolled.
    const bool shared = !b.target.is_cpu() && points <= 1024;
    const int lanes = !b.target.is_cpu() ? 1 : n <= 4096 ? 16 : 4;
    b.input(x);
    b.input(window);
    b.output(y);
    b.define("VW", lanes);
    b.define("INVERSE", inverse);
    b.define("SHARED", shared);
    b.define("N", n);
    b.define("TABLE", b.target.is_cpu());
    b.define("BESIDE_X", inverse ? has_pairs(x) : is_dense(x, 1));
    b.define("BESIDE_Y", inverse ? is_dense(y, 2) : has_pairs(y));
    const radices all = radices_of(points);
    constexpr const char* names[] = {"R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"};
    for (int k = 0; k < 10; ++k) b.define(names[k], all.of[k]);
    b.define("BINS", inverse ? x.dims.c : y.dims.c);
    b.define("WIDTH", window.dims.n);
    b.define("FIRST", (n - window.dims.n) / 2);
    b.number("HOP", attr.win.stride_h);
    b.number("FRAMES", frames);
    b.number("SCALE", bits_of(attr.scalars[0]));
    b.address("x", x);
    b.address("window", window);
    b.address("y", y);
    // A work-item makes its table of roots once: some hundred frames, while there are items for many cores.
    const int vectors = (frames + lanes - 1) / lanes;
    int run = 1;
    while (b.target.is_cpu() && run < 8 && std::int64_t{y.dims.n} * vectors >= run * 32) run *= 2;
    b.define("RUN", run);
    b.out.extents[0] = (vectors + run - 1) / run;
    b.out.extents[1] = y.dims.n;
    tactic t;
    if (shared) {
        const int parts = points < 64 ? 32 : 64;
        b.define("PARTS", parts);
        t.label.append("parts").append(parts);
        t.local[0] = parts;
        t.local_bytes = 16 * points;
    } else {
        t.label.append("frames").append(lanes);
    }
    b.tactic_of(t);
    b.finish("fourier");
    return true;
}

inline constexpr family_row fourier_family{.kind = op::fourier, .select = select_fourier};

}  // namespace lamina::planner
