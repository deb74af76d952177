// SPDX-License-Identifier: Apache-2.0
// The devices of this machine: which there are, which one to take, what it can do.
// First stop of the run side; an engine, its programs and its buffers live in a device's context.
#pragma once
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/ability.hpp>
#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/environment.hpp>

namespace lamina {

enum class device_type : unsigned char { gpu, accelerator, cpu, other };

constexpr std::string_view to_text(device_type type) {
    constexpr std::string_view names[] = {"gpu", "accelerator", "cpu", "other"};
    return names[static_cast<int>(type)];
}

/// What a device says about itself. Sizes in bytes. Storage in fp16 needs no fact: OpenCL 1.2's
/// vload_half and vstore_half are always there; `has_fp16` is about arithmetic. Each of them decides
/// how networks run, or which compiled kernels are taken from a cache, so none is ever guessed.
struct device_facts {
    std::string name, vendor, driver, version;
    std::string platform, platform_version;
    std::string extensions;  ///< space-separated
    /// What tactics may ask for, space-separated: "mma", NVIDIA's warp-wide matrix products. The
    /// variable LAMINA_ABILITIES, where it is set, says it instead (empty: nothing).
    std::string abilities;
    device_type type = device_type::other;
    unsigned compute_units = 0;
    std::size_t max_work_group = 0;               ///< work-items
    std::array<std::size_t, 3> max_work_items{};  ///< of a work-group along each dimension
    std::uint64_t local_memory_bytes = 0;
    std::uint64_t global_memory_bytes = 0;
    std::uint64_t max_alloc_bytes = 0;  ///< of one buffer
    std::size_t alignment_bytes = 0;    ///< of a buffer's start
    bool has_fp16 = false;
    bool has_fp64 = false;
    bool shares_host_memory = false;
    bool compiles_lazily = false;  ///< PoCL: a kernel's code is made at its first launch

    bool is_able(std::string_view wanted) const {
        return (" " + abilities + " ").find(" " + std::string(wanted) + " ") != std::string::npos;
    }
};

/// One OpenCL device and its context. Copies are cheap and share the context; there is one context
/// per device and process, made when it is first needed.
class device {
public:
    /// Every usable device, GPUs before accelerators before CPUs, own memory before shared memory.
    /// One whose facts cannot be read is not among them.
    /// Errors  LAM-R13 when there is no driver or no device at all, LAM-R16 when there are some and
    ///         no driver tells their facts.
    static const std::vector<device>& all();

    /// The device named by LAMINA_DEVICE (as in find) if that is set, else the first of all().
    /// Errors  LAM-R13, LAM-R14; LAM-R16 when the facts of some device cannot be read: it may have
    ///         been the best.
    static device best();

    /// "gpu", "cpu", "accelerator", an index into all(), or part of a name, in any case.
    /// Errors  LAM-R13, LAM-R14 with a list of the devices that there are; LAM-R16 when the facts
    ///         of some device cannot be read and the wanted one may be it.
    static device find(std::string_view wanted) { return find(wanted, "asked for"); }

    /// A device in a context of the user's own, so that buffers and queues made there can be used.
    /// Errors  LAM-R16 when its facts cannot be read.
    static device in_context(cl_context context, cl_device_id id) {
        device made(platform_of(id), id);
        made.state_->context = opencl::context::shared(context);
        return made;
    }

    const device_facts& facts() const { return state_->facts; }
    const std::string& name() const { return facts().name; }
    cl_device_id id() const { return state_->id; }
    cl_platform_id platform() const { return state_->platform; }

    /// Errors  LAM-R16 when the driver cannot make a context.
    cl_context context() const {
        const std::lock_guard lock(state_->making);
        if (!state_->context) {
            cl_int code = CL_SUCCESS;
            const cl_context_properties properties[]
                = {CL_CONTEXT_PLATFORM, reinterpret_cast<cl_context_properties>(platform()), 0};
            opencl::context made(
                clCreateContext(properties, 1, &state_->id, nullptr, nullptr, &code));
            opencl::check(code, "clCreateContext", subject());
            state_->context = std::move(made);
        }
        return state_->context.get();
    }

    /// "device 'NVIDIA H100'": how error sentences name it.
    std::string subject() const { return "device '" + name() + "'"; }

    /// One line: "gpu 'NVIDIA H100', 132 compute units, 79.1 GB, NVIDIA CUDA, driver 580.82".
    std::string describe() const {
        const device_facts& f = facts();
        char memory[32];
        std::snprintf(
            memory, sizeof memory, "%.1f GB", static_cast<double>(f.global_memory_bytes) / 1e9);
        return std::string(to_text(f.type)) + " '" + f.name + "', "
            + std::to_string(f.compute_units) + " compute units, " + memory + ", " + f.platform
            + ", driver " + f.driver;
    }

    friend bool operator==(const device& a, const device& b) { return a.id() == b.id(); }

private:
    struct state {
        cl_platform_id platform;
        cl_device_id id;
        device_facts facts;
        opencl::context context;
        std::mutex making;
    };
    std::shared_ptr<state> state_ = std::make_shared<state>();

    device(cl_platform_id platform, cl_device_id id);
    static device find(std::string_view wanted, std::string_view how);

    /// The devices that there are, and sentences about those that could not be asked.
    struct found {
        std::vector<device> devices;
        std::vector<std::string> faults;
    };
    static found enumerate();
    static const found& known();
    static std::string list(const std::vector<device>&);
    [[noreturn]] static void fail_unknown(const found&);

