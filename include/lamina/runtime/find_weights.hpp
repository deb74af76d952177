// SPDX-License-Identifier: Apache-2.0
// Finds the tensors that a plan needs in a weights file and checks names, shapes, types and values. Used by
// fold_weights.hpp.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include <lamina/core/error.hpp>
#include <lamina/core/pattern.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/edit_distance.hpp>
#include <lamina/runtime/group_file.hpp>
#include <lamina/runtime/pack_weight.hpp>
#include <lamina/runtime/weight_range.hpp>
#include <lamina/runtime/weights.hpp>

namespace lamina::detail {

/// "; nearest is 'conv_1.weight'": a suggestion for a missing tensor. Considers only tensors that the plan
/// does not read.
inline std::string missing_advice(
    const weights& file, const plan_records& plan, std::string_view wanted) {
    const auto ends_behind_dot = [](std::string_view all, std::string_view end) {
        return all.size() > end.size() && all.ends_with(end)
            && all[all.size() - end.size() - 1] == '.';
    };
    std::unordered_set<std::string_view> asked;
    for (const plan_parameter& p : plan.parameters) asked.insert(p.name);
    std::string_view best, beside;
    std::size_t least = wanted.size() / 2 + 1;
    for (const weight_view& tensor : file.all()) {
        if (is_weight_beside(tensor.name, wanted)) beside = tensor.name;
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
    if (!beside.empty() && stem_of(best) != stem_of(wanted))
        return "; it has '" + std::string(beside) + std::string(bias_advice);
    return (best.empty() ? ", and none of a name like it is left over"
                         : "; nearest is '" + std::string(best) + "'")
        + "; check the name, or whether the file was exported from another model";
}

/// The tensor of a parameter, with the name, shape, type and values that the plan requires. `is_grouped`: all that
/// the plan makes of it are weights in groups, so that a file of GPTQ or AWQ may have it.
inline const weight_view& find_parameter(
    const weights& file, const plan_records& plan, const plan_parameter& wanted, bool is_grouped) {
    const std::string name(wanted.name);
    const auto fault = [&](errc code, const std::string& what) {
        throw error(code, name, file.label() + ": " + what);
    };
    const weight_view* found = file.find(wanted.name);
    if (!found && (name.ends_with(".output_scale") || name.ends_with(".output_zero_point")))
        fault(errc::tensor_missing,
            "no tensor '" + name + "', which an int8 plan needs for '"
                + name.substr(0, name.rfind('.'))
                + "'; lamina::calibrate() finds the ranges of all layers from a few inputs and writes "
                  "them beside the weights (docs/guide/precision.md)");
    if (!found && find_grouped(file, wanted.name)) {
        if (is_grouped) return *find_grouped(file, wanted.name);
        fault(errc::tensor_missing,
            "no tensor '" + name + "', but '" + layer_of(name)
                + ".qweight' of GPTQ or AWQ; name the layer in quantize_weights, "
                  "or make floats of it with lamina-export --unpack");
    }
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
                + (found->shapeless ? " elements, the network needs " : ", the network needs ")
                + std::string(to_text(wanted.dims).view())
                + (found->shapeless ? " = " + std::to_string(expected) : "")
                + "; check the layer's sizes against the exported model");
    if (!is_floating(found->type))
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
    const double value
        = read_number(tensor.type, tensor.bytes.data() + bad * size_bytes(tensor.type));
    throw error(errc::tensor_value, std::string(tensor.name),
        file.label() + ": tensor '" + std::string(tensor.name) + "' holds "
            + (std::isnan(value) ? "NaN" : "infinity") + " at element "
            + std::to_string(skipped + bad)
            + ", finite numbers are expected; train or export the model again");
}

/// Tensors of the file that no parameter reads indicate another model, unless `ignore` has a pattern for
/// them.
inline void check_unused(
    const weights& file, const plan_records& plan, std::span<const std::string> ignore) {
    std::unordered_set<std::string_view> wanted, parts;
    std::unordered_set<std::string> grouped;
    for (const plan_parameter& p : plan.parameters) {
        wanted.insert(p.name);
        parts.insert(first_part_of(p.name));
        if (!file.find(p.name) && find_grouped(file, p.name))
            for (const char* suffix : group_file_names) grouped.insert(layer_of(p.name) + suffix);
    }
    std::string names, pattern;
    std::size_t count = 0;
    for (const weight_view& tensor : file.all()) {
        const std::string_view name = tensor.name;
        if (wanted.contains(name) || grouped.contains(std::string(name))
            || name.ends_with("num_batches_tracked") || name.ends_with(".output_scale")
            || name.ends_with(".output_zero_point"))
            continue;
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

/// A pattern that matches no tensor is a mistake, or belongs to another model.
inline void check_patterns(const weights& file, std::span<const std::string> ignore) {
    for (const std::string& one : ignore)
        if (std::none_of(file.all().begin(), file.all().end(),
                [&](const weight_view& tensor) { return matches(one, tensor.name); }))
            throw error(errc::option, one,
                file.label() + ": no tensor is called '" + one
                    + "', which engine_options::ignore names; correct the pattern or remove it");
}

}  // namespace lamina::detail
