// SPDX-License-Identifier: Apache-2.0
// The third layer of a launch_builder: the EPILOGUE macro, which finishes a kernel's value with the
// pointwise functions fused into the step, and reads their operands.
#pragma once
#include <lamina/planner/launch_indexing.hpp>

namespace lamina::planner {

/// The coordinates by which a kernel names the element or vector that its epilogue computes.
enum class epilogue_coordinates : unsigned char {
    image,     ///< EPILOGUE(v, n, c, h, w): c counts blocks where images are blocked, channels
               ///< where they are channels-last; VW lanes run along the channel
    columns,   ///< EPILOGUE(v, n, c, h, w): one channel of an image in rows; VW lanes run along w
    elements,  ///< EPILOGUE(v, i0, ..., i5): one element, VW 1
    rows,      ///< EPILOGUE(v, row, column): rows x columns as matmul and linear write them; VW
               ///< lanes run along the column
    merged,    ///< the pointwise family's own iteration space
};

/// A second operand's address in epilogue coordinates: a stride per axis and one along the lanes.
struct operand_strides {
    int axis[max_rank] = {};
    int lane = 0;
};

struct launch_epilogue : launch_indexing {
    using launch_indexing::launch_indexing;

    /// Kernels that name a pixel by its number: EPILOGUE(v, 0, c, 0, pixel). Every operand's pixels must
    /// have one stride then.
    bool numbers_pixels = false;

    /// Strides of an operand in coordinates whose lanes are `lanes` channels or columns.
    constexpr operand_strides strides_in(
        epilogue_coordinates f, const resolved_operand& o, int lanes) const {
        operand_strides out_strides;
        if (o.weight >= 0) {
            if (o.axis < 0) return out_strides;
            if (f == epilogue_coordinates::image) {
                out_strides.axis[1] = target.blocks_channels() ? lanes : 1;
                out_strides.lane = 1;
            } else if (f == epilogue_coordinates::rows) {
                out_strides.axis[1] = out_strides.lane = 1;
            } else {
                out_strides.axis[o.axis] = 1;
                out_strides.lane = f == epilogue_coordinates::columns && o.axis == 3;
            }
            return out_strides;
        }
        const bool slices = is_volume(o.seen.dims) && f == epilogue_coordinates::image;
        const layout lay = slices ? as_slices(o.seen).lay : o.seen.lay;
        if (f == epilogue_coordinates::image) {
            const bool blocks = target.blocks_channels();
            for (int axis : {0, 2, 3}) out_strides.axis[axis] = lay.stride[axis];
            out_strides.axis[1] = blocks && lay.block == 1 ? lanes * lay.stride[1] : lay.stride[1];
            out_strides.lane = lay.block > 1 ? 1 : lay.stride[1];
            if (blocks && lanes == 1)  // planes: a channel at a time
                out_strides.axis[1] = out_strides.lane;
            if (numbers_pixels) {
                out_strides.axis[0] = out_strides.axis[2] = 0;
                out_strides.axis[3] = pixel_stride(lay, s.output.dims);
            }
        } else if (f == epilogue_coordinates::columns) {
            for (int axis : {0, 2, 3}) out_strides.axis[axis] = lay.stride[axis];
            out_strides.axis[1] = lay.block > 1 ? 1 : lay.stride[1];
            out_strides.lane = lay.stride[3];
        } else if (f == epilogue_coordinates::rows) {
            const int last = o.seen.dims.rank - 1;
            out_strides.lane = out_strides.axis[1] = lay.stride[last];
            merged_rows(lay, o.seen.dims, out_strides.axis[0]);
        } else {
            for (int axis = 0; axis < max_rank; ++axis) out_strides.axis[axis] = lay.stride[axis];
        }
        return out_strides;
    }

    /// Names of operand buffers and of their strides.
    static constexpr phrase buffer_of(int index) {
        constexpr const char* names[] = {"e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7"};
        return phrase::literal(names[index]);
    }
    static constexpr phrase stride_of(int index) {
        constexpr const char* names[] = {"E0_", "E1_", "E2_", "E3_", "E4_", "E5_", "E6_", "E7_"};
        return phrase::literal(names[index]);
    }
    static constexpr phrase lane_of(int index) {
        constexpr const char* names[]
            = {"E0_L", "E1_L", "E2_L", "E3_L", "E4_L", "E5_L", "E6_L", "E7_L"};
        return phrase::literal(names[index]);
    }

