// SPDX-License-Identifier: Apache-2.0
// Packed weights on their way to and from the device: folded from a file, copied from a saved plan,
// or mapped for saving. Used by engine.hpp; one place, so that host memory stays near their size.
#pragma once
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>

#include <lamina/plan/plan_file.hpp>
#include <lamina/runtime/fold_weights.hpp>
#include <lamina/runtime/engine_state.hpp>

namespace lamina::detail {

/// A buffer mapped into host memory until `done` or the end of the scope.
class mapped_buffer {
public:
    mapped_buffer(const device& dev, cl_mem memory, std::size_t bytes, cl_map_flags flags)
        : memory_(memory), bytes_(bytes) {
        cl_int code = CL_SUCCESS;
        queue_ = opencl::queue(clCreateCommandQueue(dev.context(), dev.id(), 0, &code));
        opencl::check(code, "clCreateCommandQueue", dev.name());
        at_ = clEnqueueMapBuffer(
            queue_.get(), memory, CL_TRUE, flags, 0, bytes, 0, nullptr, nullptr, &code);
        opencl::check(
            code, "clEnqueueMapBuffer of " + std::to_string(bytes) + " bytes", "the weights");
    }
    mapped_buffer(const mapped_buffer&) = delete;
    mapped_buffer& operator=(const mapped_buffer&) = delete;
    ~mapped_buffer() {
        if (at_) release();
    }

    std::span<std::byte> bytes() const { return {static_cast<std::byte*>(at_), bytes_}; }

    /// Waits until the device has what was written.
    void done() { opencl::check(release(), "unmapping", "the weights"); }

private:
    opencl::queue queue_;
    cl_mem memory_;
    std::size_t bytes_;
    void* at_ = nullptr;

    cl_int release() {
        const cl_int code = clEnqueueUnmapMemObject(
            queue_.get(), memory_, std::exchange(at_, nullptr), 0, nullptr, nullptr);
        return code == CL_SUCCESS ? clFinish(queue_.get()) : code;
    }
};

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
    write(mapped.bytes());
    engine.report.fold_ms = ms_since(start);
    start = std::chrono::steady_clock::now();
    mapped.done();
    engine.report.upload_ms = ms_since(start);
}

/// Copies a saved plan's segment piece by piece and compares its hash. `mapped` says that the
/// source is a mapped file, whose pages may leave once they are copied.
/// Errors  LAM-R10.
inline void copy_segment(std::span<const std::byte> segment, const plan_segment& wanted,
    bool mapped, const std::string& label, std::span<std::byte> to) {
    std::uint64_t hash = 0;
    for (std::size_t at = 0; at < segment.size(); at += segment_piece) {
        const auto piece = segment.subspan(at, std::min(segment_piece, segment.size() - at));
        hash = plan_hash(piece, hash);
        std::memcpy(to.data() + at, piece.data(), piece.size());
        if (mapped) {
            // Whole pages inside of the piece; they come back from the file when read again.
            constexpr std::uintptr_t page = 65536;
            const auto begin = reinterpret_cast<std::uintptr_t>(piece.data());
            const std::uintptr_t first = (begin + page - 1) / page * page;
            const std::uintptr_t end = (begin + piece.size()) / page * page;
            if (end > first)
                ::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
        }
    }
    if (hash != wanted.hash)
        throw error(errc::plan_damaged, label,
            label + " has changed bytes among its " + std::to_string(segment.size())
                + " bytes of weights; copy or save it again");
}

}  // namespace lamina::detail
