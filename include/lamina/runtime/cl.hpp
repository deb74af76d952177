// SPDX-License-Identifier: Apache-2.0
// OpenCL 1.2 as the rest of the runtime uses it: owned handles, and error codes made sentences.
// Right above the C API; device.hpp, program.hpp and the engine stand on it. The handles are ours
// and not CL/opencl.hpp's: that header costs every user 0.45 s of parsing (CL/cl.h: 0.02 s) for
// what is one template here.
#pragma once
#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>

#include <string>
#include <string_view>
#include <utility>

#include <lamina/core/error.hpp>

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

    /// Shares an object that someone else (the user's own code) owns too.
    static handle shared(Raw borrowed) { return handle(retained(borrowed)); }

    Raw get() const { return raw_; }
    explicit operator bool() const { return raw_ != nullptr; }
    /// Where a C function such as clEnqueueNDRangeKernel puts a new object; drops the present one.
    Raw* fill() {
        *this = handle();
        return &raw_;
    }

private:
    Raw raw_ = nullptr;

    /// A handle that retained nothing would release what is somebody else's.
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

/// What a code means, in words, its name in the OpenCL headers, and what a user can do about it.
struct meaning {
    cl_int code;
    const char* name;
    const char* words;
    const char* advice;
};

inline const meaning& explain(cl_int code) {
    constexpr auto smaller = "use a smaller batch or input, or another device (LAMINA_DEVICE)";
    constexpr auto driver = "look at the driver's own log, or try another device (LAMINA_DEVICE)";
    constexpr auto report
        = "this points at a fault in Lamina or in a kernel; please report it with "
          "the output of clinfo";
    static const meaning rows[] = {
        {-1, "CL_DEVICE_NOT_FOUND", "no such device", "list the devices with clinfo -l"},
        {-2, "CL_DEVICE_NOT_AVAILABLE", "the device is in use or switched off", driver},
        {-3, "CL_COMPILER_NOT_AVAILABLE", "the driver has no compiler",
            "install the driver's compiler package, or load a plan that carries device binaries"},
        {-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE", "no memory left on the device", smaller},
        {-5, "CL_OUT_OF_RESOURCES", "the device ran out of resources", smaller},
        {-6, "CL_OUT_OF_HOST_MEMORY", "the host ran out of memory", smaller},
        {-7, "CL_PROFILING_INFO_NOT_AVAILABLE", "no profile was recorded",
            "make the queue with profiling on"},
        {-11, "CL_BUILD_PROGRAM_FAILURE", "the kernel text does not compile", report},
        {-14, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", "an earlier command failed", driver},
        {-30, "CL_INVALID_VALUE", "an argument is out of range", report},
        {-33, "CL_INVALID_DEVICE", "not a device of this context", report},
        {-34, "CL_INVALID_CONTEXT", "not a context", report},
        {-36, "CL_INVALID_COMMAND_QUEUE", "not a queue of this context", report},
        {-38, "CL_INVALID_MEM_OBJECT", "not a buffer of this context", report},
        {-42, "CL_INVALID_BINARY", "the device binary is of another device or driver",
            "build from source on this machine"},
        {-43, "CL_INVALID_BUILD_OPTIONS", "the driver does not know one of the build options",
            report},
        {-44, "CL_INVALID_PROGRAM", "not a program of this context", report},
        {-45, "CL_INVALID_PROGRAM_EXECUTABLE", "the program is not built for this device", report},
        {-46, "CL_INVALID_KERNEL_NAME", "the program has no kernel of that name",
            "compare the name with the kernel text"},
        {-48, "CL_INVALID_KERNEL", "not a kernel", report},
        {-49, "CL_INVALID_ARG_INDEX", "the kernel has fewer arguments", report},
        {-50, "CL_INVALID_ARG_VALUE", "an argument's value does not fit the kernel", report},
        {-51, "CL_INVALID_ARG_SIZE", "an argument's size does not fit the kernel", report},
        {-52, "CL_INVALID_KERNEL_ARGS", "an argument was not set", report},
        {-54, "CL_INVALID_WORK_GROUP_SIZE", "the work-group does not fit the device or kernel",
            report},
        {-55, "CL_INVALID_WORK_ITEM_SIZE", "the work-group has too many items on one side", report},
        {-56, "CL_INVALID_GLOBAL_OFFSET", "the global offset is out of range", report},
        {-58, "CL_INVALID_EVENT", "not an event of this context", report},
        {-61, "CL_INVALID_BUFFER_SIZE", "the device has no buffers of that size", smaller},
        {-63, "CL_INVALID_GLOBAL_WORK_SIZE", "the launch has no work-items or too many", report},
        {-1001, "CL_PLATFORM_NOT_FOUND_KHR", "no OpenCL driver is installed",
            "install one, for a CPU pocl-opencl-icd"},
    };
    static const meaning unknown{0, "a code of this driver", "an error without a name", driver};
    for (const meaning& row : rows)
        if (row.code == code) return row;
    return unknown;
}

/// "no memory left on the device (CL_MEM_OBJECT_ALLOCATION_FAILURE, -4)".
inline std::string in_words(cl_int code) {
    const meaning& row = explain(code);
    return std::string(row.words) + " (" + row.name + ", " + std::to_string(code) + ")";
}

/// The error of a call, with its code for those who tell causes apart.
struct call_failed : error {
    cl_int status;
    call_failed(errc code, std::string subject, std::string sentence, cl_int status)
        : error(code, std::move(subject), std::move(sentence)), status(status) {}
};

[[noreturn]] inline void fail(cl_int code, std::string_view what, std::string_view subject) {
    const bool too_small = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_RESOURCES
        || code == CL_OUT_OF_HOST_MEMORY || code == CL_INVALID_BUFFER_SIZE
        || code == CL_INVALID_WORK_GROUP_SIZE || code == CL_INVALID_WORK_ITEM_SIZE;
    throw call_failed(too_small ? errc::device_limit : errc::device_failure, std::string(subject),
        std::string(subject) + ": " + std::string(what) + " came back with '" + in_words(code)
            + "'; " + explain(code).advice,
        code);
}

/// Throws lamina::error (device_limit or device_failure) unless `code` is CL_SUCCESS.
/// `what` is the call and its sizes, `subject` the device, step or tensor it was for.
inline void check(cl_int code, std::string_view what, std::string_view subject) {
    if (code != CL_SUCCESS) [[unlikely]]
        fail(code, what, subject);
}

/// Waits for a queue where an error has no way out. A call that fails may fail for a moment, so it
/// is made again. False when it is not known whether the queue's work has ended.
inline bool finish(cl_command_queue queue) noexcept {
    constexpr int attempts = 3;
    for (int i = 0; i < attempts; ++i)
        if (clFinish(queue) == CL_SUCCESS) return true;
    return false;
}

}  // namespace lamina::opencl
