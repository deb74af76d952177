// SPDX-License-Identifier: Apache-2.0
// Fuzzes engine::load and a run: a plan with right hashes whose records were changed is refused with
// a lamina::error, or runs on the CPU without touching memory that is not its own.
#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/rewrite.hpp>
#include <lamina/run.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/hand_plan.hpp"

namespace {

/// Plan and segment with right hashes.
std::vector<std::byte> saved(lamina::plan_records& r) {
    const std::vector<std::byte> segment(static_cast<std::size_t>(r.weight_bytes), std::byte{0});
    std::vector<std::uint64_t> hashes(lamina::segment_pieces(segment.size()));
    for (std::size_t i = 0; i < hashes.size(); ++i)
        hashes[i] = lamina::plan_hash(lamina::segment_part(segment, i), i);
    r.segment = {true, segment.size(), lamina::plan_hash(std::as_bytes(std::span(hashes)), 0)};
    std::vector<std::byte> front = lamina::rewrite_plan(r);
    lamina::plan_trailer end;
    end.plan_bytes = front.size();
    front.resize((front.size() + 63) / 64 * 64);
    end.segment_offset = front.size();
    end.segment_bytes = segment.size();
    end.plan_hash = lamina::plan_hash(front, end.plan_bytes);
    front.insert(front.end(), segment.begin(), segment.end());
    const auto trailer = std::as_bytes(std::span(&end, 1));
    front.insert(front.end(), trailer.begin(), trailer.end());
    return front;
}

}  // namespace

/// Each pair of bytes changes one field, of a plan or, where there is a byte more, of another shape's in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const lamina::device* cpu = [] {
        ::setenv("LAMINA_CACHE_DIR", "off", 1);
        try {
            return new lamina::device(lamina::device::find("cpu"));
        } catch (const lamina::error&) {
            return static_cast<lamina::device*>(nullptr);
        }
    }();
    if (!cpu) return 0;  // a machine without an OpenCL driver
    lamina_test::hand_plan p;
    make_two_steps(p);
    auto& r = p.records;
    const lamina::plan_records before = r;
    const std::uint32_t odd[]
        = {0, 1, 2, 4, 7, 64, 124, 125, 126, 1000, 4000, 8192, 0x7fffffff, 0x80000000, 0xffffffff};
    // A plan gets the memory that it asks for: here not more than the fuzzer's own limit.
    constexpr int most = 0x4000000;
    for (std::size_t at = 0; at + 1 < size && at < 8; at += 2) {
        const std::uint32_t value = odd[data[at + 1] % std::size(odd)];
        const auto number = static_cast<int>(value);
        auto& s = r.steps[data[at] / 16 % 2];
        std::string d(r.kernels[s.kernel].defines);
        const auto redefine = [&](const std::string& name) {
            const std::size_t from = d.find(name + " ") + name.size() + 1;
            d.replace(from, d.find('\n', from) - from, std::to_string(number));
            r.kernels[s.kernel].defines = p.keep(d);
        };
        switch (data[at] % 16) {
        case 0:
            r.arena_bytes = std::min<std::uint32_t>(value, 4 * most);
            break;
        case 1:
            r.weight_bytes = value % 65536;
            break;
        case 2:
            r.inputs[0].dims = {1, std::min(number, most)};
            break;
        case 3:
            r.outputs[0].dims = {1, std::min(number, most)};
            break;
        case 4:
            s.extents = p.list({value, 1, 1});
            break;
        case 5:
            s.extents = p.list({125, value, 1});
            break;
        case 6:
            s.arguments[0].offset = value;
            break;
        case 7:
            s.arguments.back().offset = value;
            break;
        case 8:
            s.arguments[value % s.arguments.size()].space = lamina::memory_space::arena;
            break;
        case 9:
            r.tactics[0].tile = p.list({value, 1, 1});
            break;
        case 10:
            r.tactics[0].local = p.list({value, 1, 1});
            break;
        case 11:
            redefine("D5");
            break;
        case 12:
            redefine("Y5");
            break;
        case 13:
            redefine("VW");
            break;
        case 14:
            redefine("RUN");
            break;
        default:
            r.tensors[1].dims = {1, number};
            std::ranges::copy(lamina::row_major(r.tensors[1].dims).stride, r.tensors[1].strides);
            r.tensors[1].offset = value % 8192;
        }
    }
    // The same changes in the plan of another shape, which shares weights and kernels.
    const bool in_inner = size % 2;
    if (in_inner) {
        const lamina::plan_records inner = r;
        r = before;
        p.add_shape(inner);
    }
    try {
        auto engine = lamina::engine::load(saved(r), "fuzzed", *cpu, {});
        if (in_inner) engine = engine.at({{"n", 2}});
        const auto& dims = engine.inputs()[0].dims;
        if (dims.count() > 1 << 22) return 0;
        const auto out
            = engine.run(std::vector<float>(static_cast<std::size_t>(dims.count()), 1.0f));
        if (out.values.size() != static_cast<std::size_t>(engine.outputs()[0].dims.count()))
            std::abort();
    } catch (const lamina::error&) {}
    return 0;
}
