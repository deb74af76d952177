// SPDX-License-Identifier: Apache-2.0
// Machine code of programs on NVIDIA's GPUs. Their OpenCL hands a program back as PTX text, of which every process that
// loads it makes machine code; their driver's linker, a part of libcuda.so.1, makes a file of machine code (a cubin) of
// the same text, which OpenCL takes as a binary. Used when a plan is saved with binaries (save_plan.hpp);
// docs/design/0016-machine-code-in-plans.md explains the choice.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/runtime/device.hpp>
#include <lamina/runtime/parallel.hpp>

#if defined(__linux__)
#include <dlfcn.h>
#endif

namespace lamina::detail {

/// Functions of CUDA's driver, by their C names there; each returns 0 or the number of an error.
struct cuda_calls {
    int (*cuInit)(unsigned flags) = nullptr;
    int (*cuDeviceGetCount)(int* count) = nullptr;
    int (*cuDeviceGet)(int* device, int number) = nullptr;
    int (*cuDeviceGetAttribute)(int* value, int attribute, int device) = nullptr;
    int (*cuDevicePrimaryCtxRetain)(void** context, int device) = nullptr;
    int (*cuDevicePrimaryCtxRelease_v2)(int device) = nullptr;
    int (*cuCtxPushCurrent_v2)(void* context) = nullptr;
    int (*cuCtxPopCurrent_v2)(void** context) = nullptr;
    int (*cuLinkCreate_v2)(unsigned count, int* options, void** values, void** state) = nullptr;
    int (*cuLinkAddData_v2)(void* state, int type, void* data, std::size_t bytes, const char* name,
        unsigned count, int* options, void** values) = nullptr;
    int (*cuLinkComplete)(void* state, void** cubin, std::size_t* bytes) = nullptr;
    int (*cuLinkDestroy)(void* state) = nullptr;

    /// Those of a library; null if it is not there or lacks one of them.
    static std::optional<cuda_calls> of(const char* library) {
#if defined(__linux__)
        // Never closed: a driver's threads may outlive every use of it.
        void* const from = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
        if (!from) return std::nullopt;
        cuda_calls out;
        const auto find = [from](auto& function, const char* name) {
            void* const at = ::dlsym(from, name);
            std::memcpy(&function, &at, sizeof at);
            return at != nullptr;
        };
        if (find(out.cuInit, "cuInit") && find(out.cuDeviceGetCount, "cuDeviceGetCount")
            && find(out.cuDeviceGet, "cuDeviceGet")
            && find(out.cuDeviceGetAttribute, "cuDeviceGetAttribute")
            && find(out.cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain")
            && find(out.cuDevicePrimaryCtxRelease_v2, "cuDevicePrimaryCtxRelease_v2")
            && find(out.cuCtxPushCurrent_v2, "cuCtxPushCurrent_v2")
            && find(out.cuCtxPopCurrent_v2, "cuCtxPopCurrent_v2")
            && find(out.cuLinkCreate_v2, "cuLinkCreate_v2")
            && find(out.cuLinkAddData_v2, "cuLinkAddData_v2")
            && find(out.cuLinkComplete, "cuLinkComplete")
            && find(out.cuLinkDestroy, "cuLinkDestroy"))
            return out;
#else
        static_cast<void>(library);
#endif
        return std::nullopt;
    }
};

/// Where a device is: its PCI domain, bus and slot.
using pci_place = std::array<int, 3>;

/// Of an NVIDIA device; nothing for others.
inline std::optional<pci_place> pci_place_of(const device& dev) {
    if (dev.facts().platform != "NVIDIA CUDA") return std::nullopt;
    // CL_DEVICE_PCI_DOMAIN_ID_NV, _BUS_ID_NV and _SLOT_ID_NV
    constexpr std::array<cl_device_info, 3> questions{0x400A, 0x4008, 0x4009};
    pci_place out{};
    for (std::size_t i = 0; i < questions.size(); ++i) {
        cl_uint answer = 0;
        if (clGetDeviceInfo(dev.id(), questions[i], sizeof answer, &answer, nullptr) != CL_SUCCESS)
            return std::nullopt;
        out[i] = static_cast<int>(answer);
    }
    return out;
}

/// Makes machine code of PTX for the device at one place. It holds that device's CUDA context, which takes some hundred
/// MB of the device's memory.
class cubin_linker {
public:
    cubin_linker(const cuda_calls& calls, const pci_place& place) : calls_(calls) {
        int count = 0;
        if (calls_.cuInit(0) != 0 || calls_.cuDeviceGetCount(&count) != 0) return;
        for (int number = 0; number < count && !context_; ++number) {
            int device = 0;
            if (calls_.cuDeviceGet(&device, number) != 0 || place_of(device) != place) continue;
            if (calls_.cuDevicePrimaryCtxRetain(&context_, device) != 0) context_ = nullptr;
            device_ = device;
        }
    }
    cubin_linker(const cubin_linker&) = delete;
    cubin_linker& operator=(const cubin_linker&) = delete;
    ~cubin_linker() {
        if (context_) calls_.cuDevicePrimaryCtxRelease_v2(device_);
    }

