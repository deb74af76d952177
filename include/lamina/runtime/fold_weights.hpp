// SPDX-License-Identifier: Apache-2.0
// Carries out a plan's weight recipes: finds the tensors, folds batch norms in fp64, packs, rounds.
// Called once by an engine, which gives it the mapped device buffer; a few weights at a time.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/file_room.hpp>
#include <lamina/runtime/find_weights.hpp>
#include <lamina/runtime/fold_line.hpp>
#include <lamina/runtime/join_weights.hpp>
#include <lamina/runtime/pack_bytes.hpp>
#include <lamina/runtime/pack_constant.hpp>
#include <lamina/runtime/pack_groups.hpp>
#include <lamina/runtime/pack_weight.hpp>
#include <lamina/runtime/parallel.hpp>
#include <lamina/runtime/weight_range.hpp>
#include <lamina/runtime/weights.hpp>
#include <lamina/runtime/winograd.hpp>

namespace lamina {

namespace detail {

/// Part of a weight: some of the indices along axis 0, where that is the outermost one in packed
/// order. Its numbers lie together in the file and in packed memory.
struct weight_part {
    std::size_t weight;
    int first, count;
};

/// True for a weight of few bits whose file is one of GPTQ or AWQ.
inline bool is_in_groups(const plan_weight& w, std::span<const weight_view* const> sources) {
    return w.source >= 0 && groups_of(w).bits
        && sources[static_cast<std::size_t>(w.source)]->name.ends_with(".qweight");
}

/// Splits large weights into parts of about 4 MB, so that threads share them and only that much of the
/// file is in memory at a time; smaller weights stay whole.
inline std::vector<weight_part> parts_of(
    const plan_records& plan, std::span<const weight_view* const> sources) {
    constexpr std::size_t bytes_at_most = std::size_t{4} << 20;
    std::vector<weight_part> out;
    for (std::size_t i = 0; i < plan.weights.size(); ++i) {
        const plan_weight& w = plan.weights[i];
        const int rows = w.dims.rank ? w.dims[0] : 1;
        int step = rows;
        const std::size_t bytes = source_bytes(w, sources);
        if (bytes && !w.order.empty() && w.order[0] == 0 && !is_in_groups(w, sources)) {
            const std::size_t parts = bytes / bytes_at_most + 1;
            const int group = w.inner[0], groups = (rows + group - 1) / group;
            step = group * std::max(1, groups / static_cast<int>(parts));
        }
        for (int first = 0; first < rows; first += step)
            out.push_back({i, first, std::min(step, rows - first)});
    }
    return out;
}

/// A pool of memory for parts of a file, one for each packing thread.
struct spare_rooms {
    std::mutex taking;
    std::vector<file_room> all;
};
struct room_of {
    spare_rooms& from;
    file_room room;
    explicit room_of(spare_rooms& spare) : from(spare) {
        const std::lock_guard lock(from.taking);
        if (from.all.empty()) return;
        room = std::move(from.all.back());
        from.all.pop_back();
    }
    room_of(const room_of&) = delete;
    room_of& operator=(const room_of&) = delete;
    ~room_of() {
        try {
            const std::lock_guard lock(from.taking);
            from.all.push_back(std::move(room));
        } catch (...) {}  // then it is not used again
    }
};

/// Bytes of packed memory for each index along axis 0.
inline std::size_t packed_row_bytes(const plan_weight& w) {
    std::size_t bytes = size_bytes(w.type);
    for (int axis = 1; axis < w.dims.rank; ++axis) {
        const int inner = w.inner[static_cast<std::size_t>(axis)];
        bytes *= static_cast<std::size_t>((w.dims[axis] + inner - 1) / inner * inner);
    }
    return is_half_bytes(w) ? bytes / 2 : bytes;
}

/// What a plan names of its constant part must be there.
inline void check_constants(
    const plan_records& plan, std::span<const std::vector<std::uint32_t>> constants) {
    for (const plan_weight& w : plan.weights) {
        if (!w.constant) continue;
        const std::size_t number = static_cast<std::size_t>(w.constant);
        const std::size_t found = number <= constants.size() ? constants[number - 1].size() : 0;
        if (found != static_cast<std::size_t>(w.dims.count()))
            throw error(errc::plan_limits, "the plan",
                "plan: a weight is output " + std::to_string(number) + " of its constant part as "
                    + std::string(to_text(w.dims).view()) + ", which has " + std::to_string(found)
                    + " numbers there; the plan was damaged or made by faulty code, make it again");
    }
}

/// Whether all that a plan makes of each parameter are weights in groups.
inline std::vector<char> grouped_parameters(const plan_records& plan) {
    std::vector<char> out(plan.parameters.size(), 1);
    const auto exclude = [&](int parameter) {
        if (parameter >= 0) out[static_cast<std::size_t>(parameter)] = 0;
    };
    for (const plan_weight& w : plan.weights) {
        if (!groups_of(w).bits) exclude(w.source);
        for (const plan_weight_part& part : w.parts) exclude(part.source);
    }
    return out;
}

}  // namespace detail

/// Packs every weight of `plan` into `packed` (plan.weight_bytes of memory, such as a mapped device
/// buffer), several at once. `strict` rejects files with tensors that the plan does not read, except
/// for names that match one of `ignore` (`*`: any characters, `?`: one).
/// `constants` has what the plan's constant part computed, by output: bits of floats, or whole numbers.
/// Errors  LAM-R04 to LAM-R08; LAM-R12 other constants than the plan names; LAM-R22 a pattern that matches no
///         tensor.
/// Cost    host memory beyond `packed`: about 4 MB of the file per thread.
inline void fold_weights(const plan_records& plan, const weights& file, bool strict,
    std::span<std::byte> packed, std::span<const std::string> ignore = {},
    std::span<const std::vector<std::uint32_t>> constants = {}) {
    detail::check_constants(plan, constants);
    std::vector<const weight_view*> sources;
    std::deque<weight_view> given;  // numbers of the plan itself
    const std::vector<char> grouped = detail::grouped_parameters(plan);
    for (const plan_parameter& p : plan.parameters) {
        if (p.values.empty()) {
            sources.push_back(&detail::find_parameter(file, plan, p, grouped[sources.size()]));
        } else {
            given.push_back({p.name, dtype::f32, {1}, std::as_bytes(p.values)});
            sources.push_back(&given.back());
        }
    }
    detail::check_patterns(file, ignore);
    if (strict) detail::check_unused(file, plan, ignore);

    constexpr std::size_t nobody = ~std::size_t{0};
    std::vector<std::size_t> first_use(sources.size(), nobody);
    for (std::size_t i = 0; i < plan.weights.size(); ++i) {
        const plan_weight& w = plan.weights[i];
        const auto use = [&](int index) {
            if (index < 0) return;
            std::size_t& first = first_use[static_cast<std::size_t>(index)];
            first = std::min(first, i);
        };
        const auto use_all = [&](int source, const std::vector<plan_fold>& folds) {
            use(source);
            for (const plan_fold& fold : folds)
                for (int index : {fold.variance, fold.weight, fold.mean, fold.bias}) use(index);
        };
        use_all(w.source, w.folds);
        for (const int index : {w.bias, w.input_scale, w.input_zero_point}) use(index);
        for (const plan_weight_part& part : w.parts) use_all(part.source, part.folds);
    }

    detail::spare_rooms free_rooms;
    const std::vector<detail::weight_part> parts = detail::parts_of(plan, sources);
    const auto pack_part = [&](std::size_t number) {
        const auto [i, first, count] = parts[number];
        const plan_weight& whole = plan.weights[i];
        if (!whole.values.empty()) return detail::pack_constant(whole, packed);
        if (whole.constant) {
            plan_weight computed = whole;
            computed.values = constants[static_cast<std::size_t>(whole.constant) - 1];
            return detail::pack_constant(computed, packed);
        }
        // A tensor's values are checked once, by the first weight that uses it.
        const auto take = [&](int index) -> const weight_view& {
            const auto at = static_cast<std::size_t>(index);
            if (first_use[at] == i && first == 0 && index != whole.source) {
                weight_view tensor = *sources[at];
                file_room room;
                tensor.bytes = file.read(tensor.bytes, room);
                detail::check_values(file, tensor);
            }
            return *sources[at];
        };
        const bool folds = detail::has_folds(whole);
        const detail::fold_line line
            = folds ? detail::line_of_all(whole, take, file) : detail::fold_line();
        const std::ptrdiff_t start = whole.axis == 0 ? first : 0;
        const double* factors = folds ? line.factor.data() + start : nullptr;
        const double* shifts = folds ? line.shift.data() + start : nullptr;

        plan_weight w = whole;
        weight_view source;
        detail::room_of rooms(free_rooms);
        if (w.dims.rank) w.dims.at(0) = count;
        const auto read
            = [&](int parameter, int all_rows, detail::row_range rows, file_room& room) {
                  const auto at = static_cast<std::size_t>(parameter);
                  weight_view tensor = *sources[at];
                  const std::size_t row = tensor.bytes.size() / static_cast<std::size_t>(all_rows);
                  tensor.bytes
                      = file.read(tensor.bytes.subspan(static_cast<std::size_t>(rows.first) * row,
                                      static_cast<std::size_t>(rows.count) * row),
                          room);
                  if (first_use[at] == i)
                      detail::check_values(file, tensor,
                          static_cast<std::size_t>(rows.first) * row / size_bytes(tensor.type));
                  return tensor;
              };
        std::optional<detail::group_file> in_groups;
        const plan_parameter* const read_from
            = w.source < 0 ? nullptr : &plan.parameters[static_cast<std::size_t>(w.source)];
        if (detail::is_in_groups(whole, sources))
            in_groups.emplace(file, read_from->name, read_from->dims, groups_of(w));
        else if (w.source >= 0)
            source
                = read(w.source, whole.dims.rank ? whole.dims[0] : 1, {first, count}, rooms.room);
        else if (!w.parts.empty())
            source = detail::join_rows(whole, {first, count}, sources, read, rooms.room);
        std::byte* to = packed.data() + w.offset
            + static_cast<std::size_t>(first) * detail::packed_row_bytes(w);
        if (groups_of(w).bits) {
            const int wide = w.inner[0];
            return detail::pack_groups(w, first, count, source, in_groups ? &*in_groups : nullptr,
                static_cast<std::size_t>((count + wide - 1) / wide * wide)
                    * detail::packed_row_bytes(w),
                to);
        }
        if (is_byte_transform(w.transform))
            return detail::pack_bytes(whole, first, count, source, factors, file, take, to);
        const auto pack = w.transform.empty() ? detail::pack : detail::pack_winograd;
        pack(w, source.type, source.bytes.data(), factors, shifts, to);  // null without a source
        const int group = w.inner.empty() ? 1 : w.inner[0];
        const std::size_t rows = static_cast<std::size_t>((count + group - 1) / group * group);
        const std::span<std::byte> made(to, rows * detail::packed_row_bytes(w));
        if (w.tf32) detail::round_to_tf32(made);
        if (!detail::may_overflow(w, source.type, folds)) return;
        if (!detail::holds_infinity(w.type, made)) return;
        if (w.parts.empty())
            detail::report_range(file, w, source, first, factors, shifts, false, take);
        // The last part that the rows reach is named where no number alone is too large.
        std::size_t last = 0;
        for (std::size_t k = 0; k < w.parts.size(); ++k)
            if (detail::rows_of_part(whole, k, {first, count}).count) last = k;
        for (std::size_t k = 0; k < w.parts.size(); ++k) {
            plan_weight one = whole.alone(k);
            const detail::row_range own = detail::rows_of_part(whole, k, {first, count});
            if (!own.count) continue;
            weight_view tensor;
            if (one.source >= 0) tensor = read(one.source, one.dims[0], own, rooms.room);
            one.dims.at(0) = own.count;
            const std::ptrdiff_t begin
                = whole.parts[k].first + (whole.axis == 0 ? own.first - first : 0);
            detail::report_range(file, one, tensor, own.first, folds ? factors + begin : nullptr,
                folds ? shifts + begin : nullptr, k != last, take);
        }
    };
    detail::in_parallel(parts.size(), pack_part, detail::copying_threads());
}

}  // namespace lamina
