// SPDX-License-Identifier: Apache-2.0
// Fuzzes plan_view::open and split_plan: any bytes either become a plan whose every index may be
// followed, or a lamina::error. Starts from plans written by hand, changed in many places.
#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/print.hpp>
#include <lamina/plan/read.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "support/hand_plan.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(
    std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed);

namespace {

/// Follows what an engine would follow.
void use(const lamina::plan_records& plan) {
    std::uint64_t sum = plan_table(plan).size() + plan_json(plan).size();
    const auto touch = [&](std::string_view text) {
        for (char c : text) sum += static_cast<unsigned char>(c);
    };
    for (const auto& list : {plan.inputs, plan.outputs})
        for (const lamina::plan_binding& b : list) {
            touch(b.name);
            sum += b.bytes();
            if (b.tensor >= 0) touch(plan.tensors.at(static_cast<std::size_t>(b.tensor)).name);
        }
    for (const lamina::plan_tensor& t : plan.tensors) {
        const std::int64_t span = lamina::span_elements(t.at(), t.dims);
        if (span < 1) std::abort();
        const std::uint64_t end = t.offset + static_cast<std::uint64_t>(span) * size_bytes(t.type);
        if (t.space == lamina::memory_space::arena && end > plan.arena_bytes) std::abort();
        if (t.space == lamina::memory_space::weights && end > plan.weight_bytes) std::abort();
        if (t.space == lamina::memory_space::input && end > plan.inputs.at(t.index).bytes())
            std::abort();
        if (t.space == lamina::memory_space::state && end > plan.states.at(t.index).bytes())
            std::abort();
        if (t.space == lamina::memory_space::output && end > plan.outputs.at(t.index).bytes())
            std::abort();
    }
    for (std::size_t i = 0; i < plan.states.size(); ++i) {
        const lamina::plan_state& s = plan.states[i];
        touch(s.name);
        if (s.offset > plan.state_bytes || s.bytes() > plan.state_bytes - s.offset) std::abort();
        for (std::size_t j = 0; j < i; ++j)
            if (s.offset < plan.states[j].offset + plan.states[j].bytes()
                && plan.states[j].offset < s.offset + s.bytes())
                std::abort();
    }
    for (const lamina::plan_bound& b : plan.bounds)
        touch(plan.inputs.at(b.input).name), touch(plan.states.at(b.state).name);
    for (const lamina::plan_weight& w : plan.weights) {
        if (w.source >= 0) touch(plan.parameters.at(static_cast<std::size_t>(w.source)).name);
        for (std::uint8_t sub : w.order) sum += static_cast<std::uint64_t>(w.inner[sub / 2]);
        if (w.constant < 0 || (w.constant && w.source >= 0)) std::abort();
        if (w.bytes > plan.weight_bytes || w.offset > plan.weight_bytes - w.bytes) std::abort();
    }
    for (const lamina::plan_kernel& k : plan.kernels) {
        touch(k.family);
        touch(k.defines);
        touch(k.text);
        for (std::uint32_t t : k.tactics) touch(plan.tactics.at(t).defines);
    }
    for (const lamina::plan_step& s : plan.steps) {
        touch(plan.kernels.at(s.kernel).family);
        for (std::size_t d = 0; d < 3; ++d) sum += s.extents[d] / plan.tactics.at(s.tactic).tile[d];
        for (std::int32_t number : s.numbers) sum += static_cast<std::uint32_t>(number);
        for (const lamina::plan_argument& a : s.arguments)
            if (a.space == lamina::memory_space::weights && a.offset >= plan.weight_bytes)
                std::abort();
    }
    for (const lamina::plan_binary& b : plan.binaries)
        for (std::byte each : b.bytes) sum += static_cast<std::uint64_t>(each);
    if (sum == 0x5eed5eed5eed5eedu) std::abort();  // so that no loop above is left out
}

}  // namespace

