// SPDX-License-Identifier: Apache-2.0
// Transfers one input or output of a context between host and device. On a device that shares the host's
// memory the buffer is mapped, so that values are copied once; elsewhere they go through pinned memory,
// which allows asynchronous transfers. Used by context.hpp only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <lamina/plan/records.hpp>
#include <lamina/runtime/device.hpp>

namespace lamina::detail {

/// Receives the codes of OpenCL commands; throws only for a failure.
inline opencl::buffer make_buffer(
    const device& dev, cl_mem_flags flags, std::uint64_t bytes, std::string_view what) {
    const device_facts& f = dev.facts();
    if (bytes > f.max_alloc_bytes)
        throw error(errc::device_limit, dev.name(),
            dev.subject() + ": " + std::string(what) + " takes " + std::to_string(bytes)
                + " bytes, the device has buffers of up to " + std::to_string(f.max_alloc_bytes)
                + "; use a smaller batch or input, or another device (LAMINA_DEVICE)");
    cl_int code = CL_SUCCESS;
    opencl::buffer made(clCreateBuffer(
        dev.context(), flags, static_cast<std::size_t>(bytes ? bytes : 64), nullptr, &code));
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

class io_buffer {
public:
    io_buffer(const device& dev, const plan_binding& binding, bool is_input, cl_command_queue queue)
        : bytes_(static_cast<std::size_t>(binding.bytes())),
          direct_(dev.facts().shares_host_memory), queue_(opencl::queue::shared(queue)),
          memory_(make_buffer(dev, CL_MEM_READ_WRITE | host_flags(dev), bytes_, binding.name)) {
        if (direct_) return;
        staging_
            = make_buffer(dev, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, bytes_, binding.name);
        host_ = map(queue, staging_.get(), CL_TRUE, is_input ? CL_MAP_WRITE : CL_MAP_READ);
    }
    io_buffer(io_buffer&& other) noexcept
        : bytes_(other.bytes_), direct_(other.direct_), queue_(std::move(other.queue_)),
          memory_(std::move(other.memory_)), staging_(std::move(other.staging_)),
          host_(std::exchange(other.host_, nullptr)) {}
    io_buffer& operator=(io_buffer&&) = delete;
    ~io_buffer() {
        if (host_ && queue_)
            clEnqueueUnmapMemObject(
                queue_.get(), direct_ ? memory_.get() : staging_.get(), host_, 0, nullptr, nullptr);
    }

    cl_mem get() const { return memory_.get(); }
    std::size_t bytes() const { return bytes_; }

    /// Memory to write an input's values to, released by fill_end. If fill_end fails, its mapping is
    /// reused.
    void* fill_begin() {
        if (direct_ && !host_)
            host_ = map(queue_.get(), memory_.get(), CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION);
        return host_;
    }
    void fill_end() {
        if (direct_) unmap(queue_.get(), "unmapping an input");
    }

    /// The values of another input of the same size.
    void copy_from(const io_buffer& other) {
        if (!direct_)
            std::memcpy(host_, other.host_, bytes_);
        else if (bytes_)
            check(clEnqueueCopyBuffer(queue_.get(), other.memory_.get(), memory_.get(), 0, 0,
                      bytes_, 0, nullptr, nullptr),
                "copying an input");
    }

    /// Before kernels run: starts the transfer of an input's values to the device.
    void upload(cl_command_queue queue) {
        if (!direct_)
            check(clEnqueueWriteBuffer(
                      queue, memory_.get(), CL_FALSE, 0, moved(), host_, 0, nullptr, nullptr),
                "writing an input");
    }
    /// Before kernels run: unmaps an output that is mapped for reading.
    void open(cl_command_queue queue) {
        if (direct_ && host_) unmap(queue, "unmapping an output");
    }
    /// After the kernels: starts the transfer of an output's values to the host.
    void download(cl_command_queue queue) {
        if (direct_)
            host_ = map(queue, memory_.get(), CL_FALSE, CL_MAP_READ);
        else
            check(clEnqueueReadBuffer(
                      queue, memory_.get(), CL_FALSE, 0, moved(), host_, 0, nullptr, nullptr),
                "reading an output");
    }
    /// The values, valid after the queue has finished the transfer; null before the first.
    const void* host() const { return host_; }

private:
    std::size_t bytes_;
    bool direct_;
    opencl::queue queue_;
    opencl::buffer memory_, staging_;
    void* host_ = nullptr;

    /// Bytes of each transfer: OpenCL allows no empty transfers, and an empty tensor's buffer has some bytes.
    std::size_t moved() const { return bytes_ ? bytes_ : 1; }

    static void check(cl_int code, const char* what) {
        opencl::check(code, what, "an input or output");
    }
    void unmap(cl_command_queue queue, const char* what) {
        check(clEnqueueUnmapMemObject(queue, memory_.get(), host_, 0, nullptr, nullptr), what);
        host_ = nullptr;
    }
    void* map(cl_command_queue queue, cl_mem memory, cl_bool wait, cl_map_flags flags) const {
        cl_int code = CL_SUCCESS;
        void* at = clEnqueueMapBuffer(
            queue, memory, wait, flags, 0, moved(), 0, nullptr, nullptr, &code);
        check(code, "mapping an input or output");
        return at;
    }
};

}  // namespace lamina::detail
