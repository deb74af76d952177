// SPDX-License-Identifier: Apache-2.0
// Abilities of devices that tactics may require, by name: plans store the name, and a device without the
// ability uses the portable tactics of the same kernel.
#pragma once
#include <string_view>

namespace lamina {

/// A new one needs its detection (runtime/read_facts.hpp, cpu_abilities.hpp) and what requires it: a tactic,
/// or a family for targets that are known to have it (target::with).
enum class ability : unsigned char {
    none,
    mma,          ///< warp-wide matrix products of NVIDIA, compute capability 8.0
    wgmma,        ///< those of four warps at once, compute capability 9.0 alone; mma comes with it
    clblast,      ///< products by the library CLBlast; of a build with it, not of a device
    amx,          ///< x86's tile registers with products of bfloat16 and of bytes
    avx512_bf16,  ///< x86's products of pairs of bfloat16 in vectors of 512 bits
    vnni,         ///< x86's products of four bytes each in vectors of 512 or 256 bits
    dp4a,  ///< products of four bytes each on GPUs: NVIDIA's from compute capability 6.1 on, or
           ///< cl_khr_integer_dot_product
    avx512_vnni,  ///< vnni in vectors of 512 bits, with their forms of 256 and 128
    subgroups,    ///< work-items that exchange values without local memory: cl_khr_subgroups or
                  ///< cl_intel_subgroups
    avx2,         ///< x86's whole numbers in vectors of 256 bits
    end,          ///< not an ability: their number
};

/// The name in plans and in LAMINA_ABILITIES; empty for none.
constexpr std::string_view to_text(ability wanted) {
    constexpr std::string_view names[static_cast<int>(ability::end)] = {"", "mma", "wgmma",
        "clblast", "amx", "avx512_bf16", "vnni", "dp4a", "avx512_vnni", "subgroups", "avx2"};
    return names[static_cast<int>(wanted)];
}

}  // namespace lamina
