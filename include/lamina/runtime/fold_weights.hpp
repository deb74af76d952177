// SPDX-License-Identifier: Apache-2.0
// Carries out a plan's weight recipes: finds the tensors, folds batch norms in fp64, packs, rounds.
// Called once by an engine, which gives it the mapped device buffer; a few weights at a time.
#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/pack_weight.hpp>
#include <lamina/runtime/parallel.hpp>
#include <lamina/runtime/weight_range.hpp>
#include <lamina/runtime/weights.hpp>
#include <lamina/runtime/winograd.hpp>

namespace lamina {

namespace detail {

/// "; nearest is 'conv_1.weight'": what a missing tensor may be called in the file. Looks only at
/// tensors that the plan does not ask for: the others are right where they are.
inline std::string missing_advice(
    const weights& file, const plan_records& plan, std::string_view wanted) {
    const auto ends_behind_dot = [](std::string_view all, std::string_view end) {
        return all.size() > end.size() && all.ends_with(end)
            && all[all.size() - end.size() - 1] == '.';
    };
    std::unordered_set<std::string_view> asked;
    for (const plan_parameter& p : plan.parameters) asked.insert(p.name);
    std::string_view best;
    std::size_t least = wanted.size() / 2 + 1;
    for (const weight_view& tensor : file.all()) {
        if (ends_behind_dot(tensor.name, wanted)) {
            const std::string before(tensor.name.substr(0, tensor.name.size() - wanted.size()));
            if (std::all_of(file.all().begin(), file.all().end(),
                    [&](const weight_view& other) { return other.name.starts_with(before); }))
                return "; every name there begins with '" + before
                    + "': write weights::open(path, {.prefix = \"" + before
                    + "\"}), or export with --strip " + before;
        }
        if (asked.contains(tensor.name)) continue;
        if (ends_behind_dot(wanted, tensor.name))
            return "; it has '" + std::string(tensor.name) + "', without '"
                + std::string(wanted.substr(0, wanted.size() - tensor.name.size()))
                + "': check the layer's name";
        if (const std::size_t far = edit_distance(wanted, tensor.name); far < least) {
            least = far;
            best = tensor.name;
        }
    }
    return (best.empty() ? ", and none of a name like it is left over"
                         : "; nearest is '" + std::string(best) + "'")
        + "; check the name, or whether the file was exported from another model";
}

/// The tensor of a parameter, with the name, shape, type and values that the plan counts on.
inline const weight_view& find_parameter(
    const weights& file, const plan_records& plan, const plan_parameter& wanted) {
    const std::string name(wanted.name);
    const auto fault = [&](errc code, const std::string& what) {
        throw error(code, name, file.label() + ": " + what);
    };
    const weight_view* found = file.find(wanted.name);
    if (!found)
        fault(errc::tensor_missing,
            "no tensor '" + name + "'" + missing_advice(file, plan, wanted.name));
    const auto expected = static_cast<std::uint64_t>(wanted.dims.count());
    std::string has;
    std::uint64_t count = 1;
    bool same = found->dims.size() == static_cast<std::size_t>(wanted.dims.rank);
    for (std::size_t axis = 0; axis < found->dims.size(); ++axis) {
        has += (axis ? "x" : "") + std::to_string(found->dims[axis]);
        count *= static_cast<std::uint64_t>(found->dims[axis]);
        same = same && found->dims[axis] == wanted.dims[static_cast<int>(axis)];
    }
    if (found->shapeless ? count != expected : !same)
        fault(errc::tensor_shape,
            "tensor '" + name + "' is " + (has.empty() ? "scalar" : has)
                + (found->shapeless ? " elements, the network wants " : ", the network wants ")
                + std::string(to_text(wanted.dims).view())
                + (found->shapeless ? " = " + std::to_string(expected) : "")
                + "; check the layer's sizes against the exported model");
    if (found->type > dtype::f64)
        fault(errc::tensor_dtype,
            "tensor '" + name + "' is of type "
                + std::string(found->type == dtype::other ? found->type_name : to_text(found->type))
                + ", weights are f32, f16, bf16 or f64; convert it before the export");
    return *found;
}

/// `skipped` elements lie before those of `tensor` in the file's tensor of that name.
inline void check_values(const weights& file, const weight_view& tensor, std::size_t skipped = 0) {
    const std::size_t bad = first_not_finite(tensor);
    if (bad * size_bytes(tensor.type) >= tensor.bytes.size()) return;
    const double value = with_type(tensor.type, [&]<dtype Type>() {
        return read_number<Type>(tensor.bytes.data() + bad * size_bytes(Type));
    });
    throw error(errc::tensor_value, std::string(tensor.name),
        file.label() + ": tensor '" + std::string(tensor.name) + "' holds "
            + (std::isnan(value) ? "NaN" : "infinity") + " at element "
            + std::to_string(skipped + bad)
            + ", finite numbers are expected; train or export the model again");
}

/// Tensors of the file that no parameter asks for are a sign of another model, unless `ignore` has a
/// pattern for them.
inline void check_unused(
    const weights& file, const plan_records& plan, std::span<const std::string> ignore) {
    std::unordered_set<std::string_view> wanted, parts;
    for (const plan_parameter& p : plan.parameters) {
        wanted.insert(p.name);
        parts.insert(first_part_of(p.name));
    }
    std::string names, pattern;
    std::size_t count = 0;
    for (const weight_view& tensor : file.all()) {
        const std::string_view name = tensor.name;
        if (wanted.contains(name) || name.ends_with("num_batches_tracked")) continue;
        if (std::any_of(ignore.begin(), ignore.end(),
                [&](const std::string& one) { return matches(one, name); }))
            continue;
        if (++count <= 3) names += (count > 1 ? ", '" : "'") + std::string(name) + "'";
        const std::string_view part = first_part_of(name);
        if (count == 1)
            pattern = part.empty() || parts.contains(part) ? std::string(name)
                                                           : std::string(part) + "*";
    }
    if (count)
        throw error(errc::tensor_unused, file.label(),
            file.label() + ": " + std::to_string(count)
                + (count == 1 ? " tensor is" : " tensors are")
                + " not read by the network: " + names + (count > 3 ? ", ..." : "")
                + "; check that the file is of this model (a missing .bias = true?), or make the "
                  "engine with {.ignore = {\""
                + pattern
                + "\"}} for what is not run, or with "
                  "{.strict = false}");
}

/// A pattern that no tensor is of is a mistake, or what is left of another model.
inline void check_patterns(const weights& file, std::span<const std::string> ignore) {
    for (const std::string& one : ignore)
        if (std::none_of(file.all().begin(), file.all().end(),
                [&](const weight_view& tensor) { return matches(one, tensor.name); }))
            throw error(errc::option, one,
                file.label() + ": no tensor is called '" + one
                    + "', which engine_options::ignore names; correct the pattern or remove it");
}

/// What folds do to the numbers along their axis: x becomes x * factor + shift.
struct fold_line {
    Eigen::ArrayXd factor, shift;
};

/// The numbers of a small tensor.
inline Eigen::ArrayXd read_array(const weights& file, const weight_view& in_file) {
    std::vector<std::byte> room;
    weight_view tensor = in_file;
    tensor.bytes = file.read(tensor.bytes, room);
    return with_type(tensor.type, [&]<dtype Type>() {
        Eigen::ArrayXd out(static_cast<Eigen::Index>(tensor.bytes.size() / size_bytes(Type)));
        for (Eigen::Index i = 0; i < out.size(); ++i)
            out[i] = read_number<Type>(
                tensor.bytes.data() + static_cast<std::size_t>(i) * size_bytes(Type));
        return out;
    });
}

/// The folds of a weight put together; `take` gives the tensor of a parameter.
template <class Take>
fold_line line_of(const plan_weight& w, const Take& take, const weights& file) {
    fold_line line;
    const bool scales = w.role == weight_role::scale;
    const Eigen::Index length = w.dims.rank ? w.dims[w.axis] : 1;
    // Without a source a scale starts from ones, a shift from zeros.
    line.factor = Eigen::ArrayXd::Ones(length);
    line.shift = Eigen::ArrayXd::Constant(length, w.source < 0 && scales ? 1.0 : 0.0);
    for (const plan_fold& fold : w.folds) {
        Eigen::ArrayXd s = Eigen::ArrayXd::Ones(length);
        if (fold.variance >= 0)
            s /= (read_array(file, take(fold.variance)) + static_cast<double>(fold.eps)).sqrt();
        if (fold.weight >= 0) s *= read_array(file, take(fold.weight));
        if (!s.isFinite().all())
            throw error(errc::tensor_value, file.label(),
                file.label() + ": folding '"
                    + std::string(fold.variance >= 0 ? take(fold.variance).name : "")
                    + "' divides by the root of a number that is not above 0; check the "
                      "variances of the exported model");
        line.factor *= s;
        if (scales) {
            line.shift *= s;
        } else {
            if (fold.mean >= 0) line.shift -= read_array(file, take(fold.mean));
            line.shift *= s;
            if (fold.bias >= 0) line.shift += read_array(file, take(fold.bias));
        }
    }
    return line;
}

/// As pack(), for 3x3 filters that a transform makes larger; factors and shifts may be null.
template <dtype Type, class Store>
void pack_transformed(const plan_weight& w, const std::byte* source, const double* factors,
    const double* shifts, Store* to) {
    const auto read = [&](int out, int in, int tap) {
        const auto at = (static_cast<std::size_t>(out) * static_cast<std::size_t>(w.dims.c)
                            + static_cast<std::size_t>(in))
                * 9
            + static_cast<std::size_t>(tap);
        const double value = read_number<Type>(source + at * size_bytes(Type));
        const int along = w.axis ? in : out;
        return factors ? value * factors[along] + shifts[along] : value;
    };
    pack_winograd(w, read, rounded<Store>, to);
}

/// Part of a weight: some of the indices along axis 0, where that is the outermost one in packed
/// order. Its numbers lie together in the file and in packed memory.
struct weight_part {
    std::size_t weight;
    int first, count;
};

/// Large weights in parts of some 4 MB, so that threads share them and no more of the file than
/// that is in memory at a time; the others as they are.
inline std::vector<weight_part> parts_of(
    const plan_records& plan, std::span<const weight_view* const> sources) {
    constexpr std::size_t bytes_at_most = std::size_t{4} << 20;
    std::vector<weight_part> out;
    for (std::size_t i = 0; i < plan.weights.size(); ++i) {
        const plan_weight& w = plan.weights[i];
        const int rows = w.dims.rank ? w.dims[0] : 1;
        int step = rows;
        if (w.source >= 0 && !w.order.empty() && w.order[0] == 0) {
            const std::size_t bytes = sources[static_cast<std::size_t>(w.source)]->bytes.size();
            const std::size_t parts = bytes / bytes_at_most + 1;
            const int group = w.inner[0], groups = (rows + group - 1) / group;
            step = group * std::max(1, groups / static_cast<int>(parts));
        }
        for (int first = 0; first < rows; first += step)
            out.push_back({i, first, std::min(step, rows - first)});
    }
    return out;
}

/// Memory for parts of a file, one for each thread that packs, taken and given back.
struct spare_rooms {
    std::mutex taking;
    std::vector<std::vector<std::byte>> all;
};
struct room_of {
    spare_rooms& from;
    std::vector<std::byte> room;
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
    return bytes;
}

}  // namespace detail

/// Packs every weight of `plan` into `packed` (plan.weight_bytes of memory, such as a mapped device
/// buffer), several at once. `strict` refuses files with tensors that the plan does not read, but
/// for those of a name that one of `ignore` matches (`*`: any characters, `?`: one).
/// Errors  LAM-R04 to LAM-R08; LAM-R22 a pattern that no tensor is of.
/// Cost    see tests; host memory beyond `packed`: some 4 MB of the file a thread.
inline void fold_weights(const plan_records& plan, const weights& file, bool strict,
    std::span<std::byte> packed, std::span<const std::string> ignore = {}) {
    std::vector<const weight_view*> sources;
    for (const plan_parameter& p : plan.parameters)
        sources.push_back(&detail::find_parameter(file, plan, p));
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
        use(w.source);
        for (const plan_fold& fold : w.folds)
            for (int index : {fold.variance, fold.weight, fold.mean, fold.bias}) use(index);
    }

