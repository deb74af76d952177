// SPDX-License-Identifier: Apache-2.0
// Carries out a plan's weight recipes: finds the tensors, folds batch norms in fp64, packs, rounds.
// Called once by an engine, which gives it the mapped device buffer; one weight at a time.
#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/half.hpp>
#include <lamina/runtime/weights.hpp>
#include <lamina/runtime/winograd.hpp>

namespace lamina {

namespace detail {

/// A number of a weights file at any address, in fp64.
template <dtype Type> double read_number(const std::byte* from) {
    const auto as = [from](auto value) {
        std::memcpy(&value, from, sizeof value);
        return value;
    };
    if constexpr (Type == dtype::f64) return as(double{});
    if constexpr (Type == dtype::f32) return static_cast<double>(as(float{}));
    if constexpr (Type == dtype::f16) return static_cast<double>(from_half(as(std::uint16_t{})));
    if constexpr (Type == dtype::bf16) return static_cast<double>(from_bfloat(as(std::uint16_t{})));
}

/// Calls visit.operator()<type>() for one of the four types that weights may have.
template <class Visit> auto with_type(dtype type, Visit visit) {
    switch (type) {
        case dtype::f16: return visit.template operator()<dtype::f16>();
        case dtype::bf16: return visit.template operator()<dtype::bf16>();
        case dtype::f64: return visit.template operator()<dtype::f64>();
        default: return visit.template operator()<dtype::f32>();
    }
}

/// Where the first NaN or infinity is; the count when there is none.
inline std::size_t first_not_finite(const weight_view& tensor) {
    return with_type(tensor.type, [&]<dtype Type>() -> std::size_t {
        constexpr std::size_t size = size_bytes(Type), block = 4096;
        const std::byte* data = tensor.bytes.data();
        const std::size_t count = tensor.bytes.size() / size;
        for (std::size_t at = 0; at < count; at += block) {
            // A finite number minus itself is 0; the sum keeps what is not.
            const std::size_t end = std::min(count, at + block);
            bool bad = false;
            for (std::size_t i = at; i < end; ++i) {
                if constexpr (Type == dtype::f32) {
                    std::uint32_t bits;
                    std::memcpy(&bits, data + i * 4, 4);
                    bad |= (bits & 0x7f800000u) == 0x7f800000u;
                } else {
                    bad |= !std::isfinite(read_number<Type>(data + i * size));
                }
            }
            if (!bad) continue;
            for (std::size_t i = at; i < end; ++i)
                if (!std::isfinite(read_number<Type>(data + i * size))) return i;
        }
        return count;
    });
}

/// The tensor of a parameter, with the name, shape, type and values that the plan counts on.
inline const weight_view& find_parameter(const weights& file, const plan_parameter& wanted) {
    const std::string name(wanted.name);
    const auto fault = [&](errc code, const std::string& what) {
        throw error(code, name, file.label() + ": " + what);
    };
    const weight_view* found = file.find(wanted.name);
    if (!found) {
        const std::string nearest = file.nearest(wanted.name);
        fault(errc::tensor_missing,
            "no tensor '" + name + "'"
                + (nearest.empty() ? ", and none of a name like it" : "; nearest is '" + nearest
                        + "'")
                + "; check the name, or whether the file was exported from another model");
    }
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
            "tensor '" + name + "' is of type " + std::string(to_text(found->type))
                + ", weights are f32, f16, bf16 or f64; convert it before the export");
    return *found;
}

inline void check_values(const weights& file, const weight_view& tensor) {
    const std::size_t bad = first_not_finite(tensor);
    if (bad * size_bytes(tensor.type) >= tensor.bytes.size()) return;
    const double value = with_type(tensor.type, [&]<dtype Type>() {
        return read_number<Type>(tensor.bytes.data() + bad * size_bytes(Type));
    });
    throw error(errc::tensor_value, std::string(tensor.name),
        file.label() + ": tensor '" + std::string(tensor.name) + "' holds "
            + (std::isnan(value) ? "NaN" : "infinity") + " at element " + std::to_string(bad)
            + ", finite numbers are expected; train or export the model again");
}

/// Tensors of the file that no parameter asks for are a sign of another model.
inline void check_unused(const weights& file, const plan_records& plan) {
    std::unordered_set<std::string_view> wanted;
    for (const plan_parameter& p : plan.parameters) wanted.insert(p.name);
    std::string names;
    std::size_t count = 0;
    for (const weight_view& tensor : file.all()) {
        if (wanted.contains(tensor.name) || tensor.name.ends_with("num_batches_tracked")) continue;
        if (++count <= 3) names += (count > 1 ? ", '" : "'") + std::string(tensor.name) + "'";
    }
    if (count)
        throw error(errc::tensor_unused, file.label(),
            file.label() + ": " + std::to_string(count)
                + (count == 1 ? " tensor is" : " tensors are") + " not read by the network: "
                + names + (count > 3 ? ", ..." : "")
                + "; check that the file is of this model, or make the engine with "
                  "{.strict = false}");
}

/// What folds do to the numbers along their axis: x becomes x * factor + shift.
struct fold_line {
    Eigen::ArrayXd factor, shift;
};

/// The numbers of a small tensor.
inline Eigen::ArrayXd read_array(const weight_view& tensor) {
    return with_type(tensor.type, [&]<dtype Type>() {
        Eigen::ArrayXd out(static_cast<Eigen::Index>(tensor.bytes.size() / size_bytes(Type)));
        for (Eigen::Index i = 0; i < out.size(); ++i)
            out[i] = read_number<Type>(
                tensor.bytes.data() + static_cast<std::size_t>(i) * size_bytes(Type));
        return out;
    });
}

/// One sub-axis of the packed order: how far a step goes in the source and along its axis.
struct sub_axis {
    std::size_t extent, stride;
    int axis, step;
};

/// Writes the elements of one weight in packed order. `Fold` is false where the line is 1, 0.
template <dtype Type, class Store, bool Fold>
void pack(const plan_weight& w, const std::byte* source, const fold_line& line, Store* to) {
    constexpr std::size_t size = size_bytes(Type);
    const auto store = [](double value) {
        if constexpr (sizeof(Store) == 4) return static_cast<float>(value);
        else return to_half(static_cast<float>(value));
    };
    std::array<sub_axis, 2 * max_rank> subs{};
    std::size_t count = 0;
    for (std::uint8_t sub : w.order) {
        const int axis = sub / 2, inner = w.inner[static_cast<std::size_t>(axis)];
        const auto stride = static_cast<std::size_t>(row_major_stride(w.dims, axis));
        const int outer = (w.dims[axis] + inner - 1) / inner;
        const sub_axis each = sub % 2
            ? sub_axis{static_cast<std::size_t>(inner), stride, axis, 1}
            : sub_axis{static_cast<std::size_t>(outer), stride * static_cast<std::size_t>(inner),
                axis, inner};
        if (each.extent > 1) subs[count++] = each;
    }
    if (count == 0) subs[count++] = {1, 0, 0, 1};

    // Without a source every element is the same zero.
    static constexpr std::byte zero[8] = {};
    const std::byte* base = source ? source : zero;
    const std::size_t unit = source ? size : 0;
    const sub_axis run = subs[count - 1];
    std::array<std::size_t, 2 * max_rank> at{};
    std::array<int, max_rank> position{};  // along each axis, of the run's first element
    std::size_t offset = 0;                // elements into the source
    const auto fold_axis = static_cast<std::size_t>(w.axis);
    for (;;) {
        // Elements of this run that exist; the rest is padding.
        std::size_t valid = run.extent;
        for (int axis = 0; axis < w.dims.rank; ++axis) {
            const int left = w.dims[axis] - position[static_cast<std::size_t>(axis)];
            if (left <= 0) valid = 0;
            else if (axis == run.axis)
                valid = std::min(valid, static_cast<std::size_t>((left + run.step - 1) / run.step));
        }
        const std::byte* from = base + offset * unit;
        const std::size_t jump = run.stride * unit;
        if constexpr (Fold) {
            const auto first = position[fold_axis];
            const int step = w.axis == run.axis ? run.step : 0;
            const double* factor = line.factor.data() + first;
            const double* shift = line.shift.data() + first;
            for (std::size_t i = 0; i < valid; ++i, from += jump, factor += step, shift += step)
                *to++ = store(read_number<Type>(from) * *factor + *shift);
        } else {
            for (std::size_t i = 0; i < valid; ++i, from += jump)
                *to++ = store(read_number<Type>(from));
        }
        for (std::size_t i = valid; i < run.extent; ++i) *to++ = Store{};

        std::size_t k = count - 1;
        while (k-- > 0) {
            const sub_axis& s = subs[k];
            int& along = position[static_cast<std::size_t>(s.axis)];
            along += s.step;
            offset += s.stride;
            if (++at[k] < s.extent) break;
            along -= static_cast<int>(s.extent) * s.step;
            offset -= s.extent * s.stride;
            at[k] = 0;
        }
        if (k == static_cast<std::size_t>(-1)) return;
    }
}

/// The same for 3x3 filters that a transform makes larger. `line` may be null: 1, 0.
template <dtype Type, class Store>
void pack_transformed(
    const plan_weight& w, const std::byte* source, const fold_line* line, Store* to) {
    const auto read = [&](int out, int in, int tap) {
        const auto at = (static_cast<std::size_t>(out) * static_cast<std::size_t>(w.dims.c)
                            + static_cast<std::size_t>(in)) * 9 + static_cast<std::size_t>(tap);
        const double value = read_number<Type>(source + at * size_bytes(Type));
        const Eigen::Index along = w.axis ? in : out;
        return line ? value * line->factor[along] + line->shift[along] : value;
    };
    const auto store = [](double value) {
        if constexpr (sizeof(Store) == 4) return static_cast<float>(value);
        else return to_half(static_cast<float>(value));
    };
    pack_winograd(w, read, store, to);
}

}  // namespace detail

