// SPDX-License-Identifier: Apache-2.0
// Converts one tensor's numbers from a file's order and type to the packed order and type of a plan,
// applying folds. The inner loops of fold_weights.hpp: they take most of a warm start.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/half.hpp>
#include <lamina/runtime/weight_view.hpp>

namespace lamina::detail {

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
    case dtype::f16:
        return visit.template operator()<dtype::f16>();
    case dtype::bf16:
        return visit.template operator()<dtype::bf16>();
    case dtype::f64:
        return visit.template operator()<dtype::f64>();
    default:
        return visit.template operator()<dtype::f32>();
    }
}

/// A number of a weights file at any address, in fp64.
inline double read_number(dtype type, const std::byte* from) {
    return with_type(type, [from]<dtype Type>() { return read_number<Type>(from); });
}

/// The index of the first NaN or infinity, or the count if there is none.
inline std::size_t first_not_finite(const weight_view& tensor) {
    return with_type(tensor.type, [&]<dtype Type>() -> std::size_t {
        constexpr std::size_t size = size_bytes(Type), block = 4096;
        // An exponent of all ones carries into the sign's place when one is added to it: a word
        // tells of two, four or one numbers at once.
        constexpr std::uint64_t each = size == 2 ? 0x0001000100010001u
            : size == 4                          ? 0x0000000100000001u
                                                 : 1u;
        constexpr std::uint64_t exponent = Type == dtype::f16 ? 0x7c00u
            : Type == dtype::bf16                             ? 0x7f80u
            : Type == dtype::f32                              ? 0x7f800000u
                                                              : 0x7ff0000000000000u;
        constexpr std::uint64_t sign = std::uint64_t{1} << (8 * size - 1);
        constexpr std::uint64_t one = exponent & (~exponent + 1);
        const std::byte* data = tensor.bytes.data();
        const std::size_t count = tensor.bytes.size() / size;
        for (std::size_t at = 0; at < count; at += block) {
            const std::size_t end = std::min(count, at + block);
            std::uint64_t carried[4] = {};
            std::size_t i = at * size;
            for (; i + 32 <= end * size; i += 32)
                for (std::size_t k = 0; k < 4; ++k) {
                    std::uint64_t word;
                    std::memcpy(&word, data + i + 8 * k, 8);
                    carried[k] |= (word & (exponent * each)) + one * each;
                }
            bool bad = (carried[0] | carried[1] | carried[2] | carried[3]) & (sign * each);
            for (; i < end * size; i += size) bad |= !std::isfinite(read_number<Type>(data + i));
            if (!bad) continue;
            for (i = at; i < end; ++i)
                if (!std::isfinite(read_number<Type>(data + i * size))) return i;
        }
        return count;
    });
}

/// A number in fp64 as it is stored: f32, f16 or bf16.
template <dtype Store> auto rounded(double value) {
    const float number = static_cast<float>(value);
    if constexpr (Store == dtype::f16)
        return to_half(number);
    else if constexpr (Store == dtype::bf16)
        return to_bfloat(number);
    else
        return number;
}

/// Calls visit.operator()<type>() for one of the types that plans pack weights in.
template <class Visit> auto with_stored(dtype type, Visit visit) {
    if (type == dtype::f16) return visit.template operator()<dtype::f16>();
    if (type == dtype::bf16) return visit.template operator()<dtype::bf16>();
    return visit.template operator()<dtype::f32>();
}

inline void store_number(dtype type, double value, std::byte* to) {
    with_stored(type, [=]<dtype Store>() {
        const auto number = rounded<Store>(value);
        std::memcpy(to, &number, sizeof number);
    });
}

/// The number that is read back where `value` was stored.
inline float as_stored(dtype type, double value) {
    const float number = static_cast<float>(value);
    return type == dtype::f16 ? from_half(to_half(number))
        : type == dtype::bf16 ? from_bfloat(to_bfloat(number))
                              : number;
}

/// Gathers `count` numbers that lie `jump` bytes apart. With Fold each has a factor and a shift, `step`
/// apart.
template <dtype Type, dtype Store, bool Fold>
void pack_run(const std::byte* from, std::size_t jump, const double* factor, const double* shift,
    std::ptrdiff_t step, std::size_t count, std::byte* packed) {
    auto* to = reinterpret_cast<decltype(rounded<Store>(0.0))*>(packed);
    if constexpr (Type == Store && !Fold) {
        if (jump == size_bytes(Type)) {
            std::memcpy(to, from, size_bytes(Type) * count);
            return;
        }
    }
    // Sixteen at once: loops of a fixed length become vectors at any level of optimisation.
    constexpr std::size_t lanes = 16;
    std::size_t done = 0;
    // NOLINTNEXTLINE(misc-unused-parameters): unused where nothing is folded
    const auto sixteens = [&](auto apart) {
        for (; done + lanes <= count; done += lanes, from += lanes * jump) {
            double values[lanes];
            for (std::size_t i = 0; i < lanes; ++i) values[i] = read_number<Type>(from + i * jump);
            if constexpr (Fold)
                for (std::size_t i = 0; i < lanes; ++i)
                    values[i] = values[i] * factor[(done + i) * apart] + shift[(done + i) * apart];
            for (std::size_t i = 0; i < lanes; ++i) to[done + i] = rounded<Store>(values[i]);
        }
    };
    if (!Fold || step == 1)
        sixteens(std::integral_constant<std::size_t, 1>());
    else if (step == 0)
        sixteens(std::integral_constant<std::size_t, 0>());
    for (; done < count; ++done, from += jump) {
        double value = read_number<Type>(from);
        if constexpr (Fold) {
            const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(done) * step;
            value = value * factor[at] + shift[at];
        }
        to[done] = rounded<Store>(value);
    }
}