    /// How an operand is read at epilogue coordinates.
    enum class loading : unsigned char { address, one, spread, vector, gather };
    /// The type of an operand's buffer in the kernel.
    enum class buffer_type : unsigned char { real, floats, ints, bytes, chars };
    constexpr buffer_type type_of(const resolved_operand& o) const {
        if (o.weight >= 0 || is_wide(o.seen)) return buffer_type::floats;
        switch (o.seen.type) {
        case dtype::i32:
            return s.on_ints ? buffer_type::real : buffer_type::ints;
        case dtype::u8:
        case dtype::boolean:
            return buffer_type::bytes;
        case dtype::i8:
            return buffer_type::chars;
        default:
            return buffer_type::real;
        }
    }
    static constexpr loading loading_of(epilogue_coordinates f, const resolved_operand& o,
        const operand_strides& strides, int lanes, bool has_tail) {
        if (f == epilogue_coordinates::elements && o.weight < 0) return loading::address;
        if (lanes == 1) return loading::one;
        if (strides.lane == 0) return loading::spread;
        if (strides.lane == 1 && (o.weight >= 0 || o.seen.lay.block > 1 || !has_tail))
            return loading::vector;
        return loading::gather;
    }
    /// True for numbers of 8 bits in blocks whose pixels lie side by side: offsets of a tile's pixels are parts of
    /// instructions then.
    static constexpr bool has_dense_pixels(
        const resolved_operand& o, const operand_strides& strides, int lanes) {
        return o.scale >= 0 && o.seen.lay.block == lanes && lanes > 1 && strides.axis[3] == lanes;
    }
    /// True for a weight that is one number for all elements.
    constexpr bool is_scalar(epilogue_coordinates f, int index, int lanes) const {
        if (s.operands[at(index)].weight < 0) return false;
        const operand_strides strides = operand_strides_of(f, index, lanes);
        for (const int stride : strides.axis)
            if (stride) return false;
        return strides.lane == 0;
    }
    /// Adds the numbers that reading operand `index` needs.
    constexpr void count_load(epilogue_coordinates f, int index, int lanes, bool has_tail) {
        const resolved_operand& o = s.operands[at(index)];
        const operand_strides strides = operand_strides_of(f, index, lanes);
        const loading way = loading_of(f, o, strides, lanes, has_tail);
        if (way == loading::address) {
            address(buffer_of(index), o.seen);
            return;
        }
        for (int axis = 0; axis < max_rank; ++axis)
            if (strides.axis[axis] && !(axis == 3 && has_dense_pixels(o, strides, lanes)))
                number(stride_of(index), axis, strides.axis[axis]);
        if (way == loading::gather) number(lane_of(index), strides.lane);
    }
    /// The value of operand `index` at the epilogue's coordinates.
    constexpr void put_load(epilogue_coordinates f, int index, int lanes, const phrase& valid) {
        const resolved_operand& o = s.operands[at(index)];
        const operand_strides strides = operand_strides_of(f, index, lanes);
        const loading way = loading_of(f, o, strides, lanes, valid.size);
        const buffer_type type = type_of(o);
        const bool floats = type == buffer_type::floats;
        const bool calls = !floats || way == loading::vector || way == loading::gather;
        const int words = static_cast<int>(type);
        if (o.scale >= 0) put("((");
        if (way == loading::spread) put("(VEC)(");
        if (way == loading::gather) {
            constexpr const char* names[] = {"gather_real(e", "gather_float(e", "gather_int(e",
                "gather_byte(e", "gather_char(e"};
            put(phrase::literal(names[words]), index);
        } else if (way == loading::vector) {
            constexpr const char* names[]
                = {"LOADV(e", "LOADF(e", "OTHERV(e", "OTHERV(e", "OTHERV(e"};
            put(phrase::literal(names[words]), index);
        } else {
            constexpr const char* names[] = {"LOAD1(e", "e", "OTHER1(e", "OTHER1(e", "OTHER1(e"};
            put(phrase::literal(names[words]), index);
        }
        if (way == loading::address) {
            put(calls ? phrase(",AT_e") : phrase("[AT_e"), index);
            put("(i0,i1,i2,i3,i4,i5)");
        } else {
            put(way == loading::gather ? phrase("+0") : calls ? phrase(",0") : phrase("[0"));
            for (int axis = 0; axis < max_rank; ++axis) {
                if (!strides.axis[axis]) continue;
                put("+(i", axis);
                if (axis == 3 && has_dense_pixels(o, strides, lanes)) {
                    put(")*VW");
                    continue;
                }
                put(")*E", index);
                put("_", axis);
            }
        }
        if (way == loading::gather) {
            put(",E", index);
            put("_L,");
            put(valid.size ? valid : phrase("VW"));
        }
        put(calls ? phrase(")") : phrase("]"));
        if (way == loading::spread) put(")");
        if (o.scale < 0) return;
        put("-");
        put_load(f, o.zero, lanes, valid);
        put(")*");
        put_load(f, o.scale, lanes, valid);
        put(")");
    }

