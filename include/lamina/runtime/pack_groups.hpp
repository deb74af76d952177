// SPDX-License-Identifier: Apache-2.0
// Weights of 4 or 8 bits in groups: rounded from floats of a file, or as a file of GPTQ or AWQ has them. "Weight" in
// plan.fbs has the formulas and the order in memory. Called by fold_weights.hpp.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/group_file.hpp>
#include <lamina/runtime/pack_weight.hpp>

namespace lamina::detail {

/// How the floats of one group are rounded.
struct group_rounding {
    float scale = 1, inverse = 0;  ///< inverse 0: all numbers are the zero point
    int zero = 0, least = 0, most = 0;

    group_rounding(std::span<const float> weights, const weight_groups& groups) {
        const int half = groups.largest() + 1;
        most = groups.largest();
        least = groups.zero_points ? -half : -most;
        float low = 0, high = 0;
        for (const float w : weights) {
            low = std::min(low, w);
            high = std::max(high, w);
        }
        const double range = groups.zero_points
            ? (static_cast<double>(high) - static_cast<double>(low)) / (2 * half - 1)
            : static_cast<double>(std::max(high, -low)) / most;
        const auto wanted = static_cast<float>(range);
        // Too small for a float, or for one that can be divided by: all of them are 0.
        if (wanted >= 1.2e-38f) {
            scale = wanted;
            inverse = 1 / wanted;
        }
        if (groups.zero_points)
            zero = std::clamp(static_cast<int>(std::nearbyint(-low * inverse)) - half, -half, most);
    }
    std::int8_t number(float weight) const {
        const int whole = static_cast<int>(std::nearbyint(weight * inverse));
        return static_cast<std::int8_t>(std::clamp(whole + zero, least, most));
    }
};

/// Where a part of such weights lies: panels of `wide` outputs, each of `count` words or groups.
struct group_places {
    int wide, count;
    std::size_t at(int row, int index) const {
        return (static_cast<std::size_t>(row / wide) * static_cast<std::size_t>(count)
                   + static_cast<std::size_t>(index))
            * static_cast<std::size_t>(wide)
            + static_cast<std::size_t>(row % wide);
    }
};

/// Packs `count` outputs from `first` on, as `w` says; `source` has these rows alone, or `file` has them all.
inline void pack_groups(const plan_weight& w, int first, int count, const weight_view& source,
    const group_file* file, std::size_t packed_bytes, std::byte* to) {
    const weight_groups groups = groups_of(w);
    const rounded_part part = group_transform(w.transform)->part;
    const bool is_numbers = part == rounded_part::numbers;
    const int per = groups.per_word();
    const group_places places{w.inner[0], is_numbers ? (w.dims.c + per - 1) / per : w.dims.c};
    std::memset(to, 0, packed_bytes);
    const std::size_t inputs = file
        ? static_cast<std::size_t>(file->inputs())
        : source.bytes.size() / size_bytes(source.type) / static_cast<std::size_t>(count);
    const auto group = static_cast<std::size_t>(groups.group);
    std::vector<float> floats(file ? 0 : inputs);
    std::vector<std::int8_t> numbers((inputs + static_cast<std::size_t>(per) - 1)
        / static_cast<std::size_t>(per) * static_cast<std::size_t>(per));
    for (int row = 0; row < count; ++row) {
        if (!file)
            with_type(source.type, [&]<dtype Type>() {
                const std::byte* from = source.bytes.data()
                    + static_cast<std::size_t>(row) * inputs * size_bytes(Type);
                for (std::size_t i = 0; i < inputs; ++i)
                    floats[i] = static_cast<float>(read_number<Type>(from + i * size_bytes(Type)));
            });
        if (file && is_numbers) file->numbers_of(first + row, std::span(numbers).first(inputs));
        for (std::size_t begin = 0; begin < inputs; begin += group) {
            const int index = static_cast<int>(begin / group);
            const std::span<const float> own = file
                ? std::span<const float>()
                : std::span<const float>(floats).subspan(begin, std::min(group, inputs - begin));
            if (is_numbers) {
                if (file) break;
                const group_rounding by(own, groups);
                for (std::size_t i = 0; i < own.size(); ++i) numbers[begin + i] = by.number(own[i]);
            } else if (part == rounded_part::scale) {
                const float scale
                    = file ? file->scale_of(first + row, index) : group_rounding(own, groups).scale;
                std::memcpy(to + places.at(row, index) * 4, &scale, 4);
            } else {
                const auto zero = file ? file->zero_of(first + row, index)
                                       : static_cast<std::int8_t>(group_rounding(own, groups).zero);
                std::memcpy(to + places.at(row, index), &zero, 1);
            }
        }
        if (!is_numbers) continue;
        const std::uint32_t mask = (1u << (groups.bits - 1) << 1) - 1;
        for (int word = 0; word < places.count; ++word) {
            std::uint32_t bits = 0;
            for (int i = 0; i < per; ++i)
                bits |= (static_cast<std::uint32_t>(
                             numbers[static_cast<std::size_t>(word * per + i)])
                            & mask)
                    << (groups.bits * i);
            std::memcpy(to + places.at(row, word) * 4, &bits, 4);
        }
    }
}

/// The weights NAME.weight of a file of GPTQ or AWQ as floats, row by row, and their extents: what the reference computes
/// with. Errors  those of group_file.
inline std::vector<float> floats_in_groups(
    const weights& from, std::string_view parameter, shape& dims) {
    const weight_groups groups = stored_groups(from, parameter, dims);
    const group_file file(from, parameter, dims, groups);
    const auto inputs = static_cast<std::size_t>(file.inputs());
    std::vector<std::int8_t> numbers(inputs);
    std::vector<float> out;
    for (int o = 0; o < file.outputs(); ++o) {
        file.numbers_of(o, numbers);
        for (std::size_t i = 0; i < inputs; ++i) {
            const int group = static_cast<int>(i) / groups.group;
            out.push_back(
                static_cast<float>(numbers[i] - file.zero_of(o, group)) * file.scale_of(o, group));
        }
    }
    return out;
}

}  // namespace lamina::detail
