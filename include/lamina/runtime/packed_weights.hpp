// SPDX-License-Identifier: Apache-2.0
// Writes packed weights to the device: folded from a file, or copied from a saved plan. Used by engine.hpp;
// in one place, so that host memory stays close to their size.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/plan/plan_file.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/file_room.hpp>
#include <lamina/runtime/fold_weights.hpp>
#include <lamina/runtime/mapped_buffer.hpp>
#include <lamina/runtime/parallel.hpp>
#include <lamina/runtime/plan_source.hpp>
#include <lamina/runtime/shared_weights.hpp>

namespace lamina::detail {

/// How long the parts of filling a buffer took.
struct fill_times {
    double write_ms = 0, transfer_ms = 0;
};

/// Memory that kernels read; `write` fills its bytes while they are mapped.
template <class Write>
opencl::buffer fill_mapped(
    const device& dev, std::uint64_t bytes, std::string_view what, Write write, fill_times& times) {
    opencl::buffer made = make_buffer(dev, CL_MEM_READ_ONLY | host_flags(dev), bytes, what);
    auto start = std::chrono::steady_clock::now();
    mapped_buffer mapped(
        dev, made.get(), static_cast<std::size_t>(bytes), CL_MAP_WRITE_INVALIDATE_REGION);
    mapped.place_pages(own_nodes().size() > 1);  // whichever contexts there will be, they share it
    write(mapped.bytes());
    times.write_ms = ms_since(start);
    start = std::chrono::steady_clock::now();
    mapped.done();
    times.transfer_ms = ms_since(start);
    return made;
}

/// The same by way of memory of the host's own. `write` runs before a driver has made a context for the buffer, and on an
/// H100 a copy from there takes a third of the time in which the driver finds pinned memory to map.
template <class Write>
opencl::buffer fill_copied(
    const device& dev, std::uint64_t bytes, std::string_view what, Write write, fill_times& times) {
    check_size(dev, bytes, what);
    auto start = std::chrono::steady_clock::now();
    const host_memory own(static_cast<std::size_t>(bytes));
    write(own.bytes());
    times.write_ms = ms_since(start);
    opencl::buffer made = make_buffer(dev, CL_MEM_READ_ONLY, bytes, what);
    start = std::chrono::steady_clock::now();
    own.copy_to(dev, made.get());
    times.transfer_ms = ms_since(start);
    return made;
}

/// Memory that kernels read; `write` fills its bytes, if there are any.
template <class Write>
opencl::buffer filled_buffer(
    const device& dev, std::uint64_t bytes, std::string_view what, Write write, fill_times& times) {
    if (bytes == 0) return make_buffer(dev, CL_MEM_READ_ONLY, bytes, what);
    return dev.facts().shares_host_memory ? fill_mapped(dev, bytes, what, write, times)
                                          : fill_copied(dev, bytes, what, write, times);
}

/// Makes the engine's weights buffer; `write` fills its bytes, and is called where there are none too.
template <class Write> void fill_weights(engine_state& engine, Write write) {
    const std::uint64_t bytes = engine.plan->weight_bytes;
    fill_times times;
    if (bytes == 0) write(std::span<std::byte>());
    engine.weights = filled_buffer(engine.dev, bytes, "the weights", write, times);
    engine.report.fold_ms = times.write_ms;
    engine.report.upload_ms = times.transfer_ms;
}

/// Memory with arrays of a network that are not those of its plan's weights.
inline opencl::buffer pack_further(const engine_state& engine,
    const std::vector<plan_weight>& arrays, std::uint64_t bytes, const weights& file) {
    plan_records some = *engine.plan;
    some.weights = arrays;
    fill_times times;
    return filled_buffer(
        engine.dev, bytes, "further weights",
        [&](std::span<std::byte> to) { fold_weights(some, file, false, to); }, times);
}

/// The bytes of a buffer on another device.
inline opencl::buffer copy_buffer(const device& from, cl_mem memory, const device& to,
    std::uint64_t bytes, std::string_view what) {
    fill_times times;
    return filled_buffer(
        to, bytes, what,
        [&](std::span<std::byte> out) {
            const mapped_buffer source(from, memory, out.size(), CL_MAP_READ);
            copy_bytes(out.data(), source.bytes().data(), out.size());
        },
        times);
}

/// Copies a saved plan's segment, several pieces at a time, and compares its hash, and its digest if the
/// plan's signature was checked.
/// Errors  LAM-R02, LAM-R10, LAM-R25.
inline void copy_segment(
    const plan_source& source, const plan_segment& wanted, std::span<std::byte> to) {
    constexpr std::size_t portion = 8;  // pieces, for which a thread allocates memory once
    const std::size_t count = segment_pieces(source.segment_bytes());
    std::vector<std::uint64_t> hashes(count);
    std::vector<digest> digests(source.segment_digest() ? count : 0);
    const auto copy_portion = [&](std::size_t number) {
        file_room room;
        for (std::size_t i = number * portion; i < std::min((number + 1) * portion, count); ++i) {
            const std::span<const std::byte> piece = source.piece(i, room);
            hashes[i] = plan_hash(piece, i);
            if (!digests.empty()) digests[i] = digest_of(piece);
            std::memcpy(to.data() + i * segment_piece, piece.data(), piece.size());
        }
    };
    in_parallel((count + portion - 1) / portion, copy_portion, copying_threads());
    const std::uint64_t hash = plan_hash(std::as_bytes(std::span(hashes)), 0);
    if (hash != wanted.hash)
        throw error(errc::plan_damaged, source.label(),
            source.label() + " has changed bytes among its "
                + std::to_string(source.segment_bytes())
                + " bytes of weights; copy or save it again");
    if (const unsigned char* expected = source.segment_digest()) {
        const digest found = segment_digest(digests);
        if (!std::equal(found.begin(), found.end(), expected))
            throw error(errc::plan_trust, source.label(),
                source.label()
                    + " has weights that were changed after it was signed; do not use it, get it "
                      "again");
    }
}

}  // namespace lamina::detail