    static cl_platform_id platform_of(cl_device_id id) {
        cl_platform_id platform = nullptr;
        opencl::check(clGetDeviceInfo(id, CL_DEVICE_PLATFORM, sizeof platform, &platform, nullptr),
            "clGetDeviceInfo", "the given device");
        return platform;
    }
};

namespace detail {

/// Asks a driver for the facts of a device or platform. There is no default for a fact: a guess
/// would decide how networks run, and a device of 0 compute units computes nothing.
/// Errors  LAM-R16 with the fact's name.
template <class Object, auto Ask> struct fact_reader {
    Object object;
    std::string subject;  ///< as sentences name it

    std::string text(cl_uint what, const char* fact) const {
        std::size_t size = 0;
        need(Ask(object, what, 0, nullptr, &size), fact);
        std::string text(size, '\0');
        if (size) need(Ask(object, what, size, text.data(), nullptr), fact);
        // Drivers pad: the text ends at the first zero, and blanks on either side are noise.
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

inline std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

}  // namespace detail

inline device::device(cl_platform_id platform, cl_device_id id) {
    state_->platform = platform;
    state_->id = id;
    device_facts& f = state_->facts;
    detail::device_reader ask{id, "an OpenCL device"};
    f.name = ask.text(CL_DEVICE_NAME, "name");
    ask.subject = subject();
    f.vendor = ask.text(CL_DEVICE_VENDOR, "vendor");
    f.driver = ask.text(CL_DRIVER_VERSION, "driver's version");
    f.version = ask.text(CL_DEVICE_VERSION, "OpenCL version");
    f.extensions = ask.text(CL_DEVICE_EXTENSIONS, "extensions");
    const detail::platform_reader ask_platform{platform, "the platform of " + subject()};
    f.platform = ask_platform.text(CL_PLATFORM_NAME, "name");
    f.platform_version = ask_platform.text(CL_PLATFORM_VERSION, "version");
    const auto type = ask.value<cl_device_type>(CL_DEVICE_TYPE, "type");
    f.type = type & CL_DEVICE_TYPE_GPU      ? device_type::gpu
        : type & CL_DEVICE_TYPE_ACCELERATOR ? device_type::accelerator
        : type & CL_DEVICE_TYPE_CPU         ? device_type::cpu
                                            : device_type::other;
    f.compute_units = ask.size<cl_uint>(CL_DEVICE_MAX_COMPUTE_UNITS, "number of compute units");
    f.max_work_group = ask.size<std::size_t>(CL_DEVICE_MAX_WORK_GROUP_SIZE, "largest work-group");
    // A device may have more dimensions than three, and asks for room for all of them.
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
    // CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV of cl_nv_device_attribute_query
    if (f.extensions.find("cl_nv_device_attribute_query") != std::string::npos
        && ask.value<cl_uint>(0x4000, "compute capability") >= 8)
        f.abilities = to_text(ability::mma);
    if (const char* told = std::getenv("LAMINA_ABILITIES")) f.abilities = told;
}

namespace detail {

/// Whether files can be made in a folder, which is made where it is not there yet.
inline bool can_write_in(const std::string& folder) {
    for (std::size_t end = 1; end <= folder.size(); ++end)
        if (end == folder.size() || folder[end] == '/')
            ::mkdir(folder.substr(0, end).c_str(), 0700);
    return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

/// Why PoCL, where it is installed, has no device; empty where it has one or is not there. It needs
/// a folder for its cache, and without one it does not say so.
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

inline device::found device::enumerate() {
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
            // Drivers whose hardware is absent say so in one of these ways.
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

/// The devices are asked once. Where one could not be asked it is tried again at the next call.
inline const device::found& device::known() {
    static std::mutex asking;
    // Never destroyed: drivers may be unloaded before static objects are at the end of a program.
    static const found* last = nullptr;
    const std::lock_guard lock(asking);
    if (last && last->faults.empty()) return *last;
    auto now = std::make_unique<const found>(enumerate());
    // Callers may hold references to the older list.
    if (!last || now->faults.size() < last->faults.size()) last = now.release();
    return *last;
}

inline const std::vector<device>& device::all() { return known().devices; }

inline std::string device::list(const std::vector<device>& devices) {
    std::string out;
    for (std::size_t i = 0; i < devices.size(); ++i)
        out += (i ? ", " : "") + std::to_string(i) + " ("
            + std::string(to_text(devices[i].facts().type)) + " '" + devices[i].name() + "')";
    return out;
}

inline void device::fail_unknown(const found& known) {
    std::string sentence;
    for (const std::string& fault : known.faults)
        sentence += (sentence.empty() ? "" : "; ") + fault;
    if (!known.devices.empty()) sentence += "; others are " + list(known.devices);
    throw error(errc::device_failure, "OpenCL", sentence);
}

inline device device::best() {
    const std::string wanted = environment("LAMINA_DEVICE");
    if (!wanted.empty()) return find(wanted, "named by LAMINA_DEVICE");
    const found& there = known();
    if (!there.faults.empty()) fail_unknown(there);
    return there.devices.front();
}

inline device device::find(std::string_view wanted, std::string_view how) {
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
        "no device is '" + std::string(wanted) + "', " + std::string(how) + "; this machine has "
            + list(devices) + "; give a type, an index or part of a name of one of these"
            + (pocl.empty() ? pocl : " (" + pocl + ")"));
}

}  // namespace lamina
