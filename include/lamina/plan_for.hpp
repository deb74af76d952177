// SPDX-License-Identifier: Apache-2.0
// The plan that suits a device: several targets' plans lie in the program, the device picks one.
// For main(): combines plan.hpp and run.hpp, which are independent of each other.
#pragma once
#include <lamina/graph/print.hpp>
#include <lamina/plan.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/show.hpp>

#include <cstddef>
#include <initializer_list>
#include <span>

namespace lamina {

/// Floats in a vector register of the CPU that runs the program: 16 with AVX-512, 8 with AVX2 and
/// fused multiply-adds, 4 with NEON or less.
inline int cpu_lanes() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) return 16;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 8;
#endif
    return 4;
}

/// How badly a target suits a device, 0 where it suits: GPUs want channels last; CPUs want blocks of
/// their registers' lanes, narrower ones before wider ones, which overflow the registers.
constexpr int misfit(const lamina::target& target, device_type type, int lanes) {
    if (type != device_type::cpu) return target.is_cpu();
    if (!target.is_cpu()) return 1000;
    const int block = target.channel_block;
    return block <= lanes ? lanes / block - 1 : 16 * (block / lanes);
}

/// The target that suits a device best, the first of several.
constexpr target target_among(std::initializer_list<target> goals, device_type type, int lanes) {
    target best = *goals.begin();
    for (const lamina::target& target : goals)
        if (misfit(target, type, lanes) < misfit(best, type, lanes)) best = target;
    return best;
}

/// The class that suits a device: cpu, cpu_avx2 or cpu_neon for CPUs by what this machine's can do,
/// gpu for everything else.
inline target target_for(const device& dev) {
    return target_among({cpu, cpu_avx2, cpu_neon, gpu}, dev.facts().type, cpu_lanes());
}

/// The best of the plans for these targets, which all lie in the program:
/// `engine(plan_for<net, cpu, cpu_avx2, gpu>(device), weights, device)`.
///
/// Errors   a wrong network is a compile error, as with plan<Net>.
/// LAMINA_SHOW=graph prints the network on stderr: here it is still known, engines hold plans.
/// Cost     compiles each plan; name plan<Net, gpu> yourself where one is enough.
template <class Net, target... Goals>
    requires(sizeof...(Goals) > 0)
std::span<const std::byte> plan_for(const device& dev) {
    if (read_show().graph) {
        network net;
        Net::define(net);
        print(net, stderr);
    }
    const target best = target_among({Goals...}, dev.facts().type, cpu_lanes());
    std::span<const std::byte> found;
    ((found.empty() && best == Goals ? void(found = plan<Net, Goals>) : void()), ...);
    return found;
}

/// plan<Net, cpu> or plan<Net, gpu>: `engine(plan_for<resnet18<>>(device), weights, device)`. On
/// 64-bit ARM cpu_neon stands in for cpu. For CPUs without AVX-512 ship cpu_avx2 too, as above.
template <class Net, precision Precision = precision::fp32>
std::span<const std::byte> plan_for(const device& dev) {
#if defined(__aarch64__)
    constexpr target for_cpus = cpu_neon;
#else
    constexpr target for_cpus = cpu;
#endif
    return plan_for<Net, detail::with_precision(for_cpus, Precision),
        detail::with_precision(gpu, Precision)>(dev);
}

}  // namespace lamina
