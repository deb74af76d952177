// SPDX-License-Identifier: Apache-2.0
// Where elements that are not 0 lie, of a tensor of any layout and element type.
#pragma once
#include <lamina/planner/indexing.hpp>

namespace lamina::planner {

constexpr bool select_nonzero(launch_builder& b) {
    const step& s = b.s;
    const view &x = s.inputs[0], &y = s.output, *count = s.further_view(1);
    b.input(x);
    b.output(y);
    if (count) b.output(*count);
    b.define("INDEX", count != nullptr);
    define_moved(b, x.type);
    b.number("COUNT", static_cast<int>(x.dims.count()));
    b.define("RANK", x.dims.rank);
    b.number("MOST", y.dims.n);
    b.address("x", x);
    b.address("y", y);
    if (count) b.address("at", *count);
    text<24> outer[max_rank];
    const text<24> added[max_rank];
    int extents[max_rank] = {1, 1, 1, 1, 1, 1};
    for (int axis = 0; axis < max_rank; ++axis)
        if (axis < x.dims.rank)
            extents[axis] = x.dims[axis];
        else
            outer[axis].append('0');
    inner(b, "INNER", "X_N", extents, outer, added);
    view one = y;
    one.dims = {1, 1};
    lines(b, one, choose_parts(b, x.dims.count(), 1));
    b.finish("nonzero");
    return true;
}

inline constexpr family_row nonzero_family{
    .kind = op::nonzero, .select = select_nonzero, .inputs = all_types, .outputs = {dtype::i32}};

}  // namespace lamina::planner
