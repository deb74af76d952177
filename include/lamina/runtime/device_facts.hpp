// SPDX-License-Identifier: Apache-2.0
// A device's properties, read when it is found (read_facts.hpp), returned by device::facts().
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lamina {

enum class device_type : unsigned char { gpu, accelerator, cpu, other };

constexpr std::string_view to_text(device_type type) {
    constexpr std::string_view names[] = {"gpu", "accelerator", "cpu", "other"};
    return names[static_cast<int>(type)];
}

/// A device's properties. Sizes in bytes. Storage in fp16 needs none: OpenCL 1.2's vload_half and
/// vstore_half are always available; `has_fp16` is about arithmetic. Each property affects how networks
/// run, or which compiled kernels are taken from a cache, so none is ever guessed.
struct device_facts {
    std::string name, vendor, driver, version;
    std::string platform, platform_version;
    std::string extensions;  ///< space-separated
    /// What kernels may require, space-separated names of core/ability.hpp: "mma" and "wgmma" on
    /// NVIDIA's GPUs, "dp4a", "subgroups", on CPUs "amx", "avx512_bf16", "avx512_vnni", "avx2", "vnni", and
    /// "clblast" in a program that was built with that library. The variable LAMINA_ABILITIES, where it is
    /// set, says it instead (empty: nothing).
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
    bool compiles_lazily = false;  ///< PoCL: a kernel's code is generated at its first launch
    bool compiles_one_at_a_time
        = false;  ///< NVIDIA: one program in a process, whatever its threads ask for

    bool is_able(std::string_view wanted) const {
        return (" " + abilities + " ").find(" " + std::string(wanted) + " ") != std::string::npos;
    }
};

}  // namespace lamina