using pack_run_function = void (*)(const std::byte*, std::size_t, const double*, const double*,
    std::ptrdiff_t, std::size_t, std::byte*);

inline pack_run_function pack_run_of(dtype type, dtype store, bool folds) {
    return with_type(type, [=]<dtype Type>() -> pack_run_function {
        return with_stored(store, [=]<dtype Store>() -> pack_run_function {
            return folds ? pack_run<Type, Store, true> : pack_run<Type, Store, false>;
        });
    });
}

/// Rounds floats to the nearest number of 11 bits, a half away from zero, as matrix units take them.
inline void round_to_tf32(std::span<std::byte> floats) {
    for (std::size_t at = 0; at + 4 <= floats.size(); at += 4) {
        std::uint32_t bits;
        std::memcpy(&bits, floats.data() + at, 4);
        bits = (bits + 0x1000u) & ~0x1fffu;
        std::memcpy(floats.data() + at, &bits, 4);
    }
}

/// One sub-axis of the packed order: how far a step goes in the source and along its axis.
struct sub_axis {
    std::size_t extent, stride;
    int axis, step;
};

/// Writes the elements of one weight in packed order. With factors a number x at index i along the
/// weight's axis becomes x * factors[i] + shifts[i].
inline void pack(const plan_weight& w, dtype type, const std::byte* source, const double* factors,
    const double* shifts, std::byte* to) {
    const std::size_t size = size_bytes(type), store_size = size_bytes(w.type);
    const pack_run_function pack_some = pack_run_of(type, w.type, factors);
    std::array<sub_axis, 2 * max_rank + 2> subs{};
    std::size_t count = 0;
    for (std::uint8_t sub : w.order) {
        const int axis = sub / 2, inner = w.inner[static_cast<std::size_t>(axis)];
        const auto stride = static_cast<std::size_t>(row_major_stride(w.dims, axis));
        const int outer = (w.dims[axis] + inner - 1) / inner;
        const sub_axis each = sub % 2 ? sub_axis{static_cast<std::size_t>(inner), stride, axis, 1}
                                      : sub_axis{static_cast<std::size_t>(outer),
                                            stride * static_cast<std::size_t>(inner), axis, inner};
        if (each.extent > 1) subs[count++] = each;
    }
    // The last two are loops here, the ones before count up; there are at least two.
    for (; count < 2; ++count) {
        subs[1] = subs[0];
        subs[0] = {1, 0, 0, 1};
        if (count == 0) subs[1] = subs[0];
    }

    // Without a source every element is the same zero.
    static constexpr std::byte zero[8] = {};
    const std::byte* base = source ? source : zero;
    const std::size_t unit = source ? size : 0;
    const sub_axis rows = subs[count - 2], run = subs[count - 1];
    const std::size_t jump = run.stride * unit;
    const auto fold_axis = static_cast<std::size_t>(w.axis);
    const std::ptrdiff_t line_step = w.axis == run.axis ? run.step : 0;
    std::array<std::size_t, 2 * max_rank + 2> at{};
    std::array<int, max_rank> position{};  // along each axis, of the run's first element
    std::size_t offset = 0;                // elements into the source
    const auto left
        = [&](int axis) { return w.dims[axis] - position[static_cast<std::size_t>(axis)]; };
    for (;;) {
        bool outside = false;
        for (int axis = 0; axis < w.dims.rank; ++axis) outside |= left(axis) <= 0;
        const auto row_axis = static_cast<std::size_t>(rows.axis);
        const int row_start = position[row_axis];
        for (std::size_t row = 0; row < rows.extent; ++row, position[row_axis] += rows.step) {
            // Elements of this run that exist; the rest is padding.
            std::size_t valid = 0;
            if (w.dims.rank == 0)
                valid = run.extent;
            else if (!outside && left(rows.axis) > 0 && left(run.axis) > 0)
                valid = std::min(run.extent,
                    static_cast<std::size_t>((left(run.axis) + run.step - 1) / run.step));
            if (valid) {
                const std::ptrdiff_t fold = factors ? position[fold_axis] : 0;
                pack_some(base + (offset + row * rows.stride) * unit, jump, factors + fold,
                    shifts + fold, line_step, valid, to);
            }
            std::memset(to + valid * store_size, 0, (run.extent - valid) * store_size);
            to += run.extent * store_size;
        }
        position[row_axis] = row_start;

        std::size_t k = count - 2;
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

}  // namespace lamina::detail
