// SPDX-License-Identifier: Apache-2.0
// Transfers one input or output of a context between host and device. On a device that shares the host's
// memory the buffer is mapped, so that values are copied once; elsewhere they go through pinned memory,
// which allows asynchronous transfers. Used by context.hpp only.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/parallel.hpp>

namespace lamina::detail {

/// Errors  LAM-R15 if the device has no buffers of that size.
inline void check_size(const device& dev, std::uint64_t bytes, std::string_view what) {
    const device_facts& f = dev.facts();
    if (bytes > f.max_alloc_bytes)
        throw error(errc::device_limit, dev.name(),
            dev.subject() + ": " + std::string(what) + " takes " + std::to_string(bytes)
                + " bytes, the device has buffers of up to " + std::to_string(f.max_alloc_bytes)
                + "; use a smaller batch or input, or another device (LAMINA_DEVICE)");
}

/// Receives the codes of OpenCL commands; throws only for a failure. `from`: the bytes that it begins with.
inline opencl::buffer make_buffer(const device& dev, cl_mem_flags flags, std::uint64_t bytes,
    std::string_view what, const void* from = nullptr) {
    check_size(dev, bytes, what);
    cl_int code = CL_SUCCESS;
    if (from) flags |= CL_MEM_COPY_HOST_PTR;
    // OpenCL takes a pointer that it does not write to without const.
    opencl::buffer made(clCreateBuffer(dev.context(), flags,
        static_cast<std::size_t>(bytes ? bytes : 64), const_cast<void*>(from), &code));
    if (code != CL_SUCCESS)
        opencl::fail(code,
            "clCreateBuffer of " + std::to_string(bytes) + " bytes for " + std::string(what),
            dev.subject());
    return made;
}

/// Flags of buffers that the host maps: pinned or shared memory, if that does not slow kernels down.
inline cl_mem_flags host_flags(const device& dev) {
    return dev.facts().shares_host_memory ? CL_MEM_ALLOC_HOST_PTR : cl_mem_flags{0};
}

/// Memory of an input or output at all shapes of a context, which has one of them at a time.
class io_memory {
public:
    io_memory(const device& dev, std::size_t bytes, std::string_view name, bool is_input,
        cl_command_queue queue)
        : bytes_(bytes), direct_(dev.facts().shares_host_memory),
          queue_(opencl::queue::shared(queue)),
          memory_(make_buffer(dev, CL_MEM_READ_WRITE | host_flags(dev), bytes, name)) {
        if (direct_) return;
        staging_ = make_buffer(dev, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, bytes, name);
        map(queue, CL_TRUE, is_input ? CL_MAP_WRITE : CL_MAP_READ);
    }
    io_memory(const io_memory&) = delete;
    io_memory& operator=(const io_memory&) = delete;
    ~io_memory() {
        if (host_ && queue_)
            clEnqueueUnmapMemObject(queue_.get(), mapped(), host_, 0, nullptr, nullptr);
    }

    std::size_t bytes() const { return bytes_; }
    bool is_direct() const { return direct_; }
    cl_mem get() const { return memory_.get(); }
    cl_command_queue queue() const { return queue_.get(); }
    void* host() const { return host_; }

    /// All of it, as a mapping may outlive a shape.
    void map(cl_command_queue queue, cl_bool wait, cl_map_flags flags) {
        cl_int code = CL_SUCCESS;
        host_ = clEnqueueMapBuffer(
            queue, mapped(), wait, flags, 0, bytes_ ? bytes_ : 1, 0, nullptr, nullptr, &code);
        opencl::check(code, "mapping an input or output", "an input or output");
    }
    void unmap(cl_command_queue queue, const char* what) {
        opencl::check(clEnqueueUnmapMemObject(queue, mapped(), host_, 0, nullptr, nullptr), what,
            "an input or output");
        host_ = nullptr;
    }

    /// Writes all of it, so that the process has the pages before a larger shape needs them.
    void touch() {
        if (!direct_) return;
        map(queue(), CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION);
        std::memset(host(), 0, bytes_);
        unmap(queue(), "unmapping an input or output");
    }

private:
    std::size_t bytes_;
    bool direct_;
    opencl::queue queue_;
    opencl::buffer memory_, staging_;
    void* host_ = nullptr;

    cl_mem mapped() const { return direct_ ? memory_.get() : staging_.get(); }
};

class io_buffer {
public:
    /// In the memory of the same input or output at another shape, where that is large enough; else in new
    /// memory of at least `reserved` bytes.
    io_buffer(const device& dev, const plan_binding& binding, bool is_input, cl_command_queue queue,
        std::uint64_t reserved = 0, const io_buffer* other = nullptr)
        : bytes_(static_cast<std::size_t>(binding.bytes())) {
        if (other && other->memory_->bytes() >= bytes_)
            memory_ = other->memory_;
        else
            memory_ = std::make_shared<io_memory>(dev,
                std::max(bytes_, static_cast<std::size_t>(reserved)), binding.name, is_input,
                queue);
        if (!other && memory_->bytes() > bytes_) memory_->touch();
    }

    cl_mem get() const { return memory_->get(); }
    std::size_t bytes() const { return bytes_; }

    /// Memory to write an input's values to, released by fill_end. If fill_end fails, its mapping is
    /// reused.
    void* fill_begin() {
        if (memory_->is_direct() && !memory_->host())
            memory_->map(memory_->queue(), CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION);
        return memory_->host();
    }
    void fill_end() {
        if (memory_->is_direct()) memory_->unmap(memory_->queue(), "unmapping an input");
    }

    /// Copies an input's values to memory that fill_begin gave. On GPUs by several threads where it is large: one
    /// takes longer than the transfer behind it.
    void fill_with(void* to, const void* values) const {
        if (memory_->is_direct())
            std::memcpy(to, values, bytes_);
        else
            copy_bytes(to, values, bytes_);
    }

    /// Before kernels run: starts the transfer of an input's values to the device.
    void upload(cl_command_queue queue) {
        if (!memory_->is_direct())
            check(clEnqueueWriteBuffer(queue, memory_->get(), CL_FALSE, 0, moved(), memory_->host(),
                      0, nullptr, nullptr),
                "writing an input");
    }
    /// Before kernels run: unmaps an output that is mapped for reading.
    void open(cl_command_queue queue) {
        if (memory_->is_direct() && memory_->host()) memory_->unmap(queue, "unmapping an output");
    }
    /// After the kernels: starts the transfer of an output's values to the host.
    void download(cl_command_queue queue) {
        if (memory_->is_direct())
            memory_->map(queue, CL_FALSE, CL_MAP_READ);
        else
            check(clEnqueueReadBuffer(queue, memory_->get(), CL_FALSE, 0, moved(), memory_->host(),
                      0, nullptr, nullptr),
                "reading an output");
    }
    /// The values, valid after the queue has finished the transfer; null before the first.
    const void* host() const { return memory_->host(); }

private:
    std::size_t bytes_;
    std::shared_ptr<io_memory> memory_;

    /// Bytes of each transfer: OpenCL allows no empty transfers, and an empty tensor's buffer has some bytes.
    std::size_t moved() const { return bytes_ ? bytes_ : 1; }

    static void check(cl_int code, const char* what) {
        opencl::check(code, what, "an input or output");
    }
};

}  // namespace lamina::detail
