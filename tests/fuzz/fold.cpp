// SPDX-License-Identifier: Apache-2.0
// Fuzzes folding and packing by a strange plan: what passes the verifier is packed inside of its
// memory, or is a lamina::error.
#include <lamina/plan/read.hpp>
#include <lamina/runtime/fold_weights.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/hand_plan.hpp"
#include "support/hand_weights.hpp"

/// Bytes choose the fields of a few weights.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::size_t at = 0;
    const auto next = [&]() -> unsigned { return at < size ? data[at++] : 0; };
    const auto small = [&] { return static_cast<int>(next() % 9); };
    lamina_test::hand_plan p;
    make_two_steps(p);
    auto& r = p.records;
    r.parameters.clear();
    r.weights.clear();
    lamina_test::hand_weights file;
    for (unsigned i = 0; i < 4; ++i) {
        lamina::shape dims;
        std::vector<int> list;
        std::size_t count = 1;
        for (unsigned rank = next() % 5; rank > 0; --rank) {
            const int extent = small() + (next() % 16 ? 0 : -3);
            dims.push(extent);
            list.push_back(std::max(extent, 0));
            count *= static_cast<std::size_t>(std::max(extent, 0));
        }
        const std::string name(1, static_cast<char>('a' + i));
        r.parameters.push_back({p.keep(name), dims, {}});
        static constexpr std::uint32_t odd[] = {0x3f800000, 0, 0x7fc00000, 0xff800000, 0x3d000000};
        if (next() % 8 == 0) r.parameters.back().values = std::span(odd).subspan(next() % 5, 1);
        const float value = next() % 8 ? 1.5f : -1.0f;
        file.add(name, list, std::vector<float>(count, value));
    }
    std::uint64_t offset = 0;
    for (unsigned i = next() % 4; i > 0; --i) {
        lamina::plan_weight w;
        w.source = static_cast<int>(next() % 6) - 1;
        w.role = next() % 2 ? lamina::weight_role::scale : lamina::weight_role::shift;
        w.axis = small() - 1;
        for (unsigned f = next() % 3; f > 0; --f)
            w.folds.push_back({static_cast<int>(next() % 5) - 1, static_cast<int>(next() % 5) - 1,
                static_cast<int>(next() % 5) - 1, static_cast<int>(next() % 5) - 1, 0.5f});
        if (w.source >= 0 && w.source < 4 && next() % 4)
            w.dims = r.parameters[static_cast<std::size_t>(w.source)].dims;
        else
            for (unsigned rank = next() % 7; rank > 0 && w.dims.rank < lamina::max_rank; --rank)
                w.dims.push(small());
        std::vector<std::int32_t> inner;
        std::vector<std::uint8_t> order;
        std::uint64_t bytes = 1;
        for (int axis = 0; axis < w.dims.rank; ++axis) {
            inner.push_back(next() % 8 ? 1 + small() : small() - 1);
            if (inner.back() > 0)
                bytes *= static_cast<std::uint64_t>(
                    (w.dims[axis] + inner.back() - 1) / inner.back() * inner.back());
        }
        for (int sub = 0; sub < 2 * w.dims.rank; ++sub)
            order.push_back(static_cast<std::uint8_t>(sub));
        for (std::size_t sub = order.size(); sub > 1; --sub)
            std::swap(order[sub - 1], order[next() % sub]);
        if (next() % 16 == 0) order.push_back(3);
        w.type = next() % 3 ? lamina::dtype::f32 : lamina::dtype::f16;
        w.bytes = bytes * size_bytes(w.type) + (next() % 16 ? 0 : next());
        w.offset = offset;
        if (next() % 8 == 0) w.transform = next() % 2 ? "winograd_4_3" : "winograd_2_3";
        static std::vector<std::vector<std::int32_t>> inners(8);
        static std::vector<std::vector<std::uint8_t>> orders(8);
        if (next() % 4 == 0) {
            static constexpr std::string_view of_plans[]
                = {"int8", "int8_factor", "int8_shift", "reciprocal"};
            const auto& groups = lamina::detail::group_names;
            const unsigned which = next() % (4 + std::size(groups));
            w.transform = which < 4 ? of_plans[which] : groups[which - 4].name;
            w.bias = static_cast<int>(next() % 6) - 1;
            w.input_scale = static_cast<int>(next() % 6) - 1;
            w.input_zero_point = static_cast<int>(next() % 6) - 1;
            w.group = 8 * small();
            if (next() % 8) w.axis = 0;
            if (next() % 4) w.role = lamina::weight_role::scale;
            if (next() % 4) w.type = next() % 2 ? lamina::dtype::i8 : lamina::dtype::f32;
            // Often what a plan has of groups: panels of words.
            if (which >= 4 && next() % 8) {
                const auto& row = groups[which - 4];
                const bool is_numbers = row.part == lamina::rounded_part::numbers;
                const lamina::weight_groups of{row.bits, w.group ? w.group : 16, row.zero_points};
                w.group = of.group;
                w.folds.clear();
                w.axis = 0;
                w.role = lamina::weight_role::scale;
                w.type = row.part == lamina::rounded_part::scale ? lamina::dtype::f32
                                                                 : lamina::dtype::i8;
                const int words = is_numbers ? of.per_word() : 1;
                inner = {next() % 2 ? 16 : 32, words};
                order = is_numbers ? std::vector<std::uint8_t>{0, 2, 1, 3}
                                   : std::vector<std::uint8_t>{0, 2, 3, 1};
                if (w.dims.rank == 2 && !is_numbers) w.dims.at(1) = of.count(w.dims[1]);
                bytes = 1;
                for (int axis = 0; axis < std::min(w.dims.rank, 2); ++axis)
                    bytes *= static_cast<std::uint64_t>(
                        (w.dims[axis] + inner[static_cast<std::size_t>(axis)] - 1)
                        / inner[static_cast<std::size_t>(axis)]
                        * inner[static_cast<std::size_t>(axis)]);
                if (is_numbers && row.bits == 4) bytes /= 2;
            }
            w.bytes = bytes * size_bytes(w.type) + (next() % 16 ? 0 : next());
        }
        if (next() % 8 == 0) {
            w.constant = static_cast<int>(next() % 5);
            if (next() % 4) w.source = -1;
            if (next() % 4) w.folds.clear();
            if (next() % 2) w.type = next() % 2 ? lamina::dtype::i32 : lamina::dtype::boolean;
            w.bytes = bytes * size_bytes(w.type);
        }
        offset += (w.bytes + 63) / 64 * 64;
        inners[i] = inner;
        orders[i] = order;
        w.inner = inners[i];
        w.order = orders[i];
        r.weights.push_back(w);
    }
    r.weight_bytes = offset + 4096;
    try {
        const auto bytes = p.bytes();
        const lamina::plan_view plan = lamina::plan_view::open(bytes);
        std::vector<std::byte> packed(static_cast<std::size_t>(plan->weight_bytes));
        // Of the constant part, mostly as many numbers as a weight has that names them.
        std::vector<std::vector<std::uint32_t>> constants(next() % 5);
        for (std::size_t k = 0; k < constants.size(); ++k)
            for (const lamina::plan_weight& w : plan->weights)
                if (w.constant == static_cast<int>(k) + 1 && next() % 8)
                    constants[k].assign(static_cast<std::size_t>(w.dims.count()), 0x3f800000);
        lamina::fold_weights(*plan, file.open(), next() % 2, packed, {}, constants);
    } catch (const lamina::error&) {}
    return 0;
}
