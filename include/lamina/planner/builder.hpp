// SPDX-License-Identifier: Apache-2.0
// How a kernel family turns a step into a launch: defines, arguments, numbers, addresses, epilogue,
// tactics. Nothing is text yet: render writes what distinct kernels need.
#pragma once
#include <lamina/planner/defines.hpp>
#include <lamina/planner/stage_data.hpp>
#include <lamina/planner/target.hpp>

#include <utility>

namespace lamina::planner {

/// How a kernel names the element or vector whose value v its epilogue finishes.
enum class epilogue_coordinates : unsigned char {
    image,     ///< EPILOGUE(v, n, c, h, w): c counts blocks where images are blocked, channels
               ///< where they are channels-last; VW lanes run along the channel
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

struct launch_builder {
    module& m;
    const lamina::target& target;
    const step& s;
    launch out;
    define_list defines;
    std::vector<int> tactics;

    constexpr launch_builder(module& module_, const lamina::target& target_, const step& step_)
        : m(module_), target(target_), s(step_) {
        define("HALF", target.numbers.storage == dtype::f16 ? 1 : 0);
        if (is_wide(s.output))
            define("OUT_FLOAT", 1);
        else if (s.keeps_finite)
            define("KEEP_FINITE", 1);
    }

    /// True for floats where kernels read and write a narrower type: a caller's picture or result.
    constexpr bool is_wide(const view& v) const {
        return v.type == dtype::f32 && !target.stores_floats();
    }

    // Constants of the kernel.
    constexpr void define(const phrase& key, int value) {
        defines.add(part_kind::define, key, -1, value);
    }
    constexpr void define(const phrase& key, const phrase& value) {
        defines.add(part_kind::opening, key);
        defines.add(part_kind::closing, value);
    }

    /// A number of this step: an int argument, or a constant where the target bakes them in. 0 and
    /// 1 are always constants, so that the compiler can drop what they switch off.
    constexpr void number(const phrase& key, int value) { number(key, -1, value); }
    constexpr void number(const phrase& key, int index, int value) {
        if (target.specializes_sizes || value == 0 || value == 1) {
            defines.add(part_kind::define, key, index, value);
            return;
        }
        defines.add(part_kind::argument, key, index);
        out.numbers.push_back(value);
    }
    /// The same for a stride of a buffer: S_x2.
    constexpr void stride(const phrase& buffer, int axis, int value) {
        if (target.specializes_sizes || value == 0 || value == 1) {
            defines.add(part_kind::define_stride, buffer, axis, value);
            return;
        }
        defines.add(part_kind::argument_stride, buffer, axis);
        out.numbers.push_back(value);
    }

    /// Words of a line that begins with "#define KEY", with a number behind them; the last are end.
    constexpr void put(const phrase& words, int number = -1) {
        defines.add(part_kind::words, words, number);
    }
    constexpr void end(const phrase& words, int number = -1) {
        defines.add(part_kind::closing, words, number);
    }

    // Buffer arguments, in the order of the kernel's signature.
    constexpr void argument_of(const view& v) {
        out.arguments.push_back({memory_space::arena, v.storage, v.offset, v.type});
    }
    constexpr void input(const view& v) { argument_of(v); }
    constexpr void output(const view& v) { argument_of(v); }
    /// A packed array of weights by its recipe.
    constexpr void weights(int recipe) {
        out.arguments.push_back({memory_space::weights, recipe, 0, m.weights[at(recipe)].type});
    }
    /// Adds a recipe and passes it; sizes are computed here.
    constexpr int pack(const weight_recipe& wanted) {
        m.weights.push_back(wanted);
        weight_recipe& r = m.weights.back();
        if (r.dims.rank == 0) r.dims = {1};
        std::int64_t count = 1;
        for (int axis = 0; axis < r.dims.rank; ++axis)
            count
                *= std::int64_t{(r.dims[axis] + r.inner[axis] - 1) / r.inner[axis]} * r.inner[axis];
        if (!r.order_size) {
            r.order_size = 2 * r.dims.rank;
            for (int i = 0; i < r.order_size; ++i) r.order[i] = i;
        }
        r.bytes = count * static_cast<std::int64_t>(size_bytes(r.type));
        return static_cast<int>(m.weights.size()) - 1;
    }
    /// The folds of this step's anchor, for its recipes.
    constexpr fold_range folds() {
        if (s.folds.empty() || anchor_folds.count) return anchor_folds;
        anchor_folds = {static_cast<int>(m.folds.size()), static_cast<int>(s.folds.size())};
        for (int id : s.folds) m.folds.push_back(fold_of(m.net->nodes[at(id)]));
        return anchor_folds;
    }
    fold_range anchor_folds;
    /// True if the anchor ends in a bias of its own or from a fold.
    constexpr bool has_shift() const {
        return !s.folds.empty() || m.net->nodes[at(s.anchor)].parameters[bias_slot] >= 0;
    }
    /// The anchor's bias with its folds, float, padded to a multiple of `inner`; -1 if none.
    constexpr int pack_shift(int count, int inner) {
        if (!has_shift()) return -1;
        weight_recipe r;
        r.source = m.net->nodes[at(s.anchor)].parameters[bias_slot];
        r.shifts = true;
        r.folds = folds();
        r.dims = {count};
        r.inner[0] = inner;
        return pack(r);
    }