/// Packs every weight of `plan` into `packed` (plan.weight_bytes of memory, such as a mapped device
/// buffer). `strict` refuses files with tensors that the plan does not read.
/// Errors  LAM-R04 to LAM-R08.
/// Cost    see tests; host memory beyond `packed`: one tensor's pages.
inline void fold_weights(const plan_records& plan, const weights& file, bool strict,
    std::span<std::byte> packed) {
    std::vector<const weight_view*> sources;
    for (const plan_parameter& p : plan.parameters)
        sources.push_back(&detail::find_parameter(file, p));
    if (strict) detail::check_unused(file, plan);

    std::vector<std::size_t> last_use(sources.size(), 0);
    for (std::size_t i = 0; i < plan.weights.size(); ++i)
        if (plan.weights[i].source >= 0)
            last_use[static_cast<std::size_t>(plan.weights[i].source)] = i;
    std::vector<bool> checked(sources.size(), false);
    const auto take = [&](int index) -> const weight_view& {
        const auto at = static_cast<std::size_t>(index);
        if (!checked[at]) detail::check_values(file, *sources[at]);
        checked[at] = true;
        return *sources[at];
    };

    for (std::size_t i = 0; i < plan.weights.size(); ++i) {
        const plan_weight& w = plan.weights[i];
        const weight_view* source = w.source >= 0 ? &take(w.source) : nullptr;
        const bool scales = w.role == weight_role::scale;
        const bool folds = !w.folds.empty() || !source;
        detail::fold_line line;
        if (folds) {
            const Eigen::Index length = w.dims.rank ? w.dims[w.axis] : 1;
            // Without a source a scale starts from ones, a shift from zeros.
            line.factor = Eigen::ArrayXd::Ones(length);
            line.shift = Eigen::ArrayXd::Constant(length, !source && scales ? 1.0 : 0.0);
            for (const plan_fold& fold : w.folds) {
                Eigen::ArrayXd s = Eigen::ArrayXd::Ones(length);
                if (fold.variance >= 0)
                    s /= (detail::read_array(take(fold.variance)) + static_cast<double>(fold.eps))
                             .sqrt();
                if (fold.weight >= 0) s *= detail::read_array(take(fold.weight));
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
                    if (fold.mean >= 0) line.shift -= detail::read_array(take(fold.mean));
                    line.shift *= s;
                    if (fold.bias >= 0) line.shift += detail::read_array(take(fold.bias));
                }
            }
        }
        std::byte* to = packed.data() + w.offset;
        const std::byte* from = source ? source->bytes.data() : nullptr;
        detail::with_type(source ? source->type : dtype::f32, [&]<dtype Type>() {
            const auto run = [&](auto* typed) {
                using store = std::remove_pointer_t<decltype(typed)>;
                if (!w.transform.empty())
                    detail::pack_transformed<Type>(w, from, folds ? &line : nullptr, typed);
                else if (folds)
                    detail::pack<Type, store, true>(w, from, line, typed);
                else
                    detail::pack<Type, store, false>(w, from, line, typed);
            };
            if (w.type == dtype::f16)
                run(reinterpret_cast<std::uint16_t*>(to));
            else
                run(reinterpret_cast<float*>(to));
        });
        if (source && last_use[static_cast<std::size_t>(w.source)] == i) file.release(*source);
    }
}

}  // namespace lamina
