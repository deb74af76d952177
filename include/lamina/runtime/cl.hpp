// SPDX-License-Identifier: Apache-2.0
// OpenCL 1.2 as the rest of the runtime uses it: owning handles, and error codes as messages. A thin
// layer over the C API, used by device.hpp, program.hpp and the engine. It does not use CL/opencl.hpp,
// which costs every user 0.45 s of parsing (CL/cl.h: 0.02 s) for what is one template here.
#pragma once
#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>

#include <string>
#include <string_view>
#include <utility>

#include <lamina/core/error.hpp>
#include <lamina/core/linkage.hpp>

namespace lamina::opencl {

inline void check(cl_int code, std::string_view what, std::string_view subject);

/// A reference-counted OpenCL object: copies retain, the destructor releases. Empty when null.
template <class Raw, auto Retain, auto Release> class handle {
public:
    handle() = default;
    explicit handle(Raw owned) : raw_(owned) {}
    handle(const handle& other) : raw_(retained(other.raw_)) {}
    handle(handle&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    handle& operator=(handle other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    ~handle() {
        if (raw_) Release(raw_);
    }

    /// Shares an object that other code (the user's) owns too.
    static handle shared(Raw borrowed) { return handle(retained(borrowed)); }

    Raw get() const { return raw_; }
    explicit operator bool() const { return raw_ != nullptr; }
    /// Where a C function such as clEnqueueNDRangeKernel stores a new object; releases the current one.
    Raw* fill() {
        *this = handle();
        return &raw_;
    }

private:
    Raw raw_ = nullptr;

    /// A handle that failed to retain would release an object that it does not own.
    static Raw retained(Raw raw) {
        if (raw) check(Retain(raw), "retaining it", "an OpenCL object");
        return raw;
    }
};

using context = handle<cl_context, &clRetainContext, &clReleaseContext>;
using queue = handle<cl_command_queue, &clRetainCommandQueue, &clReleaseCommandQueue>;
using buffer = handle<cl_mem, &clRetainMemObject, &clReleaseMemObject>;
using program = handle<cl_program, &clRetainProgram, &clReleaseProgram>;
using kernel = handle<cl_kernel, &clRetainKernel, &clReleaseKernel>;
using event = handle<cl_event, &clRetainEvent, &clReleaseEvent>;

/// A code's meaning in words, its name in the OpenCL headers, and what a user can do about it.
struct meaning {
    cl_int code;
    const char* name;
    const char* words;
    const char* advice;
};

const meaning& explain(cl_int code);

/// "no memory left on the device (CL_MEM_OBJECT_ALLOCATION_FAILURE, -4)".
std::string in_words(cl_int code);

/// The error of a call, with its code for callers that distinguish causes.
struct call_failed : error {
    cl_int status;
    call_failed(errc code, std::string subject, const std::string& sentence, cl_int status)
        : error(code, std::move(subject), sentence), status(status) {}
};

[[noreturn]] void fail(cl_int code, std::string_view what, std::string_view subject);

/// Throws lamina::error (device_limit or device_failure) unless `code` is CL_SUCCESS.
/// `what` is the call and its sizes, `subject` the device, step or tensor it was for.
inline void check(cl_int code, std::string_view what, std::string_view subject) {
    if (code != CL_SUCCESS) [[unlikely]]
        fail(code, what, subject);
}

/// Waits for a queue where no error can be reported. A failure may be temporary, so the call is
/// repeated. Returns false if it is unknown whether the queue's work has ended.
bool finish(cl_command_queue queue) noexcept;

}  // namespace lamina::opencl

#ifndef LAMINA_COMPILED
#include <lamina/runtime/cl.impl.hpp>
#endif
