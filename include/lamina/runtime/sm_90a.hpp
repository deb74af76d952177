// SPDX-License-Identifier: Apache-2.0
// Instructions that only the target sm_90a of NVIDIA's assembler has, from OpenCL C that knows sm_90:
// kernels write them as comments (kernels/wgmma.cl.hpp), and the PTX text that the driver makes of the
// program is changed here before it is built. Asked by program.hpp.
#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/kernels/catalog.hpp>

namespace lamina {

/// What a program is compiled for where the driver's own choice lacks instructions.
enum class compiler_target : unsigned char {
    own,
    sm_90a,  ///< lines behind sm_90a_mark count; NVIDIA's OpenCL takes them in no other way
};

namespace detail {

/// PTX text for `sm_90` as text for `sm_90a`, with the lines behind sm_90a_mark.
/// Errors  LAM-R17 when it is no such text.
inline std::vector<std::byte> for_sm_90a(
    std::span<const std::byte> binary, std::string_view subject) {
    std::string text(reinterpret_cast<const char*>(binary.data()), binary.size());
    text.resize(std::min(text.find('\0'), text.size()));
    constexpr std::string_view target = ".target sm_90";
    const std::size_t named = text.find(target), end = named + target.size();
    bool is_marked = false;
    for (std::size_t at = 0; (at = text.find(kernels::sm_90a_mark, at)) != std::string::npos;) {
        text.replace(at, kernels::sm_90a_mark.size(), kernels::sm_90a_mark.size(), ' ');
        is_marked = true;
    }
    if (named == std::string::npos || !is_marked || text.find_first_of(",\n ", end) != end)
        throw error(errc::kernel_build, std::string(subject),
            std::string(subject)
                + ": the driver's form of the program is no PTX text for sm_90 with the lines that "
                  "sm_90a adds; use a tactic without them, or the driver that this version was "
                  "tested with (docs/guide/devices.md)");
    // A line of the kernel's head: the groups that the registers of a unit must hold at once.
    if (const std::size_t groups = text.find(kernels::sm_90a_groups_mark);
        groups != std::string::npos) {
        const std::size_t number = groups + kernels::sm_90a_groups_mark.size();
        const std::size_t head = text.find('\n', text.find(".reqntid"));
        if (head != std::string::npos)
            text.insert(head, "\n.minnctapersm " + text.substr(number, 1));
    }
    text.insert(end, "a");
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

}  // namespace detail

}  // namespace lamina
