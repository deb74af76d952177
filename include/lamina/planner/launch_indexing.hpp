// SPDX-License-Identifier: Apache-2.0
// The second layer of a launch_builder: where elements lie in a view, and which element per work-item
// takes.
#pragma once
#include <lamina/planner/launch_arguments.hpp>

namespace lamina::planner {

/// The one stride that steps through all of these axes, the last one fastest; -1 if there is none, 0 if
/// there is nothing to step to.
constexpr int merged_stride(const int (&extents)[4], const int (&strides)[4]) {
    std::int64_t next = -1;
    int stride = 0;
    for (int axis = 3; axis >= 0; --axis) {
        if (extents[axis] == 1) continue;
        if (next < 0) stride = strides[axis];
        if (next >= 0 && strides[axis] != next) return -1;
        next = std::int64_t{strides[axis]} * extents[axis];
    }
    return stride;
}

/// The stride from one pixel of an image to the next, in rows and over the images of a batch; -1 if there is
/// none. `dims` are those that are stepped through, where a view is broadcast.
constexpr int pixel_stride(const layout& lay, const shape& dims) {
    return merged_stride(
        {1, dims.n, dims.h, dims.w}, {0, lay.stride[0], lay.stride[2], lay.stride[3]});
}

struct launch_indexing : launch_arguments {
    using launch_arguments::launch_arguments;

    /// True if addresses have all axes, so that texts are the same where an axis is 1 at some shapes: its stride is 0
    /// there. On CPUs a term costs more than a kernel does.
    constexpr bool names_all_axes() const { return !target.is_cpu() && shares_shapes(); }

    /// Defines AT_<buffer>(i0, ..., i5), the element's offset in the view, for any layout.
    constexpr void address(const phrase& buffer, const view& v) {
        const auto is_term = [this, &v](int axis) {
            return names_all_axes() || (axis == 1 && v.lay.block > 1)
                || (v.dims[axis] != 1 && v.lay.stride[axis] != 0);
        };
        for (int axis = 0; axis < v.dims.rank; ++axis)
            if (is_term(axis))
                stride(
                    buffer, axis, names_all_axes() && v.dims[axis] == 1 ? 0 : v.lay.stride[axis]);
        put("#define AT_");
        put(buffer);
        put("(i0,i1,i2,i3,i4,i5) (0");
        for (int axis = 0; axis < v.dims.rank; ++axis) {
            if (!is_term(axis)) continue;
            if (axis == 1 && v.lay.block > 1) {
                // The lane stays in the formula: views that begin inside a block are rare.
                lane(v);
                put(")/", v.lay.block);
                put("*S_");
                put(buffer, 1);
                lane(v);
                put(")%", v.lay.block);
                continue;
            }
            put("+(i", axis);
            put(")*S_");
            put(buffer, axis);
        }
        end(")");
    }

    /// Begins a term with the lane of channel i1.
    constexpr void lane(const view& v) {
        if (v.lanes.is_plain()) {
            put("+((i1)+", v.shift);
            return;
        }
        put("+((i1)/", v.lanes.extent);
        put("*", v.lanes.outer);
        put("+(i1)%", v.lanes.extent);
        put("*", v.lanes.inner);
        put("+", v.shift);
    }

    /// One work-item per element of the output: defines ELEMENT, which declares i0 ... i5 and returns
    /// from work-items without an element; sets the extents. Padding lanes of a blocked output are
    /// visited too and set to zero. Call address("y", output) as well. With `parts` above 1 a
    /// work-group (parts, 1, 1) computes one element, and none of its work-items returns early.
    constexpr void elements(const view& y, int parts = 1) {
        const int rank = y.dims.rank;
        shape visited = y.dims;
        bool pads = false;
        if (y.lay.block > 1 && y.clean) {
            const int lanes = y.shift + y.dims.c;
            visited.c = (lanes + y.lay.block - 1) / y.lay.block * y.lay.block - y.shift;
            pads = visited.c != y.dims.c;
        }
        // Neighbours in memory are neighbours among work-items: channels of a channels-last image.
        int order[max_rank] = {0, 1, 2, 3, 4, 5};
        if ((rank == 4 || rank == 5) && y.lay.block == 1 && y.lay.stride[1] == 1 && y.dims.c > 1) {
            for (int k = 1; k < rank - 1; ++k) order[k] = k + 1;
            order[rank - 1] = 1;
        }
        for (int axis = 0; axis < rank; ++axis) number("N_", axis, visited[axis]);
        const phrase item = phrase::literal(parts > 1 ? " = get_group_id(" : " = get_global_id(");
        defines.add(part_kind::opening, "ELEMENT");
        put("int rest");
        put(item);
        put("2);");
        for (int k = rank - 3; k >= 0; --k) {
            const int axis = order[k];
            put(" const int i", axis);
            if (k == 0) {
                put(" = rest;");
                continue;
            }
            put(" = rest % N_", axis);
            put("; rest /= N_", axis);
            put(";");
        }
        for (int k = rank < 2 ? 0 : rank - 2; k < rank; ++k) {
            put(" const int i", order[k]);
            put(item, rank - 1 - k);
            put(");");
        }
        for (int axis = rank; axis < max_rank; ++axis) {
            put(" const int i", axis);
            put(" = 0;");
        }
        put(" (void)rest;");
        for (int k = 0; k < rank && parts == 1; ++k)
            if (k >= rank - 2 || k == 0) {
                put(" if (i", order[k]);
                put(" >= N_", order[k]);
                put(") return;");
            }
        if (pads) {
            put(" if (i1 >= ", y.dims.c);
            put(") { STORE1(y, AT_y(i0,i1,i2,i3,i4,i5), 0.0f); return; }");
        }
        end("");
        out.extents[0] = rank >= 1 ? visited[order[rank - 1]] : 1;
        out.extents[1] = rank >= 2 ? visited[order[rank - 2]] : 1;
        out.extents[2] = 1;
        for (int k = 0; k < rank - 2; ++k) out.extents[2] *= visited[order[k]];
    }
};

}  // namespace lamina::planner
