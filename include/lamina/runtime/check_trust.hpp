// SPDX-License-Identifier: Apache-2.0
// Compares the code in a plan with the level of trust. Called by engine::load() before anything of the
// plan is built.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <lamina/core/error.hpp>
#include <lamina/kernels/catalog.hpp>
#include <lamina/plan/check_defines.hpp>
#include <lamina/plan/records.hpp>
#include <lamina/runtime/trust.hpp>

namespace lamina::detail {

/// Errors  LAM-R25 if the plan contains code that `level` does not allow; `own` are the texts that the
///         program adds to the catalogue.
inline void check_trust(const plan_records& plan, trust level,
    std::span<const std::string_view> own, const std::string& label) {
    const auto refuse = [&](const std::string& what) {
        throw error(errc::plan_trust, label, label + " " + what);
    };
    if (level < trust::binaries && !plan.binaries.empty())
        refuse("carries " + std::to_string(plan.binaries.size())
            + (plan.binaries.size() == 1 ? " device binary" : " device binaries")
            + ", native code that nothing can check; if you made the plan, load it with {.trust = "
              "trust::binaries} or sign it, else get it without binaries");
    if (level >= trust::texts) return;
    if (!plan.prelude.empty() && plan.prelude != kernels::prelude_text())
        refuse("was saved by another version of Lamina"
            + (plan.library.size() < 40 ? " (" + std::string(plan.library) + ")" : std::string())
            + " or changed: its kernels are not those of this one; save it again, or, if you trust "
              "who made it, load it with {.trust = trust::texts}");
    const auto is_own = [&](std::string_view text) {
        return std::find(own.begin(), own.end(), text) != own.end();
    };
    for (const plan_kernel& k : plan.kernels)
        if (!k.text.empty() && k.text != kernels::find_text(k.family) && !is_own(k.text))
            refuse("contains the text of a kernel '" + std::string(k.family)
                + "' that is neither Lamina's nor listed by the program; list it ({.kernels = "
                  "texts}), or, if you trust who made the plan, load it with {.trust = "
                  "trust::texts}");
    const word_set prelude = words_of(kernels::prelude_text());
    std::map<std::string_view, word_set> words;  // of each text
    std::set<std::pair<std::string_view, std::uint32_t>> seen;
    const auto look = [&](const plan_kernel& k, std::string_view defines, const char* whose) {
        const std::string_view text = k.text.empty() ? kernels::find_text(k.family) : k.text;
        auto at = words.find(text);
        if (at == words.end()) at = words.emplace(text, words_of(text)).first;
        const std::string fault = defines_fault(defines, prelude, at->second);
        if (!fault.empty())
            refuse("has " + fault + " among the #define lines of " + whose + " '"
                + std::string(k.family)
                + "', which Lamina does not write there; if you trust who made the plan, load it "
                  "with {.trust = trust::texts}");
    };
    const auto look_at_tactic = [&](const plan_kernel& k, std::uint32_t tactic) {
        const std::string_view defines = plan.tactics[tactic].defines;
        if (!defines.empty() && seen.emplace(k.family, tactic).second)
            look(k, defines, "a tactic of kernel");
    };
    for (const plan_kernel& k : plan.kernels) {
        look(k, k.defines, "kernel");
        for (std::uint32_t t : k.tactics) look_at_tactic(k, t);
    }
    for (const plan_step& s : plan.steps) look_at_tactic(plan.kernels[s.kernel], s.tactic);
}

}  // namespace lamina::detail
