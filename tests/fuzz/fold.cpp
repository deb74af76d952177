// SPDX-License-Identifier: Apache-2.0
// Fuzzes folding and packing by a strange plan: what passes the verifier is packed inside of its
// memory, or is a lamina::error.
#include <lamina/plan/read.hpp>
#include <lamina/runtime/fold_weights.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
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
        r.parameters.push_back({p.keep(name), dims});
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
        offset += (w.bytes + 63) / 64 * 64;
        static std::vector<std::vector<std::int32_t>> inners(8);
        static std::vector<std::vector<std::uint8_t>> orders(8);
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
        lamina::fold_weights(*plan, file.open(), next() % 2, packed);
    } catch (const lamina::error&) {}
    return 0;
}
