// SPDX-License-Identifier: Apache-2.0
// Lists devices and finds one by name. Included by device.hpp, or compiled into Lamina::compiled.
#pragma once
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/runtime/device.hpp>
#include <lamina/runtime/environment.hpp>
#include <lamina/runtime/read_facts.hpp>

namespace lamina {

struct device::state {
    cl_platform_id platform;
    cl_device_id id;
    device_facts facts;
    opencl::context context;
    std::mutex making;
};

LAMINA_INLINE device::device(cl_platform_id platform, cl_device_id id)
    : state_(std::make_shared<state>()) {
    state_->platform = platform;
    state_->id = id;
    state_->facts = detail::read_facts(platform, id);
}

LAMINA_INLINE const device_facts& device::facts() const { return state_->facts; }

namespace detail {

inline std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

/// Whether files can be created in a folder, which is created if it does not exist.
inline bool can_write_in(const std::string& folder) {
    for (std::size_t end = 1; end <= folder.size(); ++end)
        if (end == folder.size() || folder[end] == '/')
            ::mkdir(folder.substr(0, end).c_str(), 0700);
    return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

/// Why an installed PoCL has no device; empty if it has one or is not installed. It needs a folder for
/// its cache and reports nothing if there is none.
inline std::string pocl_trouble() {
    cl_uint count = 0;
    if (clGetPlatformIDs(0, nullptr, &count) != CL_SUCCESS) return {};
    std::vector<cl_platform_id> platforms(count);
    if (clGetPlatformIDs(count, platforms.data(), nullptr) != CL_SUCCESS) return {};
    for (cl_platform_id platform : platforms) {
        cl_uint devices = 0;
        char name[64] = {};
        if (clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name, name, nullptr) != CL_SUCCESS
            || std::string_view(name) != "Portable Computing Language"
            || (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &devices) == CL_SUCCESS
                && devices))
            continue;
        const auto set = [](const char* name) -> std::string {
            const char* value = std::getenv(name);
            return value ? value : "";
        };
        const std::string own = set("POCL_CACHE_DIR"), cache = set("XDG_CACHE_HOME"),
                          home = set("HOME");
        const std::string folder = !own.empty() ? own
            : !cache.empty()                    ? cache + "/pocl/kcache"
            : !home.empty()                     ? home + "/.cache/pocl/kcache"
                                                : "/tmp/pocl/kcache";
        if (!can_write_in(folder))
            return "PoCL is here but has no device, for its cache folder '" + folder
                + "' cannot be written; set POCL_CACHE_DIR to a folder that can";
        return "PoCL is here but has no device; look at POCL_DEVICES, and at what it prints with "
               "POCL_DEBUG=all";
    }
    return {};
}

}  // namespace detail

/// The devices, and messages about those that could not be queried.
struct device::found {
    std::vector<device> devices;
    std::vector<std::string> faults;
};

LAMINA_INLINE device::found device::enumerate() {
    detail::environment_before_opencl();
    constexpr cl_int no_platform = -1001;  // CL_PLATFORM_NOT_FOUND_KHR of the loader
    cl_uint count = 0;
    const cl_int code = clGetPlatformIDs(0, nullptr, &count);
    if (code != no_platform) opencl::check(code, "clGetPlatformIDs", "OpenCL");
    if (code == no_platform || count == 0)
        throw error(errc::no_platform, "OpenCL",
            "this machine has no OpenCL driver (the loader found 0 platforms, at least 1 is "
            "needed); install one: pocl-opencl-icd for the CPU, or the package of your GPU "
            "(nvidia-opencl-icd, mesa-opencl-icd, intel-opencl-icd), then look at clinfo -l");
    std::vector<cl_platform_id> platforms(count);
    opencl::check(clGetPlatformIDs(count, platforms.data(), nullptr), "clGetPlatformIDs", "OpenCL");

    found out;
    for (cl_platform_id platform : platforms) {
        const auto ids_of = [platform](cl_uint room, cl_device_id* ids, cl_uint* devices) {
            const cl_int told = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, room, ids, devices);
            // Drivers report absent hardware in one of these ways.
            if (told == CL_DEVICE_NOT_FOUND || told == CL_DEVICE_NOT_AVAILABLE
                || told == CL_INVALID_PLATFORM)
                return false;
            opencl::check(told, "clGetDeviceIDs", "an OpenCL platform");
            return true;
        };
        std::vector<cl_device_id> ids;
        try {
            cl_uint devices = 0;
            if (!ids_of(0, nullptr, &devices)) continue;
            ids.resize(devices);
            if (devices && !ids_of(devices, ids.data(), nullptr)) continue;
        } catch (const error& fault) {
            out.faults.emplace_back(fault.what());
            continue;
        }
        for (cl_device_id id : ids) try {
                const device one(platform, id);
                const detail::device_reader ask{id, one.subject()};
                if (ask.value<cl_bool>(CL_DEVICE_AVAILABLE, "availability"))
                    out.devices.push_back(one);
            } catch (const error& fault) {
                out.faults.emplace_back(fault.what());
            }
    }
    if (out.devices.empty() && out.faults.empty()) {
        const std::string pocl = detail::pocl_trouble();
        throw error(errc::no_platform, "OpenCL",
            (count == 1 ? std::string("the OpenCL platform of this machine has no device")
                        : "none of the " + std::to_string(count)
                        + " OpenCL platforms of this machine has a device")
                + ", at least 1 is needed; "
                + (!pocl.empty() ? pocl
                                 : "check that you may open the device files (/dev/dri, "
                                   "/dev/nvidia*), or install pocl-opencl-icd to run on the CPU"));
    }
    if (out.devices.empty()) fail_unknown(out);
    std::stable_sort(out.devices.begin(), out.devices.end(), [](const device& a, const device& b) {
        return std::pair(a.facts().type, a.facts().shares_host_memory)
            < std::pair(b.facts().type, b.facts().shares_host_memory);
    });
    return out;
}

