// SPDX-License-Identifier: Apache-2.0
// A buffer's bytes in host memory, while an engine or a context is made or saved: mapped, or to be copied. Used by
// packed_weights.hpp, save_plan.hpp and contexts; a run maps its inputs with io_buffer.hpp.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>

#include <lamina/runtime/device.hpp>
#include <lamina/runtime/memory_nodes.hpp>

namespace lamina::detail {

/// Requests large pages for the middle of memory that has not been written yet: fewer page faults now, fewer TLB misses
/// later.
inline void ask_for_huge_pages(void* at, std::size_t bytes) {
#ifdef MADV_HUGEPAGE
    constexpr std::uintptr_t page = std::uintptr_t{2} << 20;
    const auto begin = reinterpret_cast<std::uintptr_t>(at);
    const std::uintptr_t first = (begin + page - 1) / page * page;
    const std::uintptr_t end = (begin + bytes) / page * page;
    if (end > first)
        // NOLINTNEXTLINE(performance-no-int-to-ptr): an address rounded up to a page
        ::madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#else
    static_cast<void>(at), static_cast<void>(bytes);
#endif
}

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

    /// For memory that has not been written yet, on a device that computes in the host's memory: large pages, and where
    /// threads on several nodes read it, from all of these.
    void place_pages(bool on_several_nodes) const {
        if (!shared_) return;
        ask_for_huge_pages(at_, bytes_);
        if (on_several_nodes) alternate_pages(bytes(), own_nodes());
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

/// Memory of the host's own for a buffer's bytes.
class host_memory {
public:
    explicit host_memory(std::size_t bytes)
        : bytes_(bytes),
          at_(static_cast<std::byte*>(::operator new(bytes, std::align_val_t{alignment}))) {
        detail::ask_for_huge_pages(at_.get(), bytes);
    }

    std::span<std::byte> bytes() const { return {at_.get(), bytes_}; }

    /// Returns when the buffer has them.
    void copy_to(const device& dev, cl_mem memory) const {
        cl_int code = CL_SUCCESS;
        const opencl::queue queue(clCreateCommandQueue(dev.context(), dev.id(), 0, &code));
        opencl::check(code, "clCreateCommandQueue", dev.name());
        opencl::check(clEnqueueWriteBuffer(
                          queue.get(), memory, CL_TRUE, 0, bytes_, at_.get(), 0, nullptr, nullptr),
            "clEnqueueWriteBuffer", "the weights");
    }

private:
    static constexpr std::size_t alignment = 4096;
    struct release {
        void operator()(std::byte* at) const { ::operator delete(at, std::align_val_t{alignment}); }
    };
    std::size_t bytes_;
    std::unique_ptr<std::byte, release> at_;
};

}  // namespace lamina::detail