    bool is_ready() const { return context_ != nullptr; }

    /// Empty where the driver has none. Threads may call it at the same time.
    std::vector<std::byte> link(std::span<const std::byte> ptx) const {
        if (!context_ || calls_.cuCtxPushCurrent_v2(context_) != 0) return {};
        std::string text(reinterpret_cast<const char*>(ptx.data()), ptx.size());
        text.resize(std::min(text.find('\0'), text.size()));
        std::vector<std::byte> out;
        void* state = nullptr;
        if (calls_.cuLinkCreate_v2(0, nullptr, nullptr, &state) == 0) {
            constexpr int is_ptx = 1;  // CU_JIT_INPUT_PTX, whose bytes end with a zero
            void* made = nullptr;
            std::size_t bytes = 0;
            if (calls_.cuLinkAddData_v2(
                    state, is_ptx, text.data(), text.size() + 1, "program", 0, nullptr, nullptr)
                    == 0
                && calls_.cuLinkComplete(state, &made, &bytes) == 0) {
                const auto* const first = static_cast<const std::byte*>(made);
                out.assign(first, first + bytes);  // before its state, which owns it, is destroyed
            }
            calls_.cuLinkDestroy(state);
        }
        void* popped = nullptr;
        calls_.cuCtxPopCurrent_v2(&popped);
        return out;
    }

private:
    cuda_calls calls_;
    void* context_ = nullptr;
    int device_ = 0;

    std::optional<pci_place> place_of(int device) const {
        constexpr std::array<int, 3> attributes{50, 33, 34};  // CU_DEVICE_ATTRIBUTE_PCI_...
        pci_place out{};
        for (std::size_t i = 0; i < attributes.size(); ++i)
            if (calls_.cuDeviceGetAttribute(&out[i], attributes[i], device) != 0)
                return std::nullopt;
        return out;
    }
};

/// Whether a program's binary is PTX text.
inline bool is_ptx(std::span<const std::byte> binary) {
    const std::string_view text(reinterpret_cast<const char*>(binary.data()), binary.size());
    return !text.starts_with("\x7f") && text.find("\n.target sm_") != std::string_view::npos;
}

/// Replaces PTX by machine code where the linker has it; the rest stays as it is.
inline void link_all(
    const cubin_linker& linker, std::span<std::vector<std::byte>* const> binaries) {
    if (!linker.is_ready()) return;
    in_parallel(binaries.size(), [&](std::size_t i) {
        if (!is_ptx(*binaries[i])) return;
        if (auto made = linker.link(*binaries[i]); !made.empty()) *binaries[i] = std::move(made);
    });
}

/// Replaces the PTX of a device's programs by machine code; on other devices, or without the driver's linker, nothing.
inline void make_machine_code(
    const device& dev, std::span<std::vector<std::byte>* const> binaries) {
    const auto place = pci_place_of(dev);
    if (!place || std::ranges::none_of(binaries, [](const auto* b) { return is_ptx(*b); })) return;
    if (const auto calls = cuda_calls::of("libcuda.so.1"))
        link_all(cubin_linker(*calls, *place), binaries);
}

}  // namespace lamina::detail
