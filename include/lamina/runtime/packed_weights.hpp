// SPDX-License-Identifier: Apache-2.0
// Packed weights on their way to the device: folded from a file, or copied from a saved plan. Used
// by engine.hpp; one place, so that host memory stays near their size.
#pragma once
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <lamina/plan/plan_file.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/fold_weights.hpp>
#include <lamina/runtime/mapped_buffer.hpp>
#include <lamina/runtime/parallel.hpp>

namespace lamina::detail {

/// Makes the engine's weights buffer; `write` fills its mapped bytes.
template <class Write> void fill_weights(engine_state& engine, Write write) {
    const std::uint64_t bytes = engine.plan->weight_bytes;
    engine.weights = make_buffer(
        engine.dev, CL_MEM_READ_ONLY | host_flags(engine.dev), bytes, "the weights");
    auto start = std::chrono::steady_clock::now();
    if (bytes == 0) {
        write(std::span<std::byte>());
        return;
    }
    mapped_buffer mapped(engine.dev, engine.weights.get(), static_cast<std::size_t>(bytes),
        CL_MAP_WRITE_INVALIDATE_REGION);
    mapped.ask_for_huge_pages();
    write(mapped.bytes());
    engine.report.fold_ms = ms_since(start);
    start = std::chrono::steady_clock::now();
    mapped.done();
    engine.report.upload_ms = ms_since(start);
}

/// Copies a saved plan's segment, several pieces at a time, and compares its hash. `mapped` says
/// that the source is a mapped file, whose pages may leave once they are copied.
/// Errors  LAM-R10.
inline void copy_segment(std::span<const std::byte> segment, const plan_segment& wanted,
    bool mapped, const std::string& label, std::span<std::byte> to) {
    constexpr std::size_t pieces = 8;  // at once: pages leave in large portions
    std::vector<std::uint64_t> hashes(segment_pieces(segment.size()));
    in_parallel((hashes.size() + pieces - 1) / pieces, [&](std::size_t portion) {
        const std::size_t begin = portion * pieces;
        const std::size_t end = std::min(begin + pieces, hashes.size());
        for (std::size_t i = begin; i < end; ++i) {
            const auto piece = segment_part(segment, i);
            hashes[i] = plan_hash(piece, i);
            std::memcpy(to.data() + i * segment_piece, piece.data(), piece.size());
        }
        if (mapped) {
            // Whole pages inside of the portion; they come back from the file when read again.
            constexpr std::uintptr_t page = 65536;
            const auto address = reinterpret_cast<std::uintptr_t>(segment.data());
            const std::uintptr_t first
                = (address + begin * segment_piece + page - 1) / page * page;
            const std::uintptr_t last
                = (address + std::min(end * segment_piece, segment.size())) / page * page;
            if (last > first)
                ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
        }
    });
    const std::uint64_t hash = plan_hash(std::as_bytes(std::span(hashes)), 0);
    if (hash != wanted.hash)
        throw error(errc::plan_damaged, label,
            label + " has changed bytes among its " + std::to_string(segment.size())
                + " bytes of weights; copy or save it again");
}

}  // namespace lamina::detail
