// SPDX-License-Identifier: Apache-2.0
// Abilities of devices that tactics may require, by name: plans store the name, and a device without the
// ability uses the portable tactics of the same kernel.
#pragma once
#include <string_view>

namespace lamina {

/// A new one needs a tactic that requires it and its detection (runtime/read_facts.hpp).
enum class ability : unsigned char {
    none,
    mma,      ///< warp-wide matrix products of NVIDIA, compute capability 8.0
    wgmma,    ///< those of four warps at once, compute capability 9.0 alone; mma comes with it
    clblast,  ///< products by the library CLBlast; of a build with it, not of a device
};

/// The name in plans and in LAMINA_ABILITIES; empty for none.
constexpr std::string_view to_text(ability wanted) {
    constexpr std::string_view names[] = {"", "mma", "wgmma", "clblast"};
    return names[static_cast<int>(wanted)];
}

}  // namespace lamina
