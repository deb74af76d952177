// SPDX-License-Identifier: Apache-2.0
// Detects finite weights that exceed the range of the type which a plan stores, in the file or after
// folding: an error with name, element and value. Called by fold_weights.hpp.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include <lamina/core/error.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/pack_weight.hpp>
#include <lamina/runtime/weights.hpp>

namespace lamina::detail {

/// Whether numbers that fit the file's type, folded or not, may be too large for the packed one.
inline bool may_overflow(const plan_weight& w, dtype from, bool folds) {
    return folds || from == dtype::f64 || (size_bytes(w.type) == 2 && from != w.type)
        || !w.transform.empty();
}

/// True if packed numbers hold infinity: a finite number became too large for their type.
inline bool holds_infinity(dtype type, std::span<const std::byte> packed) {
    weight_view made;
    made.type = type;
    made.bytes = packed;
    return first_not_finite(made) * size_bytes(type) < packed.size();
}

/// Throws about the number that became too large for the type that the plan stores; it is looked for
/// in the file's order. Returns if there is none and `may_miss`. `first` is the source's first index
/// along axis 0; factors and shifts begin at the first one along the weight's axis.
template <class Take>
void report_range(const weights& file, const plan_weight& w, const weight_view& source, int first,
    const double* factors, const double* shifts, bool may_miss, const Take& take) {
    const double most = largest_number(w.type);
    shape dims = w.dims;  // as in the file
    if (!w.transform.empty()) dims.at(2) = dims.at(3) = 3;
    const auto count = static_cast<std::size_t>(dims.count());
    const auto inner = static_cast<std::size_t>(row_major_stride(dims, w.axis));
    std::size_t bad = 0;
    double value = 0;
    bool found = false;
    for (std::size_t i = 0; i < count && std::isfinite(value); ++i) {
        const std::size_t along
            = dims.rank ? i / inner % static_cast<std::size_t>(dims[w.axis]) : 0;
        double here = w.source < 0
            ? 0
            : read_number(source.type, source.bytes.data() + i * size_bytes(source.type));
        if (factors) here = here * factors[along] + shifts[along];
        const bool fits = std::isfinite(as_stored(w.type, here));
        bad = i;
        value = here;
        found = !fits;
        if (found) break;
    }
    if (!found && may_miss) return;
    bad += static_cast<std::size_t>(first)
        * (count / static_cast<std::size_t>(dims.rank ? dims[0] : 1));
    std::string norms;
    for (const plan_fold& fold : w.folds) {
        std::string_view norm;
        for (int index : {fold.weight, fold.bias, fold.mean, fold.variance})
            if (index >= 0) norm = take(index).name;
        norms += (norms.empty() ? "'" : ", '") + std::string(norm.substr(0, norm.rfind('.'))) + "'";
    }
    char number[32], limit[32];
    std::snprintf(number, sizeof number, "%.7g", value);
    std::snprintf(limit, sizeof limit, "%.7g", most);
    const std::string name(w.source >= 0 ? source.name : std::string_view());
    const std::string where = std::string(number) + " at element " + std::to_string(bad);
    std::string what = "tensor '" + name + "' holds " + where;
    if (!norms.empty())
        what = w.source >= 0 ? "tensor '" + name + "' becomes " + where + " once batch norm "
                + norms + " is folded into it"
                             : "batch norm " + norms
                + (w.role == weight_role::scale ? " scales by " : " shifts by ") + where;
    if (!w.transform.empty()) what += ", and more once its filters are transformed";
    throw error(errc::tensor_value, name.empty() ? norms : name,
        file.label() + ": " + what + ", the plan stores " + std::string(to_text(w.type))
            + ", which holds up to " + limit
            + (w.type != dtype::f32 ? "; plan with precision::fp32, or scale the weights down"
                                    : "; scale the weights down"));
}

}  // namespace lamina::detail
