// SPDX-License-Identifier: Apache-2.0
// Weights whose numbers come from several parameters, side by side along an axis: what layers that
// run as one product read. Used by fold_weights.hpp, which packs the result as one tensor.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/file_room.hpp>
#include <lamina/runtime/fold_line.hpp>
#include <lamina/runtime/pack_weight.hpp>
#include <lamina/runtime/weight_view.hpp>

namespace lamina::detail {

/// Indices of axis 0.
struct row_range {
    int first = 0, count = 0;
};

/// The rows that a part has in a parameter of its own, of those that a weight's rows want.
inline row_range rows_of_part(const plan_weight& w, std::size_t part, row_range wanted) {
    if (w.axis != 0) return wanted;
    const int from = w.parts[part].first;
    const int end = part + 1 < w.parts.size() ? w.parts[part + 1].first : w.dims[0];
    const int first = std::max(wanted.first, from);
    const int last = std::min(wanted.first + wanted.count, end);
    return {first - from, std::max(0, last - first)};
}

/// Folds of all parts of a weight, behind each other.
template <class Take>
fold_line line_of_all(const plan_weight& w, const Take& take, const weights& file) {
    if (w.parts.empty()) return line_of(w, take, file);
    fold_line all;
    for (std::size_t k = 0; k < w.parts.size(); ++k) {
        const fold_line one = line_of(w.alone(k), take, file);
        all.factor.insert(all.factor.end(), one.factor.begin(), one.factor.end());
        all.shift.insert(all.shift.end(), one.shift.begin(), one.shift.end());
    }
    return all;
}

/// True if a number of the weight is changed on its way, or comes from no parameter.
inline bool has_folds(const plan_weight& w) {
    if (w.parts.empty()) return !w.folds.empty() || w.source < 0;
    return std::any_of(w.parts.begin(), w.parts.end(),
        [](const plan_weight_part& part) { return !part.folds.empty() || part.source < 0; });
}

/// The file's bytes that a weight is made of, but for its folds.
inline std::size_t source_bytes(const plan_weight& w, std::span<const weight_view* const> sources) {
    const auto of = [&](int source) {
        return source < 0 ? std::size_t{0}
                          : sources[static_cast<std::size_t>(source)]->bytes.size();
    };
    std::size_t bytes = of(w.source);
    for (const plan_weight_part& part : w.parts) bytes += of(part.source);
    return bytes;
}

/// Rows of the tensor that a weight's parts make up, in `room`: of the type that all of them have
/// in the file, or in fp64 where they differ. `read(parameter, rows of it, range, room)` gives a tensor
/// of some of its rows.
template <class Read>
weight_view join_rows(const plan_weight& w, row_range wanted,
    std::span<const weight_view* const> sources, const Read& read, file_room& room) {
    weight_view out;
    bool is_first = true;
    for (const plan_weight_part& part : w.parts) {
        if (part.source < 0) continue;
        const dtype type = sources[static_cast<std::size_t>(part.source)]->type;
        out.type = is_first || out.type == type ? type : dtype::f64;
        is_first = false;
    }
    const std::size_t size = size_bytes(out.type);
    // Elements of an index along the axis; transformed weights have fewer of them in the file.
    const std::size_t taps
        = w.transform.empty() ? 1 : static_cast<std::size_t>(w.dims.h * w.dims.w);
    std::size_t inner = 1, outer = 1;
    for (int axis = w.axis + 1; axis < w.dims.rank; ++axis)
        inner *= static_cast<std::size_t>(w.dims[axis]);
    if (!w.transform.empty()) inner = inner / taps * 9;
    for (int axis = 0; axis < w.axis; ++axis)
        outer *= static_cast<std::size_t>(axis ? w.dims[axis] : wanted.count);
    const std::size_t along
        = static_cast<std::size_t>(w.axis ? w.dims[w.axis] : wanted.count) * inner;
    room.assign(outer * along * size, std::byte{0});

    std::size_t begin = 0;  // of a part, within one outer index
    file_room own;
    for (std::size_t k = 0; k < w.parts.size(); ++k) {
        const plan_weight one = w.alone(k);
        const row_range rows = rows_of_part(w, k, wanted);
        const std::size_t run
            = static_cast<std::size_t>(w.axis ? one.dims[w.axis] : rows.count) * inner;
        if (one.source >= 0 && rows.count) {
            const weight_view part = read(one.source, one.dims[0], rows, own);
            for (std::size_t o = 0; o < outer; ++o) {
                std::byte* to = room.data() + (o * along + begin) * size;
                const std::byte* from = part.bytes.data() + o * run * size_bytes(part.type);
                if (part.type == out.type) {
                    std::memcpy(to, from, run * size);
                    continue;
                }
                for (std::size_t i = 0; i < run; ++i) {
                    const double value = read_number(part.type, from + i * size_bytes(part.type));
                    std::memcpy(to + i * size, &value, size);
                }
            }
        }
        begin += run;
    }
    out.bytes = room;
    return out;
}

}  // namespace lamina::detail
