// SPDX-License-Identifier: Apache-2.0
// Families whose work-items compute several channels of one place: what is computed of the place serves all.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

/// ELEMENT over y with i1 counting chunks of channels: CHUNK of them each, C_ALL with the padding lanes of a
/// last block, C of y. LANE_x(l) is what x's address grows by for the l-th channel of the chunk, behind
/// ORIGIN_x taken off the rest: AT_x(image, 0, row, column, 0, 0) - ORIGIN_x + LANE_x(l).
constexpr void channel_chunks(
    launch_builder& b, const view& x, const view& y, bool by_place = false) {
    const bool blocked = y.lay.block > 1;
    const int chunk = !b.target.is_cpu() ? 1 : blocked ? y.lay.block : y.dims.c < 8 ? y.dims.c : 8;
    int all = y.dims.c;
    if (blocked && y.clean) {
        const int block = y.lay.block;
        all = (y.shift + y.dims.c + block - 1) / block * block - y.shift;
    }
    b.define("CHUNK", chunk);
    b.number("C_ALL", all);
    b.number("C_OWN", y.dims.c);
    b.define("ORIGIN_x", "AT_x(0,0,0,0,0,0)");
    // A chunk that is a block of x lies side by side.
    if (by_place)  // rows and columns of y have channels of x of their own
        b.define("LANE_x(l)", "AT_x(0,(min(i1*CHUNK+(l),C_OWN-1)*Y_H+i2)*Y_W+i3,0,0,0,0)");
    else if (x.lay.block == chunk && chunk > 1 && x.is_straight() && x.dims.c == y.dims.c)
        b.define("LANE_x(l)", "(i1*S_x1+(l))");
    else
        b.define("LANE_x(l)", "AT_x(0,min(i1*CHUNK+(l),C_OWN-1),0,0,0,0)");
    view items = y;
    items.lay.block = 1;
    items.dims.c = (all + chunk - 1) / chunk;
    b.elements(items);
}

}  // namespace lamina::planner
