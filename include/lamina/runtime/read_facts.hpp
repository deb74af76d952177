// SPDX-License-Identifier: Apache-2.0
// Queries a driver for its device's properties. Used by device.hpp.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

#include <lamina/core/ability.hpp>
#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/cpu_abilities.hpp>
#include <lamina/runtime/device_facts.hpp>

namespace lamina::detail {

/// Queries properties of a device or platform. No property has a default: a guess would affect how networks
/// run, and a device with 0 compute units computes nothing.
/// Errors  LAM-R16 with the property's name.
template <class Object, auto Ask> struct fact_reader {
    Object object;
    std::string subject;  ///< its name in messages

    std::string text(cl_uint what, const char* fact) const {
        std::size_t size = 0;
        need(Ask(object, what, 0, nullptr, &size), fact);
        std::string text(size, '\0');
        if (size) need(Ask(object, what, size, text.data(), nullptr), fact);
        // Drivers pad texts: they end at the first zero, and blanks on either side are removed.
        text.resize(std::min(text.find('\0'), text.size()));
        text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
        text.resize(text.find_last_not_of(' ') + 1);
        return text;
    }
    template <class Value> Value value(cl_uint what, const char* fact) const {
        Value value{};
        need(Ask(object, what, sizeof value, &value, nullptr), fact);
        return value;
    }
    /// A size that cannot be 0 on a device that computes.
    template <class Value> Value size(cl_uint what, const char* fact) const {
        const Value given = value<Value>(what, fact);
        if (given == 0)
            throw error(errc::device_failure, subject,
                subject + " says that its " + fact
                    + " is 0, at least 1 is needed to run anything; look at the driver's own log, "
                      "or choose another device (LAMINA_DEVICE)");
        return given;
    }

private:
    void need(cl_int code, const char* fact) const {
        if (code != CL_SUCCESS) [[unlikely]]
            throw opencl::call_failed(errc::device_failure, subject,
                subject + " does not report its " + fact + ": '" + opencl::in_words(code)
                    + "', and how networks run depends on it; look at the driver's own log, or "
                      "choose another device (LAMINA_DEVICE)",
                code);
    }
};
using device_reader = fact_reader<cl_device_id, &clGetDeviceInfo>;
using platform_reader = fact_reader<cl_platform_id, &clGetPlatformInfo>;

/// Errors  LAM-R16 with the name of a property that the driver does not report.
inline device_facts read_facts(cl_platform_id platform, cl_device_id id) {
    device_facts f;
    detail::device_reader ask{id, "an OpenCL device"};
    f.name = ask.text(CL_DEVICE_NAME, "name");
    ask.subject = "device '" + f.name + "'";
    f.vendor = ask.text(CL_DEVICE_VENDOR, "vendor");
    f.driver = ask.text(CL_DRIVER_VERSION, "driver's version");
    f.version = ask.text(CL_DEVICE_VERSION, "OpenCL version");
    f.extensions = ask.text(CL_DEVICE_EXTENSIONS, "extensions");
    const detail::platform_reader ask_platform{platform, "the platform of " + ask.subject};
    f.platform = ask_platform.text(CL_PLATFORM_NAME, "name");
    f.platform_version = ask_platform.text(CL_PLATFORM_VERSION, "version");
    const auto type = ask.value<cl_device_type>(CL_DEVICE_TYPE, "type");
    f.type = type & CL_DEVICE_TYPE_GPU      ? device_type::gpu
        : type & CL_DEVICE_TYPE_ACCELERATOR ? device_type::accelerator
        : type & CL_DEVICE_TYPE_CPU         ? device_type::cpu
                                            : device_type::other;
    f.compute_units = ask.size<cl_uint>(CL_DEVICE_MAX_COMPUTE_UNITS, "number of compute units");
    f.max_work_group = ask.size<std::size_t>(CL_DEVICE_MAX_WORK_GROUP_SIZE, "largest work-group");
    // A device may have more dimensions than three and needs room for all of them.
    const auto along = ask.value<std::array<std::size_t, 16>>(
        CL_DEVICE_MAX_WORK_ITEM_SIZES, "largest work-group along each dimension");
    std::copy_n(along.begin(), 3, f.max_work_items.begin());
    f.local_memory_bytes = ask.value<cl_ulong>(CL_DEVICE_LOCAL_MEM_SIZE, "size of local memory");
    f.global_memory_bytes = ask.value<cl_ulong>(CL_DEVICE_GLOBAL_MEM_SIZE, "size of memory");
    f.max_alloc_bytes = ask.size<cl_ulong>(CL_DEVICE_MAX_MEM_ALLOC_SIZE, "largest buffer");
    f.alignment_bytes
        = ask.value<cl_uint>(CL_DEVICE_MEM_BASE_ADDR_ALIGN, "alignment") / 8;  // told in bits
    f.has_fp16 = f.extensions.find("cl_khr_fp16") != std::string::npos;
    f.has_fp64 = f.extensions.find("cl_khr_fp64") != std::string::npos;
    f.shares_host_memory
        = ask.value<cl_bool>(CL_DEVICE_HOST_UNIFIED_MEMORY, "sharing of the host's memory") != 0;
    f.compiles_lazily = f.platform == "Portable Computing Language";
    f.compiles_one_at_a_time = f.platform == "NVIDIA CUDA";
    const auto has = [&](std::string_view extension) {
        return (" " + f.extensions + " ").find(" " + std::string(extension) + " ")
            != std::string::npos;
    };
    const auto add = [&](std::string_view name) {
        if (!name.empty() && !f.is_able(name))
            f.abilities.append(f.abilities.empty() ? "" : " ").append(name);
    };
    // CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV and _MINOR_NV
    if (has("cl_nv_device_attribute_query")) {
        const auto major = ask.value<cl_uint>(0x4000, "compute capability");
        const auto minor = ask.value<cl_uint>(0x4001, "compute capability");
        if (major >= 8) add(to_text(ability::mma));
        if (major == 9 && minor == 0) add(to_text(ability::wgmma));
        if (major * 10 + minor >= 61) add(to_text(ability::dp4a));
    }
    if (f.type == device_type::gpu && has("cl_khr_integer_dot_product"))
        add(to_text(ability::dp4a));
    if (has("cl_khr_subgroups") || has("cl_intel_subgroups")) add(to_text(ability::subgroups));
    if (f.type == device_type::cpu) add(cpu_abilities(this_cpu()));
#if LAMINA_HAS_CLBLAST
    add(to_text(ability::clblast));
#endif
    if (const char* told = std::getenv("LAMINA_ABILITIES")) f.abilities = told;
    return f;
}

}  // namespace lamina::detail
