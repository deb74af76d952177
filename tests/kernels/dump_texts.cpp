// SPDX-License-Identifier: Apache-2.0
// Writes every program that the recorded cases need, on both targets and in both precisions, as .cl
// files for check_texts.py. No device is asked.
#include "support/rounded_layers.hpp"
#include "support/torch_cases.hpp"

#include <lamina/kernels/catalog.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/runtime/merge_steps.hpp>

#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// Texts of one family differ in numbers more than in code: this many of each are enough.
constexpr int most_of_a_family = 4;

/// For clang, which refuses operands of 512 bits without a target that has them.
std::string_view flags_for(std::string_view needs) {
    return needs == "avx512_bf16" ? " --target=x86_64 -mavx512bf16 -mavx512vl"
        : needs == "avx512_vnni"  ? " --target=x86_64 -mavx512vnni -mavx512vl"
        : needs == "avx2"         ? " --target=x86_64 -mavx2"
        : needs == "amx"          ? " --target=x86_64 -mavx512vl -DAMX=1"
                                  : "";
}

/// All kernels of a plan as one program, as CPUs have it.
void write_merged(
    const std::string& folder, const std::string& name, const lamina::plan_records& plan) {
    using namespace lamina::detail;
    std::vector<merged_kernel> all;
    std::set<std::uint32_t> seen;
    // A helper that is a function in one kernel and a macro in another is renamed in both.
    std::string flags = "// FLAGS: -Wno-macro-redefined";
    for (const lamina::plan_step& step : plan.steps) {
        const lamina::plan_kernel& kernel = plan.kernels[step.kernel];
        const lamina::plan_tactic& tactic = plan.tactics[step.tactic];
        const merged_kernel one{kernel.family, kernel.defines, tactic.defines,
            lamina::kernels::prelude_text(), lamina::kernels::find_text(kernel.family),
            step.arguments.size(), step.numbers.size()};
        if (!may_merge(one, tactic) || !seen.insert(step.kernel).second) continue;
        all.push_back(one);
        flags += flags_for(tactic.needs);
    }
    if (all.size() < 2) return;
    std::ofstream(folder + "/steps_of_" + name + ".cl") << flags << "\n"
                                                        << merged_source(plan, all);
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) return 2;
    const std::string folder = words[1];
    std::set<std::string> seen;
    std::map<std::string, int> written;
    const auto recorded = lamina_test::torch_cases();
    std::vector<lamina_test::torch_case> cases(recorded.begin(), recorded.end());
    cases.push_back({"rounded_layers", lamina_test::rounded_layers});
    for (const lamina_test::torch_case& of : cases) {
        lamina::network net;
        of.define(net);
        for (const lamina::target& target :
            {lamina::cpu, lamina::gpu, lamina::cpu.half(), lamina::gpu.half(), lamina::gpu.tf32(),
                lamina::cpu.bf16(), lamina::gpu.bf16(), lamina::cpu.int8(), lamina::gpu.int8()}) {
            const lamina::run_time_plan made = lamina::plan_at_run_time(net, target);
            const lamina::plan_view plan = lamina::plan_view::open(made.data());
            for (const lamina::plan_kernel& kernel : plan->kernels)
                for (const std::uint32_t tactic : kernel.tactics) {
                    const std::string family(kernel.family);
                    // A family's first texts on each target and precision, and for each ability.
                    const std::string needs(plan->tactics[tactic].needs);
                    const bool units = needs == "mma" || needs == "dp4a";
                    const std::string group = family + "_" + std::string(target.label())
                        + (target.stores_floats()
                                ? ""
                                : "_" + std::string(to_text(target.numbers.storage)))
                        + (needs.empty() ? "" : "_" + needs);
                    std::string text(kernel.defines);
                    text += plan->tactics[tactic].defines;
                    text += lamina::kernels::prelude_text();
                    text += kernel.text.empty() ? lamina::kernels::find_text(family) : kernel.text;
                    if (written[group] >= most_of_a_family || !seen.insert(text).second) continue;
                    const std::string path
                        = folder + "/" + group + "_" + std::to_string(written[group]++) + ".cl";
                    // As devices that are CPUs read them, every other one.
                    if (written[group] % 2) text = "#define CPU 1\n" + text;
                    // And as NVIDIA's compiler reads those for its instructions, the others.
                    if (units && written[group] % 2 == 0)
                        text = "// FLAGS: --target=nvptx64 -D__NV_CL_C_VERSION=120\n" + text;
                    if (const std::string_view flags = flags_for(needs); !flags.empty())
                        text = "// FLAGS:" + std::string(flags) + "\n" + text;
                    std::ofstream(path) << text;
                }
            if (target.images == lamina::cpu.images) write_merged(folder, of.name, *plan);
        }
    }
    // Compilers of GPUs unroll what they can count: a transform of a prime number is no longer than others.
    lamina::network prime;
    prime.output("y", prime.input("x", {4000}) | lamina::stft{{.n_fft = 1009}});
    const lamina::run_time_plan made = lamina::plan_at_run_time(prime, lamina::gpu);
    const lamina::plan_view plan = lamina::plan_view::open(made.data());
    for (const lamina::plan_kernel& kernel : plan->kernels)
        if (kernel.family == "fourier")
            std::ofstream(folder + "/fourier_prime.cl")
                << "// LINES OF PTX: 2000\n"
                << kernel.defines << plan->tactics[kernel.tactics[0]].defines
                << lamina::kernels::prelude_text() << lamina::kernels::find_text("fourier");
    // A family that no case reaches would not be checked at all.
    for (const lamina::kernels::kernel_text& entry : lamina::kernels::catalog) {
        const std::string family(entry.family);
        if (!written[family + "_cpu"] && !written[family + "_gpu"])
            std::printf("no recorded case reaches family %s\n", family.c_str());
    }
    return 0;
}