/// Devices are queried once. One that could not be queried is tried again at the next call.
LAMINA_INLINE const device::found& device::known() {
    static std::mutex asking;
    // Never destroyed: at the end of a program, drivers may be unloaded before static objects.
    static const found* last = nullptr;
    const std::lock_guard lock(asking);
    if (last && last->faults.empty()) return *last;
    auto now = std::make_unique<const found>(enumerate());
    // Callers may hold references to the older list.
    if (!last || now->faults.size() < last->faults.size()) last = now.release();
    return *last;
}

LAMINA_INLINE const std::vector<device>& device::all() { return known().devices; }

LAMINA_INLINE std::string device::list(const std::vector<device>& devices) {
    std::string out;
    for (std::size_t i = 0; i < devices.size(); ++i)
        out += (i ? ", " : "") + std::to_string(i) + " ("
            + std::string(to_text(devices[i].facts().type)) + " '" + devices[i].name() + "')";
    return out;
}

LAMINA_INLINE void device::fail_unknown(const found& known) {
    std::string sentence;
    for (const std::string& fault : known.faults)
        sentence += (sentence.empty() ? "" : "; ") + fault;
    if (!known.devices.empty()) sentence += "; others are " + list(known.devices);
    throw error(errc::device_failure, "OpenCL", sentence);
}

LAMINA_INLINE device device::best() {
    const std::string wanted = environment("LAMINA_DEVICE");
    if (!wanted.empty()) return find(wanted, "named by LAMINA_DEVICE");
    const found& there = known();
    if (!there.faults.empty()) fail_unknown(there);
    return there.devices.front();
}

LAMINA_INLINE device device::find(std::string_view wanted, std::string_view how) {
    const std::string text = detail::lower(wanted);
    const found& there = known();
    const std::vector<device>& devices = there.devices;
    std::size_t index = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), index);
    const bool is_number = code == std::errc() && end == text.data() + text.size();
    if (is_number && index < devices.size()) {
        if (!there.faults.empty()) fail_unknown(there);  // it may be the number of another one
        return devices[index];
    }
    for (const device& d : devices)
        if (text == to_text(d.facts().type)) return d;
    // "3090" is part of a name, but "1" is an index even where it is also the 1 of "avx512".
    const bool is_name = !text.empty() && !(is_number && text.size() < 3);
    for (const device& d : devices)
        if (is_name && detail::lower(d.name()).find(text) != std::string::npos) return d;

    if (!there.faults.empty()) fail_unknown(there);
    const std::string pocl = detail::pocl_trouble();
    throw error(errc::device_missing, std::string(wanted),
        "no device is '" + std::string(wanted) + "', " + std::string(how)
            + "; this machine has device " + list(devices)
            + "; give a type, an index or part of a name of one of these"
            + (pocl.empty() ? pocl : " (" + pocl + ")"));
}

LAMINA_INLINE device device::in_context(cl_context context, cl_device_id id) {
    device made(platform_of(id), id);
    made.state_->context = opencl::context::shared(context);
    return made;
}

LAMINA_INLINE cl_device_id device::id() const { return state_->id; }
LAMINA_INLINE cl_platform_id device::platform() const { return state_->platform; }

LAMINA_INLINE cl_context device::context() const {
    const std::lock_guard lock(state_->making);
    if (!state_->context) {
        cl_int code = CL_SUCCESS;
        const cl_context_properties properties[]
            = {CL_CONTEXT_PLATFORM, reinterpret_cast<cl_context_properties>(platform()), 0};
        opencl::context made(clCreateContext(properties, 1, &state_->id, nullptr, nullptr, &code));
        opencl::check(code, "clCreateContext", subject());
        state_->context = std::move(made);
    }
    return state_->context.get();
}

LAMINA_INLINE std::string device::describe() const {
    const device_facts& f = facts();
    char memory[32];
    std::snprintf(
        memory, sizeof memory, "%.1f GB", static_cast<double>(f.global_memory_bytes) / 1e9);
    return std::string(to_text(f.type)) + " '" + f.name + "', " + std::to_string(f.compute_units)
        + " compute units, " + memory + ", " + f.platform + ", driver " + f.driver;
}

LAMINA_INLINE cl_platform_id device::platform_of(cl_device_id id) {
    cl_platform_id platform = nullptr;
    opencl::check(clGetDeviceInfo(id, CL_DEVICE_PLATFORM, sizeof platform, &platform, nullptr),
        "clGetDeviceInfo", "the given device");
    return platform;
}

}  // namespace lamina
