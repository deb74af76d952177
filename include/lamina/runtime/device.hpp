// SPDX-License-Identifier: Apache-2.0
// The devices of this machine: which there are, which one to take, what it can do.
// First stop of the run side; an engine, its programs and its buffers live in a device's context.
#pragma once
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/runtime/cl.hpp>

namespace lamina {

enum class device_type : unsigned char { gpu, accelerator, cpu, other };

constexpr std::string_view to_text(device_type type) {
    constexpr std::string_view names[] = {"gpu", "accelerator", "cpu", "other"};
    return names[static_cast<int>(type)];
}

/// What a device says about itself. Sizes in bytes. Storage in fp16 needs no fact: OpenCL 1.2's
/// vload_half and vstore_half are always there; `has_fp16` is about arithmetic.
struct device_facts {
    std::string name, vendor, driver, version;
    std::string platform, platform_version;
    std::string extensions;  ///< space-separated
    device_type type = device_type::other;
    unsigned compute_units = 0;
    std::size_t max_work_group = 0;  ///< work-items
    std::array<std::size_t, 3> max_work_items{};  ///< of a work-group along each dimension
    std::uint64_t local_memory_bytes = 0;
    std::uint64_t global_memory_bytes = 0;
    std::uint64_t max_alloc_bytes = 0;  ///< of one buffer
    std::size_t alignment_bytes = 0;    ///< of a buffer's start
    bool has_fp16 = false;
    bool has_fp64 = false;
    bool shares_host_memory = false;
    bool compiles_lazily = false;  ///< PoCL: a kernel's code is made at its first launch
};

/// One OpenCL device and its context. Copies are cheap and share the context; there is one context
/// per device and process, made when it is first needed.
class device {
public:
    /// Every usable device, GPUs before accelerators before CPUs, own memory before shared memory.
    /// Errors  LAM-R13 when there is no driver or no device at all.
    static const std::vector<device>& all();

    /// The device named by LAMINA_DEVICE (as in find) if that is set, else the first of all().
    /// Errors  LAM-R13, LAM-R14.
    static device best();

    /// "gpu", "cpu", "accelerator", an index into all(), or part of a name, in any case.
    /// Errors  LAM-R13, LAM-R14 with a list of the devices that there are.
    static device find(std::string_view wanted) { return find(wanted, "asked for"); }

    /// A device in a context of the user's own, so that buffers and queues made there can be used.
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
    static std::vector<device> enumerate();

