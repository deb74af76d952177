// SPDX-License-Identifier: Apache-2.0
// Every error code of OpenCL in words, and the messages made of them. Included by cl.hpp, or compiled
// into Lamina::compiled.
#pragma once
#include <lamina/runtime/cl.hpp>

namespace lamina::opencl {

LAMINA_INLINE const meaning& explain(cl_int code) {
    constexpr auto smaller = "use a smaller batch or input, or another device (LAMINA_DEVICE)";
    constexpr auto driver = "look at the driver's own log, or try another device (LAMINA_DEVICE)";
    constexpr auto report
        = "this points at a fault in Lamina or in a kernel; please report it with "
          "the output of clinfo";
    static const meaning rows[] = {
        {-1, "CL_DEVICE_NOT_FOUND", "no such device", "list the devices with clinfo -l"},
        {-2, "CL_DEVICE_NOT_AVAILABLE", "the device is in use or switched off", driver},
        {-3, "CL_COMPILER_NOT_AVAILABLE", "the driver has no compiler",
            "install the driver's compiler package, or load a plan that contains device binaries"},
        {-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE", "no memory left on the device", smaller},
        {-5, "CL_OUT_OF_RESOURCES", "the device ran out of resources", smaller},
        {-6, "CL_OUT_OF_HOST_MEMORY", "the host ran out of memory", smaller},
        {-7, "CL_PROFILING_INFO_NOT_AVAILABLE", "no profile was recorded",
            "make the queue with profiling on"},
        {-8, "CL_MEM_COPY_OVERLAP", "source and destination of a copy overlap", report},
        {-9, "CL_IMAGE_FORMAT_MISMATCH", "two images have different formats", report},
        {-10, "CL_IMAGE_FORMAT_NOT_SUPPORTED", "the device has no images of this format", report},
        {-11, "CL_BUILD_PROGRAM_FAILURE", "the kernel text does not compile", report},
        {-12, "CL_MAP_FAILURE", "a buffer could not be mapped into the host's memory", smaller},
        {-13, "CL_MISALIGNED_SUB_BUFFER_OFFSET",
            "a part of a buffer begins at no multiple of the "
            "device's alignment",
            report},
        {-14, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", "an earlier command failed", driver},
        {-15, "CL_COMPILE_PROGRAM_FAILURE", "the kernel text does not compile", report},
        {-16, "CL_LINKER_NOT_AVAILABLE", "the driver has no linker",
            "install the driver's compiler package, or load a plan that contains device binaries"},
        {-17, "CL_LINK_PROGRAM_FAILURE", "the program does not link", report},
        {-18, "CL_DEVICE_PARTITION_FAILED", "the device cannot be divided", driver},
        {-19, "CL_KERNEL_ARG_INFO_NOT_AVAILABLE", "the program keeps no facts on arguments",
            report},
        {-30, "CL_INVALID_VALUE", "an argument is out of range", report},
        {-31, "CL_INVALID_DEVICE_TYPE", "not a type of device", report},
        {-32, "CL_INVALID_PLATFORM", "not a platform", report},
        {-33, "CL_INVALID_DEVICE", "not a device of this context", report},
        {-34, "CL_INVALID_CONTEXT", "not a context", report},
        {-35, "CL_INVALID_QUEUE_PROPERTIES", "the device has no queues of this kind", driver},
        {-36, "CL_INVALID_COMMAND_QUEUE", "not a queue of this context", report},
        {-37, "CL_INVALID_HOST_PTR", "host memory was given, or left out, against the flags",
            report},
        {-38, "CL_INVALID_MEM_OBJECT", "not a buffer of this context", report},
        {-39, "CL_INVALID_IMAGE_FORMAT_DESCRIPTOR", "not a format of images", report},
        {-40, "CL_INVALID_IMAGE_SIZE", "the device has no images of that size", smaller},
        {-41, "CL_INVALID_SAMPLER", "not a sampler of this context", report},
        {-42, "CL_INVALID_BINARY", "the device binary is of another device or driver",
            "build from source on this machine"},
        {-43, "CL_INVALID_BUILD_OPTIONS", "the driver does not know one of the build options",
            report},
        {-44, "CL_INVALID_PROGRAM", "not a program of this context", report},
        {-45, "CL_INVALID_PROGRAM_EXECUTABLE", "the program is not built for this device", report},
        {-46, "CL_INVALID_KERNEL_NAME", "the program has no kernel of that name",
            "compare the name with the kernel text"},
        {-47, "CL_INVALID_KERNEL_DEFINITION", "devices disagree on the kernel's arguments", report},
        {-48, "CL_INVALID_KERNEL", "not a kernel", report},
        {-49, "CL_INVALID_ARG_INDEX", "the kernel has fewer arguments", report},
        {-50, "CL_INVALID_ARG_VALUE", "an argument's value does not fit the kernel", report},
        {-51, "CL_INVALID_ARG_SIZE", "an argument's size does not fit the kernel", report},
        {-52, "CL_INVALID_KERNEL_ARGS", "an argument was not set", report},
        {-53, "CL_INVALID_WORK_DIMENSION", "a launch has 1 to 3 dimensions", report},
        {-54, "CL_INVALID_WORK_GROUP_SIZE", "the work-group does not fit the device or kernel",
            report},
        {-55, "CL_INVALID_WORK_ITEM_SIZE", "the work-group has too many items on one side", report},
        {-56, "CL_INVALID_GLOBAL_OFFSET", "the global offset is out of range", report},
        {-57, "CL_INVALID_EVENT_WAIT_LIST", "an event to wait for is of another context", report},
        {-58, "CL_INVALID_EVENT", "not an event of this context", report},
        {-59, "CL_INVALID_OPERATION", "the device cannot do this", report},
        {-60, "CL_INVALID_GL_OBJECT", "not an object of OpenGL", report},
        {-61, "CL_INVALID_BUFFER_SIZE", "the device has no buffers of that size", smaller},
        {-62, "CL_INVALID_MIP_LEVEL", "not a level of an OpenGL texture", report},
        {-63, "CL_INVALID_GLOBAL_WORK_SIZE", "the launch has no work-items or too many", report},
        {-64, "CL_INVALID_PROPERTY", "a property is not known or there twice", report},
        {-65, "CL_INVALID_IMAGE_DESCRIPTOR", "not a description of an image", report},
        {-66, "CL_INVALID_COMPILER_OPTIONS", "the driver does not know one of the build options",
            report},
        {-67, "CL_INVALID_LINKER_OPTIONS", "the driver does not know one of the linker's options",
            report},
        {-68, "CL_INVALID_DEVICE_PARTITION_COUNT", "the device has fewer parts", report},
        {-69, "CL_INVALID_PIPE_SIZE", "the device has no pipes of that size", report},
        {-70, "CL_INVALID_DEVICE_QUEUE", "not a queue on the device", report},
        {-71, "CL_INVALID_SPEC_ID", "the program has no such constant", report},
        {-72, "CL_MAX_SIZE_RESTRICTION_EXCEEDED", "an argument is larger than the device allows",
            smaller},
        {-1000, "CL_INVALID_GL_SHAREGROUP_REFERENCE_KHR", "not a share group of OpenGL", report},
        {-1001, "CL_PLATFORM_NOT_FOUND_KHR", "no OpenCL driver is installed",
            "install one, for a CPU pocl-opencl-icd"},
        {-1002, "CL_INVALID_D3D10_DEVICE_KHR", "not a device of Direct3D", report},
        {-1003, "CL_INVALID_D3D10_RESOURCE_KHR", "not a resource of Direct3D", report},
        {-1004, "CL_D3D10_RESOURCE_ALREADY_ACQUIRED_KHR", "the resource is taken already", report},
        {-1005, "CL_D3D10_RESOURCE_NOT_ACQUIRED_KHR", "the resource was not taken", report},
        {-1006, "CL_INVALID_D3D11_DEVICE_KHR", "not a device of Direct3D", report},
        {-1007, "CL_INVALID_D3D11_RESOURCE_KHR", "not a resource of Direct3D", report},
        {-1008, "CL_D3D11_RESOURCE_ALREADY_ACQUIRED_KHR", "the resource is taken already", report},
        {-1009, "CL_D3D11_RESOURCE_NOT_ACQUIRED_KHR", "the resource was not taken", report},
        {-1010, "CL_INVALID_DX9_MEDIA_ADAPTER_KHR", "not a media adapter", report},
        {-1011, "CL_INVALID_DX9_MEDIA_SURFACE_KHR", "not a media surface", report},
        {-1012, "CL_DX9_MEDIA_SURFACE_ALREADY_ACQUIRED_KHR", "the surface is taken already",
            report},
        {-1013, "CL_DX9_MEDIA_SURFACE_NOT_ACQUIRED_KHR", "the surface was not taken", report},
        {-1057, "CL_DEVICE_PARTITION_FAILED_EXT", "the device cannot be divided", driver},
        {-1058, "CL_INVALID_PARTITION_COUNT_EXT", "the device has fewer parts", report},
        {-1059, "CL_INVALID_PARTITION_NAME_EXT", "not a way to divide the device", report},
        {-1092, "CL_EGL_RESOURCE_NOT_ACQUIRED_KHR", "the resource was not taken", report},
        {-1093, "CL_INVALID_EGL_OBJECT_KHR", "not an object of EGL", report},
        {-1094, "CL_INVALID_ACCELERATOR_INTEL", "not an accelerator", report},
        {-1095, "CL_INVALID_ACCELERATOR_TYPE_INTEL", "not a type of accelerator", report},
        {-1096, "CL_INVALID_ACCELERATOR_DESCRIPTOR_INTEL", "not a description of an accelerator",
            report},
        {-1097, "CL_ACCELERATOR_TYPE_NOT_SUPPORTED_INTEL", "the device has no such accelerator",
            driver},
        {-1098, "CL_INVALID_VA_API_MEDIA_ADAPTER_INTEL", "not a media adapter", report},
        {-1099, "CL_INVALID_VA_API_MEDIA_SURFACE_INTEL", "not a media surface", report},
        {-1100, "CL_VA_API_MEDIA_SURFACE_ALREADY_ACQUIRED_INTEL", "the surface is taken already",
            report},
        {-1101, "CL_VA_API_MEDIA_SURFACE_NOT_ACQUIRED_INTEL", "the surface was not taken", report},
        {-1108, "CL_COMMAND_TERMINATED_ITSELF_WITH_FAILURE_ARM", "a kernel ended itself", driver},
        {-1121, "CL_CONTEXT_TERMINATED_KHR", "the context was ended", driver},
        {-1138, "CL_INVALID_COMMAND_BUFFER_KHR", "not a command buffer", report},
        {-1139, "CL_INVALID_SYNC_POINT_WAIT_LIST_KHR", "not a point to wait for", report},
        {-1140, "CL_INCOMPATIBLE_COMMAND_QUEUE_KHR", "the queue does not suit the command buffer",
            report},
        {-1141, "CL_INVALID_MUTABLE_COMMAND_KHR", "not a command that can be changed", report},
        {-1142, "CL_INVALID_SEMAPHORE_KHR", "not a semaphore", report},
        {-9999, "a code of NVIDIA's driver", "a kernel read or wrote outside of its memory",
            report},
    };
    static const meaning unknown{
        0, "a code of this driver", "an error that OpenCL has no name for", driver};
    for (const meaning& row : rows)
        if (row.code == code) return row;
    return unknown;
}

LAMINA_INLINE std::string in_words(cl_int code) {
    const meaning& row = explain(code);
    return std::string(row.words) + " (" + row.name + ", " + std::to_string(code) + ")";
}

[[noreturn]] LAMINA_INLINE void fail(cl_int code, std::string_view what, std::string_view subject) {
    const bool too_small = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_RESOURCES
        || code == CL_OUT_OF_HOST_MEMORY || code == CL_INVALID_BUFFER_SIZE
        || code == CL_INVALID_WORK_GROUP_SIZE || code == CL_INVALID_WORK_ITEM_SIZE;
    throw call_failed(too_small ? errc::device_limit : errc::device_failure, std::string(subject),
        std::string(subject) + ": " + std::string(what) + " failed with '" + in_words(code) + "'; "
            + explain(code).advice,
        code);
}

LAMINA_INLINE bool finish(cl_command_queue queue) noexcept {
    constexpr int attempts = 3;
    for (int i = 0; i < attempts; ++i)
        if (clFinish(queue) == CL_SUCCESS) return true;
    return false;
}

}  // namespace lamina::opencl
