// SPDX-License-Identifier: Apache-2.0
// The weights of int8 plans: rounded to 8 bits by output, with the factor and the shift that turn an output's
// sum of whole numbers into its value. "Weight" in plan.fbs has the formulas. Called by fold_weights.hpp.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/fold_line.hpp>
#include <lamina/runtime/pack_weight.hpp>
#include <lamina/runtime/weights.hpp>

namespace lamina::detail {

/// One output's weights in 8 bits.
struct byte_row {
    float scale = 1;       ///< what 1 stands for
    double by = 0;         ///< weights of the file times this are rounded
    std::int64_t sum = 0;  ///< of all of them
};

/// Rounds a weight divided by its scale: from -127 to 127, a half to the even number.
inline float to_byte(float share) { return std::clamp(std::nearbyint(share), -127.0f, 127.0f); }

/// Output `row` of a source whose outputs lie one after the other, each of `count` numbers times `factor`.
inline byte_row round_row(
    const weight_view& source, std::size_t row, std::size_t count, double factor) {
    return with_type(source.type, [&]<dtype Type>() {
        const std::byte* from = source.bytes.data() + row * count * size_bytes(Type);
        double most = 0;
        for (std::size_t i = 0; i < count; ++i)
            most = std::max(
                most, std::fabs(read_number<Type>(from + i * size_bytes(Type)) * factor));
        byte_row out;
        out.scale = static_cast<float>(most / 127);
        // Too small for a float, or for one that can be divided by: all of them are 0.
        if (!(out.scale >= 1.2e-38f)) {
            out.scale = 1;
            return out;
        }
        out.by = factor * static_cast<double>(1 / out.scale);
        for (std::size_t i = 0; i < count; ++i)
            out.sum += static_cast<std::int64_t>(to_byte(
                static_cast<float>(read_number<Type>(from + i * size_bytes(Type)) * out.by)));
        return out;
    });
}

/// A number of a weights file with what is wrong with it.
[[noreturn]] inline void refuse_range(
    const weights& file, const std::string& name, float value, const char* expected) {
    throw error(errc::tensor_value, name,
        file.label() + ": tensor '" + name + "' is " + std::to_string(value) + ", " + expected
            + " is expected; calibrate again (docs/guide/precision.md)");
}
/// What becomes larger than a float once batch norms are folded.
[[noreturn]] inline void refuse_number(
    const weights& file, const std::string& name, int output, const char* what) {
    throw error(errc::tensor_value, name,
        file.label() + ": tensor '" + name + "' has " + what + " of output "
            + std::to_string(output)
            + " that no float holds once its batch norms are folded; scale the weights down");
}
/// A scale of the weights file. Errors  LAM-R08 it cannot be divided by.
inline float read_scale(const weights& file, const weight_view& tensor) {
    const auto value = static_cast<float>(read_array(file, tensor).at(0));
    if (!(value >= 1.2e-38f && value <= 3e38f))
        refuse_range(file, std::string(tensor.name), value, "a number that can be divided by");
    return value;
}
/// A zero point of the weights file. Errors  LAM-R08 it is no number of u8.
inline float read_zero_point(const weights& file, const weight_view& tensor) {
    const auto value = static_cast<float>(read_array(file, tensor).at(0));
    if (!(value >= 0 && value <= 255 && value == std::nearbyint(value)))
        refuse_range(file, std::string(tensor.name), value, "a whole number from 0 to 255");
    return value;
}

/// Packs outputs from `first` on, as many as `source` has, of a weight whose transform is one of int8 plans.
/// `factors` is what the folds multiply each output by, or null. `take` gives a parameter's tensor.
template <class Take>
void pack_bytes(const plan_weight& whole, int first, int count, const weight_view& source,
    const double* factors, const weights& file, const Take& take, std::byte* to) {
    plan_weight plain = whole;
    plain.transform = {};
    plain.dims.at(0) = count;
    const auto rows = static_cast<std::size_t>(count);
    const auto pack_values = [&](const std::vector<double>& values) {
        pack(plain, dtype::f64, reinterpret_cast<const std::byte*>(values.data()), nullptr, nullptr,
            to);
    };
    if (whole.transform == "reciprocal") {
        const float scale = read_scale(file, take(whole.source));
        return pack_values({static_cast<double>(1 / scale)});
    }
    const std::size_t depth = source.bytes.size() / size_bytes(source.type) / rows;
    std::vector<byte_row> all(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        all[i] = round_row(source, i, depth, factors ? factors[i] : 1.0);
        if (!std::isfinite(all[i].scale))
            refuse_number(
                file, std::string(take(whole.source).name), first + static_cast<int>(i), "weights");
    }
    if (whole.transform == "int8") {
        std::vector<double> by, none(rows, 0.0);
        for (const byte_row& row : all) by.push_back(row.by);
        std::size_t packed = 1;
        for (int axis = 0; axis < plain.dims.rank; ++axis) {
            const int inner = plain.inner[static_cast<std::size_t>(axis)];
            packed *= static_cast<std::size_t>((plain.dims[axis] + inner - 1) / inner * inner);
        }
        std::vector<float> shares(packed);
        plain.type = dtype::f32;
        pack(plain, source.type, source.bytes.data(), by.data(), none.data(),
            reinterpret_cast<std::byte*>(shares.data()));
        for (std::size_t i = 0; i < packed; ++i) {
            const auto q = static_cast<std::int8_t>(to_byte(shares[i]));
            std::memcpy(to + i, &q, 1);
        }
        return;
    }
    const double input = static_cast<double>(read_scale(file, take(whole.input_scale)));
    std::vector<double> values(rows);
    for (std::size_t i = 0; i < rows; ++i) values[i] = static_cast<double>(all[i].scale) * input;
    if (whole.transform == "int8_factor") return pack_values(values);

    const double zero = static_cast<double>(read_zero_point(file, take(whole.input_zero_point)));
    plan_weight bias = whole;
    bias.transform = {};
    bias.role = weight_role::shift;
    bias.source = whole.bias;
    const fold_line line = line_of(bias, take, file);
    const std::vector<double> in_file
        = whole.bias < 0 ? std::vector<double>() : read_array(file, take(whole.bias));
    for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t o = i + static_cast<std::size_t>(first);
        const double own = in_file.empty() ? 0.0 : in_file.at(o);
        values[i] = own * line.factor[o] + line.shift[o]
            - values[i] * zero * static_cast<double>(all[i].sum);
        if (!std::isfinite(static_cast<float>(values[i])))
            refuse_number(
                file, std::string(take(whole.source).name), static_cast<int>(o), "a shift");
    }
    pack_values(values);
}

}  // namespace lamina::detail