    static cl_platform_id platform_of(cl_device_id id) {
        cl_platform_id platform = nullptr;
        opencl::check(clGetDeviceInfo(id, CL_DEVICE_PLATFORM, sizeof platform, &platform, nullptr),
            "clGetDeviceInfo", "the given device");
        return platform;
    }
};

namespace detail {

/// A text answer of clGetDeviceInfo or clGetPlatformInfo; empty where the driver has none.
template <class Object, class Ask> std::string info_text(Ask ask, Object object, cl_uint what) {
    std::size_t size = 0;
    if (ask(object, what, 0, nullptr, &size) != CL_SUCCESS || size == 0) return {};
    std::string text(size, '\0');
    if (ask(object, what, size, text.data(), nullptr) != CL_SUCCESS) return {};
    // Drivers pad: the text ends at the first zero, and blanks on either side are noise.
    text.resize(std::min(text.find('\0'), text.size()));
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
}

template <class Value> Value info_value(cl_device_id id, cl_device_info what) {
    Value value{};
    return clGetDeviceInfo(id, what, sizeof value, &value, nullptr) == CL_SUCCESS ? value : Value{};
}

inline std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

}  // namespace detail

inline device::device(cl_platform_id platform, cl_device_id id) {
    using namespace detail;
    state_->platform = platform;
    state_->id = id;
    device_facts& f = state_->facts;
    f.name = info_text(clGetDeviceInfo, id, CL_DEVICE_NAME);
    f.vendor = info_text(clGetDeviceInfo, id, CL_DEVICE_VENDOR);
    f.driver = info_text(clGetDeviceInfo, id, CL_DRIVER_VERSION);
    f.version = info_text(clGetDeviceInfo, id, CL_DEVICE_VERSION);
    f.extensions = info_text(clGetDeviceInfo, id, CL_DEVICE_EXTENSIONS);
    f.platform = info_text(clGetPlatformInfo, platform, CL_PLATFORM_NAME);
    f.platform_version = info_text(clGetPlatformInfo, platform, CL_PLATFORM_VERSION);
    const auto type = info_value<cl_device_type>(id, CL_DEVICE_TYPE);
    f.type = type & CL_DEVICE_TYPE_GPU      ? device_type::gpu
        : type & CL_DEVICE_TYPE_ACCELERATOR ? device_type::accelerator
        : type & CL_DEVICE_TYPE_CPU         ? device_type::cpu
                                            : device_type::other;
    f.compute_units = info_value<cl_uint>(id, CL_DEVICE_MAX_COMPUTE_UNITS);
    f.max_work_group = info_value<std::size_t>(id, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    // A device may have more dimensions than three, and asks for room for all of them.
    std::array<std::size_t, 16> along{};
    opencl::check(clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof along, along.data(),
                      nullptr),
        "clGetDeviceInfo", f.name);
    std::copy_n(along.begin(), 3, f.max_work_items.begin());
    f.local_memory_bytes = info_value<cl_ulong>(id, CL_DEVICE_LOCAL_MEM_SIZE);
    f.global_memory_bytes = info_value<cl_ulong>(id, CL_DEVICE_GLOBAL_MEM_SIZE);
    f.max_alloc_bytes = info_value<cl_ulong>(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    f.alignment_bytes = info_value<cl_uint>(id, CL_DEVICE_MEM_BASE_ADDR_ALIGN) / 8;  // told in bits
    f.has_fp16 = f.extensions.find("cl_khr_fp16") != std::string::npos;
    f.has_fp64 = f.extensions.find("cl_khr_fp64") != std::string::npos;
    f.shares_host_memory = info_value<cl_bool>(id, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
    f.compiles_lazily = f.platform == "Portable Computing Language";
}

inline std::vector<device> device::enumerate() {
    cl_uint count = 0;
    const cl_int code = clGetPlatformIDs(0, nullptr, &count);
    if (code != CL_SUCCESS || count == 0)
        throw error(errc::no_platform, "OpenCL",
            "this machine has no OpenCL driver (the loader found 0 platforms, at least 1 is "
            "needed); install one: pocl-opencl-icd for the CPU, or the package of your GPU "
            "(nvidia-opencl-icd, mesa-opencl-icd, intel-opencl-icd), then look at clinfo -l");
    std::vector<cl_platform_id> platforms(count);
    opencl::check(clGetPlatformIDs(count, platforms.data(), nullptr), "clGetPlatformIDs", "OpenCL");

    std::vector<device> found;
    for (cl_platform_id platform : platforms) {
        cl_uint devices = 0;
        if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &devices) != CL_SUCCESS)
            continue;
        std::vector<cl_device_id> ids(devices);
        if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, devices, ids.data(), nullptr)
            != CL_SUCCESS)
            continue;
        for (cl_device_id id : ids)
            if (detail::info_value<cl_bool>(id, CL_DEVICE_AVAILABLE))
                found.push_back(device(platform, id));
    }
    if (found.empty())
        throw error(errc::no_platform, "OpenCL",
            "none of the " + std::to_string(count)
                + " OpenCL platforms of this machine has a device, at least 1 is needed; check "
                  "that you may open the device files (/dev/dri, /dev/nvidia*), or install "
                  "pocl-opencl-icd to run on the CPU");
    std::stable_sort(found.begin(), found.end(), [](const device& a, const device& b) {
        return std::pair(a.facts().type, a.facts().shares_host_memory)
            < std::pair(b.facts().type, b.facts().shares_host_memory);
    });
    return found;
}

inline const std::vector<device>& device::all() {
    // Never destroyed: drivers may be unloaded before static objects are at the end of a program.
    static const auto& devices = *new std::vector<device>(enumerate());
    return devices;
}

inline device device::best() {
    const char* wanted = std::getenv("LAMINA_DEVICE");
    if (wanted && *wanted) return find(wanted, "named by LAMINA_DEVICE");
    return all().front();
}

inline device device::find(std::string_view wanted, std::string_view how) {
    const std::string text = detail::lower(wanted);
    std::size_t index = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), index);
    const bool is_number = code == std::errc() && end == text.data() + text.size();
    if (is_number && index < all().size()) return all()[index];
    for (const device& d : all())
        if (text == to_text(d.facts().type)) return d;
    // "3090" is part of a name, but "1" is an index even where it is also the 1 of "avx512".
    const bool is_name = !text.empty() && !(is_number && text.size() < 3);
    for (const device& d : all())
        if (is_name && detail::lower(d.name()).find(text) != std::string::npos) return d;

    std::string list;
    for (std::size_t i = 0; i < all().size(); ++i)
        list += (i ? ", " : "") + std::to_string(i) + " ("
            + std::string(to_text(all()[i].facts().type)) + " '" + all()[i].name() + "')";
    throw error(errc::device_missing, std::string(wanted),
        "no device is '" + std::string(wanted) + "', " + std::string(how) + "; this machine has "
            + list + "; give a type, an index or part of a name of one of these");
}

}  // namespace lamina
