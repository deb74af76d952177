// SPDX-License-Identifier: Apache-2.0
// Layer and rms normalisation over a dense last axis on the `gpu` class.
#pragma once
#include <lamina/kernels/norm_rows.hpp>
#include <lamina/planner/tile_cost.hpp>

namespace lamina::planner {

/// Columns that a work-item keeps at most.
inline constexpr int most_own_columns = 64;

constexpr bool select_norm_parts(launch_builder& b) {
    const step& s = b.s;
    const node& n = b.m.net->nodes[at(s.anchor)];
    const view &x = s.inputs[0], &y = s.output;
    const auto kind = static_cast<norm_kind>(n.attr.kind);
    const int last = y.dims.rank - 1, columns = y.dims[last];
    int x_stride = 0, y_stride = 0;
    if ((kind != norm_kind::layer && kind != norm_kind::rms) || n.attr.axis != last || columns % 4
        || columns < 64 || columns > 256 * most_own_columns || !are_dense_rows(b, x, x_stride)
        || !are_dense_rows(b, y, y_stride))
        return false;
    int stride = 0;
    for (const resolved_operand& o : s.operands)
        if (o.weight >= 0 ? o.axis >= 0 && o.axis != last
                          : o.seen.lay.block > 1 || !merged_rows(o.seen.lay, o.seen.dims, stride))
            return false;
    b.define("VW", 4);
    norm_buffers(b, x, columns, 1, y);
    const int rows = static_cast<int>(y.dims.count() / columns);
    b.define("CENTRED", kind != norm_kind::rms);
    b.define("ALIGNED_X", is_aligned(b.m, x, last));
    b.number("EPS", bits_of(n.attr.scalars[0]));
    b.number("R", rows);
    b.define("COLUMNS", columns);
    b.number("XS_R", x_stride);
    b.number("YS_R", y_stride);
    define_alignment(b, last);
    b.epilogue(epilogue_coordinates::rows, 4);
    b.out.extents[0] = rows;
    // Three or four vectors for each work-item, while its registers hold them.
    int wanted = 32;
    while (wanted < 256 && columns > wanted * 16) wanted *= 2;
    for (int pass = 0; pass < 2; ++pass)
        for (int parts : {32, 64, 128, 256}) {
            if ((parts == wanted) != (pass == 0) || columns > parts * most_own_columns) continue;
            tactic t;
            t.label.append("parts").append(parts);
            t.defines.append("#define PARTS ").append(parts).append('\n');
            t.local[0] = parts;
            t.local_bytes = parts * 8;
            b.tactic_of(t);
        }
    b.finish("norm_parts");
    return true;
}

inline constexpr family_row norm_parts_family{.kind = op::normalize,
    .select = select_norm_parts,
    .rank = 15,
    .on = family_targets::gpu,
    .outputs = real_or_bytes};

}  // namespace lamina::planner