    detail::spare_rooms free_rooms;
    const std::vector<detail::weight_part> parts = detail::parts_of(plan, sources);
    detail::in_parallel(parts.size(), [&](std::size_t number) {
        const auto [i, first, count] = parts[number];
        const plan_weight& whole = plan.weights[i];
        // A tensor's values are looked at once, by the first weight that has to do with it.
        const auto take = [&](int index) -> const weight_view& {
            const auto at = static_cast<std::size_t>(index);
            if (first_use[at] == i && first == 0 && index != whole.source) {
                weight_view tensor = *sources[at];
                std::vector<std::byte> room;
                tensor.bytes = file.read(tensor.bytes, room);
                detail::check_values(file, tensor);
            }
            return *sources[at];
        };
        const bool folds = !whole.folds.empty() || whole.source < 0;
        const detail::fold_line line
            = folds ? detail::line_of(whole, take, file) : detail::fold_line();
        const std::ptrdiff_t start = whole.axis == 0 ? first : 0;
        const double* factors = folds ? line.factor.data() + start : nullptr;
        const double* shifts = folds ? line.shift.data() + start : nullptr;

        plan_weight w = whole;
        weight_view source;
        detail::room_of rooms(free_rooms);
        if (w.dims.rank) w.dims.at(0) = count;
        if (w.source >= 0) {
            const auto at = static_cast<std::size_t>(w.source);
            source = *sources[at];
            const auto rows = static_cast<std::size_t>(whole.dims.rank ? whole.dims[0] : 1);
            const std::size_t row = source.bytes.size() / rows;
            source.bytes = file.read(source.bytes.subspan(static_cast<std::size_t>(first) * row,
                                         static_cast<std::size_t>(count) * row),
                rooms.room);
            if (first_use[at] == i)
                detail::check_values(
                    file, source, static_cast<std::size_t>(first) * row / size_bytes(source.type));
        }
        std::byte* to = packed.data() + w.offset
            + static_cast<std::size_t>(first) * detail::packed_row_bytes(w);
        const std::byte* from = w.source >= 0 ? source.bytes.data() : nullptr;
        detail::with_type(w.source >= 0 ? source.type : dtype::f32, [&]<dtype Type>() {
            const auto run = [&](auto* typed) {
                using store = std::remove_pointer_t<decltype(typed)>;
                if (!w.transform.empty())
                    detail::pack_transformed<Type>(w, from, factors, shifts, typed);
                else if (folds)
                    detail::pack<Type, store, true>(w, from, factors, shifts, typed);
                else
                    detail::pack<Type, store, false>(w, from, nullptr, nullptr, typed);
            };
            if (w.type == dtype::f16)
                run(reinterpret_cast<std::uint16_t*>(to));
            else
                run(reinterpret_cast<float*>(to));
        });
        const dtype from_type = w.source >= 0 ? source.type : dtype::f32;
        if (detail::may_overflow(w, from_type, folds)) {
            const int group = w.inner.empty() ? 1 : w.inner[0];
            const std::size_t rows = static_cast<std::size_t>((count + group - 1) / group * group);
            detail::check_range(file, w, source, first, factors, shifts,
                {to, rows * detail::packed_row_bytes(w)}, take);
        }
    });
}

}  // namespace lamina
