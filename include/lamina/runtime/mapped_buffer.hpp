// SPDX-License-Identifier: Apache-2.0
// A buffer's bytes in host memory, while an engine or a context is made or saved. Used by
// packed_weights.hpp, save_plan.hpp and contexts; a run maps its inputs with io_buffer.hpp.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <lamina/runtime/device.hpp>

namespace lamina::detail {

/// A buffer mapped into host memory until `done` or the end of the scope.
class mapped_buffer {
public:
    mapped_buffer(const device& dev, cl_mem memory, std::size_t bytes, cl_map_flags flags)
        : memory_(memory), bytes_(bytes), shared_(dev.facts().shares_host_memory) {
        cl_int code = CL_SUCCESS;
        queue_ = opencl::queue(clCreateCommandQueue(dev.context(), dev.id(), 0, &code));
        opencl::check(code, "clCreateCommandQueue", dev.name());
        at_ = clEnqueueMapBuffer(
            queue_.get(), memory, CL_TRUE, flags, 0, bytes, 0, nullptr, nullptr, &code);
        // No text is made for a successful call: that may throw, and the mapping would remain.
        if (code != CL_SUCCESS)
            opencl::fail(
                code, "clEnqueueMapBuffer of " + std::to_string(bytes) + " bytes", "the weights");
    }
    mapped_buffer(const mapped_buffer&) = delete;
    mapped_buffer& operator=(const mapped_buffer&) = delete;
    ~mapped_buffer() {
        if (at_) release();
    }

    std::span<std::byte> bytes() const { return {static_cast<std::byte*>(at_), bytes_}; }

    /// For memory that has not been written yet, on a device that computes in the host's memory: requests
    /// large pages for its middle. Fewer page faults now, fewer TLB misses in kernels.
    void ask_for_huge_pages() const {
#ifdef MADV_HUGEPAGE
        constexpr std::uintptr_t page = std::uintptr_t{2} << 20;
        const auto begin = reinterpret_cast<std::uintptr_t>(at_);
        const std::uintptr_t first = (begin + page - 1) / page * page;
        const std::uintptr_t end = (begin + bytes_) / page * page;
        if (shared_ && end > first)
            // NOLINTNEXTLINE(performance-no-int-to-ptr): an address rounded up to a page
            ::madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#endif
    }

    /// Waits until the written data is visible to the device.
    void done() { opencl::check(release(), "unmapping", "the weights"); }

private:
    opencl::queue queue_;
    cl_mem memory_;
    std::size_t bytes_;
    bool shared_;
    void* at_ = nullptr;

    cl_int release() {
        const cl_int code
            = clEnqueueUnmapMemObject(queue_.get(), memory_, at_, 0, nullptr, nullptr);
        if (code != CL_SUCCESS) return code;  // the destructor tries once more
        at_ = nullptr;
        return clFinish(queue_.get());
    }
};

}  // namespace lamina::detail
