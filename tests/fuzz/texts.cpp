// SPDX-License-Identifier: Apache-2.0
// Fuzzes what reads a plan's texts: the check of #define lines, the reach of steps, and the source of
// merged steps. Any text is followed or refused with a lamina::error.
#include <lamina/plan/read.hpp>
#include <lamina/runtime/check_reach.hpp>
#include <lamina/runtime/check_trust.hpp>
#include <lamina/runtime/merge_steps.hpp>
#include <lamina/runtime/trust.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/hand_plan.hpp"

/// The first byte chooses a family; lines of defines follow, behind a zero byte other texts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string_view defines = all.substr(0, all.find('\0'));
    const std::string_view text
        = defines.size() < all.size() ? all.substr(defines.size() + 1) : std::string_view();
    lamina_test::hand_plan p;
    make_two_steps(p);
    auto& r = p.records;
    r.kernels[0].family
        = lamina::kernels::catalog[data[0] % std::size(lamina::kernels::catalog)].family;
    const std::string sound(r.kernels[0].defines);
    r.kernels[0].defines
        = p.keep(data[0] & 1 ? sound + std::string(defines) : std::string(defines));
    try {
        lamina::detail::check_reach(r, "plan");
    } catch (const lamina::error&) {}
    try {
        lamina::detail::check_trust(r, lamina::trust::catalogue, {}, "plan");
    } catch (const lamina::error&) {}
    const lamina::detail::merged_kernel kernels[]
        = {{r.kernels[0].family, defines, text, lamina::kernels::prelude_text(),
               lamina::kernels::find_text(r.kernels[0].family), 2, 1},
            {r.kernels[1].family, text, defines, text, text, 1, 0}};
    if (lamina::detail::merged_source(r, kernels).size() < defines.size()) std::abort();
    return 0;
}