    // Addresses.
    /// Defines AT_<buffer>(i0, ..., i5), the element's offset in the view, for any layout.
    constexpr void address(const phrase& buffer, const view& v) {
        const auto is_term = [&v](int axis) {
            return (axis == 1 && v.lay.block > 1) || (v.dims[axis] != 1 && v.lay.stride[axis] != 0);
        };
        for (int axis = 0; axis < v.dims.rank; ++axis)
            if (is_term(axis)) stride(buffer, axis, v.lay.stride[axis]);
        put("#define AT_");
        put(buffer);
        put("(i0,i1,i2,i3,i4,i5) (0");
        for (int axis = 0; axis < v.dims.rank; ++axis) {
            if (!is_term(axis)) continue;
            if (axis == 1 && v.lay.block > 1) {
                // The shift stays in the formula: views that begin inside a block are rare.
                put("+((i1)+", v.shift);
                put(")/", v.lay.block);
                put("*S_");
                put(buffer, 1);
                put("+((i1)+", v.shift);
                put(")%", v.lay.block);
                continue;
            }
            put("+(i", axis);
            put(")*S_");
            put(buffer, axis);
        }
        end(")");
    }

    /// One work-item an element of the output: defines ELEMENT, which declares i0 ... i5 and leaves
    /// work-items without an element; sets the extents. Padding lanes of a blocked output are
    /// visited too and get zero. Call address("y", output) as well. With `parts` above 1 a
    /// work-group (parts, 1, 1) has one element, and no work-item of it leaves.
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
        if (rank == 4 && y.lay.block == 1 && y.lay.stride[1] == 1 && y.dims.c > 1) {
            order[1] = 2;
            order[2] = 3;
            order[3] = 1;
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

    // Epilogue.
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
            }
            return out_strides;
        }
        const layout& lay = o.seen.lay;
        if (f == epilogue_coordinates::image) {
            const bool blocks = target.blocks_channels();
            for (int axis : {0, 2, 3}) out_strides.axis[axis] = lay.stride[axis];
            out_strides.axis[1] = blocks && lay.block == 1 ? lanes * lay.stride[1] : lay.stride[1];
            out_strides.lane = lay.block > 1 ? 1 : lay.stride[1];
            if (blocks && lanes == 1)  // planes: a channel at a time
                out_strides.axis[1] = out_strides.lane;
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
    constexpr bool is_float(const resolved_operand& o) const {
        return o.weight >= 0 || is_wide(o.seen);
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
    /// The numbers that reading operand `index` takes.
    constexpr void count_load(epilogue_coordinates f, int index, int lanes, bool has_tail) {
        const resolved_operand& o = s.operands[at(index)];
        const operand_strides strides = operand_strides_of(f, index, lanes);
        const loading way = loading_of(f, o, strides, lanes, has_tail);
        if (way == loading::address) {
            address(buffer_of(index), o.seen);
            return;
        }
        for (int axis = 0; axis < max_rank; ++axis)
            if (strides.axis[axis]) number(stride_of(index), axis, strides.axis[axis]);
        if (way == loading::gather) number(lane_of(index), strides.lane);
    }
    /// The value of operand `index` at the epilogue's coordinates.
    constexpr void put_load(epilogue_coordinates f, int index, int lanes, const phrase& valid) {
        const resolved_operand& o = s.operands[at(index)];
        const operand_strides strides = operand_strides_of(f, index, lanes);
        const loading way = loading_of(f, o, strides, lanes, valid.size);
        const bool floats = is_float(o);
        const bool calls = !floats || way == loading::vector || way == loading::gather;
        if (way == loading::spread) put("(VEC)(");
        if (way == loading::gather)
            put(floats ? phrase("gather_float(e") : phrase("gather_real(e"), index);
        else if (way == loading::vector)
            put(floats ? phrase("LOADF(e") : phrase("LOADV(e"), index);
        else
            put(floats ? phrase("e") : phrase("LOAD1(e"), index);
        if (way == loading::address) {
            put(calls ? phrase(",AT_e") : phrase("[AT_e"), index);
            put("(i0,i1,i2,i3,i4,i5)");
        } else {
            put(way == loading::gather ? phrase("+0") : calls ? phrase(",0") : phrase("[0"));
            for (int axis = 0; axis < max_rank; ++axis) {
                if (!strides.axis[axis]) continue;
                put("+(i", axis);
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

    /// Defines EPILOGUE, its arguments and what opens them. `lanes` is VW; `valid` is an expression
    /// for the lanes of a last block that exist, empty where all do.
    constexpr void epilogue(epilogue_coordinates f, int lanes, const phrase& valid = "") {
        const bool has_tail = valid.size;
        const bool begins = is_pointwise(s.kind) && !s.operands.empty();
        if (begins) count_load(f, 0, lanes, has_tail);
        for (const pointwise_op& step_ : s.epilogue)
            if (step_.operand >= 0) count_load(f, step_.operand, lanes, has_tail);
        put(f == epilogue_coordinates::image ? phrase("#define EPILOGUE(v,i0,i1,i2,i3)")
                : f == epilogue_coordinates::rows
                ? phrase("#define EPILOGUE(v,i0,i1)")
                : phrase("#define EPILOGUE(v,i0,i1,i2,i3,i4,i5)"));
        if (begins) {
            put(" v=");
            put_load(f, 0, lanes, valid);
            put(";");
        }
        for (const pointwise_op& step_ : s.epilogue) {
            put(" v=");
            const function_row& row = row_of(step_.kind);
            put(phrase::literal(row.opencl));
            if (step_.operand >= 0 && step_.swapped) {
                put("(");
                put_load(f, step_.operand, lanes, valid);
                put(",v");
            } else if (step_.operand >= 0) {
                put("(v,");
                put_load(f, step_.operand, lanes, valid);
            } else {
                put("(v");
                for (int k = 0; k < row.traits.scalars; ++k) {
                    put(",");
                    put_float(k ? step_.b : step_.a);
                }
            }
            put(");");
        }
        end("");
        const int operands = static_cast<int>(s.operands.size());
        if (!operands) return;
        defines.add(part_kind::opening, "EPILOGUE_ARGS");
        for (int i = 0; i < operands; ++i) {
            put(is_float(s.operands[at(i)]) ? phrase(", VECTOR(e") : phrase(", IN(e"), i);
            put(")");
        }
        end("");
        defines.add(part_kind::opening, "EPILOGUE_OPEN");
        for (int i = 0; i < operands; ++i) {
            put("OPEN(e", i);
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

    // Tactics.
    /// A way to tile this kernel; the first added is the default.
    constexpr void tactic_of(const tactic& wanted) {
        for (int i = 0; i < static_cast<int>(m.tactics.size()); ++i)
            if (m.tactics[at(i)] == wanted) {
                tactics.push_back(i);
                return;
            }
        tactics.push_back(static_cast<int>(m.tactics.size()));
        m.tactics.push_back(wanted);
    }
    /// One work-item an element or vector; groups as wide as the first extent fills, up to 64
    /// work-items on a CPU and 256 on a GPU. Set out.extents before.
    constexpr void element_tactics() {
        const int total = target.is_cpu() ? 64 : 256;
        int wide = 1;
        while (wide < total && wide < out.extents[0]) wide *= 2;
        int high = 1;
        while (wide * high < total && high < out.extents[1]) high *= 2;
        // NVIDIA's devices take at most 64 work-items along the third axis.
        const int deep = total / (wide * high) < 64 ? total / (wide * high) : 64;
        tactic t;
        t.label.append("group").append(wide).append('x').append(high).append('x').append(deep);
        t.tile[0] = t.local[0] = wide;
        t.tile[1] = t.local[1] = high;
        t.tile[2] = t.local[2] = deep;
        tactic_of(t);
    }

    /// Names the family, shares the program with equal launches and appends to the module.
    constexpr void finish(const char* family, const char* source = nullptr) {
        const std::uint64_t hash = defines.hash ^ hash_of(family);
        for (int i = 0; i < static_cast<int>(m.kernels.size()) && out.kernel < 0; ++i) {
            const kernel& other = m.kernels[at(i)];
            if (other.hash == hash && std::string_view(other.family) == family
                && other.tactics == tactics
                && std::string_view(other.source ? other.source : "") == (source ? source : ""))
                out.kernel = i;
        }
        if (out.kernel < 0) {
            out.kernel = static_cast<int>(m.kernels.size());
            m.kernels.push_back({family, define_parts(defines), hash, source, tactics});
        }
        out.tactic = tactics[0];
        m.launches.push_back(std::move(out));
    }
};

}  // namespace lamina::planner