/// Most random bytes stop at the file identifier: begin from a plan, often by changing records, so
/// that the invariants behind the verifier are reached.
extern "C" std::size_t LLVMFuzzerCustomMutator(
    std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
    std::mt19937 next(seed);
    if (size >= 16 && next() % 8) return LLVMFuzzerMutate(data, size, max_size);
    lamina_test::hand_plan p;
    next() % 2 ? make_two_steps(p) : make_relu(p);
    auto& r = p.records;
    const auto odd = [&]() -> std::uint32_t {
        const std::uint32_t some[] = {0, 1, 2, 3, 7, 64, 0x7fffffff, 0x80000000, 0xffffffff};
        return some[next() % 9];
    };
    const lamina::plan_records before = r;
    for (unsigned changes = next() % 4; changes > 0; --changes) switch (next() % 16) {
        case 0:
            r.arena_bytes = odd();
            break;
        case 1:
            r.weight_bytes = std::uint64_t{odd()} << next() % 40;
            break;
        case 2:
            r.tensors[1].strides[next() % 6] = static_cast<int>(odd());
            break;
        case 3:
            r.tensors[1].dims = {static_cast<int>(odd()), static_cast<int>(odd())};
            break;
        case 4:
            r.tensors[1].block = static_cast<int>(odd());
            break;
        case 5:
            r.tensors[1].offset = std::uint64_t{odd()} << next() % 34;
            break;
        case 6:
            r.steps[0].kernel = odd();
            break;
        case 7:
            r.steps[0].extents = p.list({odd(), odd(), odd()});
            break;
        case 8:
            r.steps[0].arguments[0].offset = std::uint64_t{odd()} << next() % 34;
            break;
        case 9:
            r.inputs[0].dims = {static_cast<int>(odd())};
            break;
        case 10:
            r.tactics[0].local = p.list({odd(), odd(), odd()});
            break;
        case 11:
            for (auto& w : r.weights) w.inner = p.ints({static_cast<std::int32_t>(odd())});
            break;
        case 12:
            for (auto& w : r.weights) w.folds.push_back({0, static_cast<int>(odd()), 0, 0, 1});
            break;
        case 13:
            for (auto& w : r.weights) {
                w.constant = static_cast<int>(odd());
                if (next() % 2) w.source = -1;
            }
            break;
        case 14:
            r.constants = std::as_bytes(p.ints({static_cast<std::int32_t>(odd())}));
            break;
        default:
            r.steps[0].output = static_cast<int>(odd());
            break;
        }
    // Some are of two shapes: of one of them, or of the table that says so, something was changed.
    switch (next() % 4) {
    case 0:
        p.add_shape(before);
        break;
    case 1: {
        const lamina::plan_records inner = r;
        r = before;
        p.add_shape(inner);
        break;
    }
    case 2:
        p.add_shape(before);
        r.dims[0].min = static_cast<int>(odd());
        r.dims[0].max = static_cast<int>(odd());
        r.dims[0].step = static_cast<int>(odd());
        r.shapes[0].values = p.ints({static_cast<std::int32_t>(odd())});
        break;
    default:
        break;
    }
    auto bytes = p.bytes();
    for (unsigned flips = next() % 4; flips > 0; --flips)
        bytes[next() % bytes.size()] ^= std::byte(1u << next() % 8);
    if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
    std::memcpy(data, bytes.data(), bytes.size());
    return bytes.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    try {
        const lamina::plan_view plan = lamina::plan_view::open(bytes);
        use(*plan);
        for (const lamina::plan_view& other : plan.shapes()) use(*other);
        if (plan.shapes().size() != plan->shapes.size()) std::abort();
    } catch (const lamina::error&) {}
    try {
        const lamina::plan_parts parts = lamina::split_plan(bytes, "file");
        if (parts.plan.size() + parts.segment.size() > size) std::abort();
    } catch (const lamina::error&) {}
    return 0;
}