    /// A float as OpenCL text, exact: its bits.
    constexpr void put_float(float value) {
        if (value == 0
            || (value >= -1e6f && value <= 1e6f
                && value == static_cast<float>(static_cast<int>(value)))) {
            defines.add(part_kind::numeral, ".0f", -1, static_cast<int>(value));
            return;
        }
        put("as_float(");
        defines.add(part_kind::bits, "u)", -1, __builtin_bit_cast(int, value));
    }

    /// The same of a scalar of a function, in the type that the kernel computes in.
    constexpr void put_number(float value) {
        if (s.on_ints)
            defines.add(part_kind::numeral, "", -1, static_cast<int>(value));
        else
            put_float(value);
    }

    /// Defines EPILOGUE, EPILOGUE_ARGS and EPILOGUE_OPEN. `lanes` is VW; `valid` is an expression for
    /// the number of existing lanes of a last block, empty if all exist.
    constexpr void epilogue(epilogue_coordinates f, int lanes, const phrase& valid = "") {
        const bool has_tail = valid.size;
        const bool begins = is_pointwise(s.kind) && !s.operands.empty();
        if (begins) count_load(f, 0, lanes, has_tail);
        for (const pointwise_op& step_ : s.epilogue) {
            if (step_.operand >= 0) count_load(f, step_.operand, lanes, has_tail);
            if (step_.second >= 0) count_load(f, step_.second, lanes, has_tail);
        }
        put(f == epilogue_coordinates::image || f == epilogue_coordinates::columns
                ? phrase("#define EPILOGUE(v,i0,i1,i2,i3)")
                : f == epilogue_coordinates::rows
                ? phrase("#define EPILOGUE(v,i0,i1)")
                : phrase("#define EPILOGUE(v,i0,i1,i2,i3,i4,i5)"));
        if (begins) {
            put(" v=");
            put_load(f, 0, lanes, valid);
            put(";");
        }
        const std::size_t plain = s.epilogue.size() - (is_quantized() ? quantize_length : 0);
        for (std::size_t done = 0; done < plain; ++done) {
            const pointwise_op& step_ = s.epilogue[done];
            put(" v=");
            const function_row& row = row_of(step_.kind);
            put(phrase::literal(row.opencl));
            put(step_.place ? phrase("(") : phrase("(v"));
            const int others[2] = {step_.operand, step_.second};
            for (int k = 0, next = 0; k < 3; ++k) {
                if (k == step_.place) {
                    if (k) put(",v");
                } else if (next < 2 && others[next] >= 0) {
                    if (k) put(",");
                    put_load(f, others[next++], lanes, valid);
                }
            }
            for (int k = 0; k < row.traits.scalars; ++k) {
                // leaky_relu of a vector of slopes has no scalar.
                if (row.traits.values == 1 && step_.operand >= 0) break;
                put(",");
                put_number(k ? step_.b : step_.a);
            }
            put(");");
        }
        if (is_quantized()) {
            put(" v=f_quantized(v,");
            put_load(f, s.epilogue[plain].operand, lanes, valid);
            put(",");
            put_load(f, s.epilogue[plain + 2].operand, lanes, valid);
            put(");");
        }
        end("");
        const int operands = static_cast<int>(s.operands.size());
        if (!operands) return;
        defines.add(part_kind::opening, "EPILOGUE_ARGS");
        for (int i = 0; i < operands; ++i) {
            constexpr const char* names[]
                = {", IN(e", ", VECTOR(e", ", INDICES(e", ", BYTES(e", ", CHARS(e"};
            put(is_scalar(f, i, lanes)
                    ? phrase(", SCALAR(e")
                    : phrase::literal(names[static_cast<int>(type_of(s.operands[at(i)]))]),
                i);
            put(")");
        }
        end("");
        defines.add(part_kind::opening, "EPILOGUE_OPEN");
        for (int i = 0; i < operands; ++i) {
            put(is_scalar(f, i, lanes) ? phrase("OPEN_SCALAR(e") : phrase("OPEN(e"), i);
            put("); ");
        }
        end("");
        for (const resolved_operand& o : s.operands) {
            if (o.weight >= 0) {
                weight_recipe& r = m.weights[at(o.weight)];
                if (!r.bytes) {  // sized once the lanes it is read with are known
                    const int padded = target.is_cpu() ? 16 : 4;
                    r.inner[0] = padded;
                    r.order_size = 2;
                    r.order[1] = 1;
                    r.bytes = std::int64_t{(r.dims.n + padded - 1) / padded} * padded * 4;
                }
                weights(o.weight);
            } else {
                argument_of(o.seen);
            }
        }
    }
    constexpr operand_strides operand_strides_of(
        epilogue_coordinates f, int index, int lanes) const {
        return f == epilogue_coordinates::merged ? merged_strides[index]
                                                 : strides_in(f, s.operands[at(index)], lanes);
    }
    operand_strides merged_strides[8] = {};  ///< set by the pointwise family
};

}  // namespace lamina::planner
