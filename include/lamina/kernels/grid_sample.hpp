// SPDX-License-Identifier: Apache-2.0
// Images read at places, of any layouts.
#pragma once
#include <lamina/kernels/channel_chunks.hpp>

namespace lamina::planner {

constexpr bool select_grid_sample(launch_builder& b) {
    const step& s = b.s;
    const attributes& attr = b.m.net->nodes[at(s.anchor)].attr;
    const view &x = s.inputs[0], &grid = s.inputs[1], &y = s.output;
    const bool is_deep = x.dims.rank == 5;
    const int last = x.dims.rank - 1;
    b.input(x);
    b.input(grid);
    b.output(y);
    b.define("GRID_FLOAT", grid.type == dtype::f32);
    b.define("KIND", attr.kind);
    b.define("OUTSIDE", static_cast<int>(attr.outside));
    b.define("ALIGNED", attr.coordinates == coordinate_mode::align_corners);
    b.define("DEEP", is_deep);
    b.number("X_D", is_deep ? x.dims.h : 1);
    b.number("X_H", x.dims[last - 1]);
    b.number("X_W", x.dims[last]);
    b.address("x", x);
    b.address("g", grid);
    b.address("y", y);
    b.define("FROM(d,r,q)",
        is_deep ? "(AT_x(i0,0,(d),(r),(q),0)-ORIGIN_x)" : "(AT_x(i0,0,(r),(q),0,0)-ORIGIN_x)");
    b.define("PLACE(k)", is_deep ? "AT_g(i0,i2,i3,i4,(k),0)" : "AT_g(i0,i2,i3,(k),0,0)");
    channel_chunks(b, x, y);
    b.epilogue(epilogue_coordinates::elements, 1);
    b.element_tactics();
    b.finish("grid_sample");
    return true;
}

inline constexpr family_row grid_sample_family{
    .kind = op::grid_sample, .select = select_grid_sample};

}  // namespace lamina::planner
