// SPDX-License-Identifier: Apache-2.0
// The folds of a weight as one factor and one shift for each index along its axis, in fp64. Used by
// fold_weights.hpp; written as loops, since Eigen's headers would cost every user 1 s of compile time.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/file_room.hpp>
#include <lamina/runtime/pack_weight.hpp>
#include <lamina/runtime/weights.hpp>

namespace lamina::detail {

/// The effect of folds on the numbers along their axis: x becomes x * factor + shift.
struct fold_line {
    std::vector<double> factor, shift;
};

/// The numbers of a small tensor.
inline std::vector<double> read_array(const weights& file, const weight_view& in_file) {
    file_room room;
    weight_view tensor = in_file;
    tensor.bytes = file.read(tensor.bytes, room);
    const std::size_t size = size_bytes(tensor.type);
    std::vector<double> out(tensor.bytes.size() / size);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = read_number(tensor.type, tensor.bytes.data() + i * size);
    return out;
}

/// The folds of a weight combined; `take` returns the tensor of a parameter.
template <class Take>
fold_line line_of(const plan_weight& w, const Take& take, const weights& file) {
    const bool scales = w.role == weight_role::scale;
    const auto length = static_cast<std::size_t>(w.dims.rank ? w.dims[w.axis] : 1);
    // Without a source a scale starts from ones, a shift from zeros.
    fold_line line{std::vector<double>(length, 1.0),
        std::vector<double>(length, w.source < 0 && scales ? 1.0 : 0.0)};
    const auto apply = [&](std::vector<double>& to, const std::vector<double>& by, auto operation) {
        std::transform(to.begin(), to.end(), by.begin(), to.begin(), operation);
    };
    for (const plan_fold& fold : w.folds) {
        std::vector<double> s(length, 1.0);
        if (fold.variance >= 0)
            apply(s, read_array(file, take(fold.variance)), [&](double x, double variance) {
                return x / std::sqrt(variance + static_cast<double>(fold.eps));
            });
        if (fold.weight >= 0) apply(s, read_array(file, take(fold.weight)), std::multiplies<>());
        if (!std::all_of(s.begin(), s.end(), [](double x) { return std::isfinite(x); }))
            throw error(errc::tensor_value, file.label(),
                file.label() + ": folding '"
                    + std::string(fold.variance >= 0 ? take(fold.variance).name : "")
                    + "' divides by the root of a number that is not above 0; check the "
                      "variances of the exported model");
        apply(line.factor, s, std::multiplies<>());
        if (scales) {
            apply(line.shift, s, std::multiplies<>());
        } else {
            if (fold.mean >= 0)
                apply(line.shift, read_array(file, take(fold.mean)), std::minus<>());
            apply(line.shift, s, std::multiplies<>());
            if (fold.bias >= 0) apply(line.shift, read_array(file, take(fold.bias)), std::plus<>());
        }
    }
    return line;
}

}  // namespace lamina::detail
