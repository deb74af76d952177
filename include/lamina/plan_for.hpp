// SPDX-License-Identifier: Apache-2.0
// Chooses among plans for several targets, all part of the program, by device. For main(): combines plan.hpp
// and run.hpp, which are independent of each other.
#pragma once
#include <lamina/core/shape_planner.hpp>
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

/// How badly a target suits a device, 0 if it fits: GPUs need channels last; CPUs need blocks of their
/// registers' lanes, and narrower blocks are better than wider ones, which exceed the registers.
constexpr int mismatch_cost(const lamina::target& target, device_type type, int lanes) {
    if (type != device_type::cpu) return target.is_cpu();
    if (!target.is_cpu()) return 1000;
    const int block = target.channel_block;
    return block <= lanes ? lanes / block - 1 : 16 * (block / lanes);
}

/// The target that suits a device best, the first of several.
constexpr target target_among(std::initializer_list<target> targets, device_type type, int lanes) {
    target best = *targets.begin();
    for (const lamina::target& target : targets)
        if (mismatch_cost(target, type, lanes) < mismatch_cost(best, type, lanes)) best = target;
    return best;
}

/// The class that suits a device: cpu, cpu_avx2 or cpu_neon for CPUs by their instruction sets, gpu for
/// everything else.
inline target target_for(const device& dev) {
    return target_among({cpu, cpu_avx2, cpu_neon, gpu}, dev.facts().type, cpu_lanes());
}

/// The bytes of one of the program's plans and, of a network with dims, what plans other values of them.
struct chosen_plan : std::span<const std::byte> {
    const shape_planner* shapes = nullptr;

    constexpr chosen_plan() = default;
    constexpr explicit chosen_plan(const plan_bytes& of)
        : std::span<const std::byte>(of.bytes), shapes(of.shapes) {}
};

/// The best of the plans for these targets, all of which are part of the program:
/// `engine(plan_for<net, cpu, cpu_avx2, gpu>(device), weights, device)`.
///
/// Errors   a wrong network is a compile error, as with plan<Net>.
/// LAMINA_SHOW=graph prints the network on stderr here, since engines contain only plans.
/// Cost     compiles each plan; write plan<Net, gpu> if one is enough.
template <class Net, target... Targets>
    requires(sizeof...(Targets) > 0)
chosen_plan plan_for(const device& dev) {
    if (read_show().graph) {
        network net;
        Net::define(net);
        print(net, stderr);
    }
    const target best = target_among({Targets...}, dev.facts().type, cpu_lanes());
    chosen_plan found;
    ((found.empty() && best == Targets ? void(found = chosen_plan(plan<Net, Targets>)) : void()),
        ...);
    return found;
}

/// plan<Net, cpu> or plan<Net, gpu>: `engine(plan_for<resnet18<>>(device), weights, device)`. On
/// 64-bit ARM cpu_neon replaces cpu. For CPUs without AVX-512 ship cpu_avx2 too, as above.
template <class Net, precision Precision = precision::fp32>
chosen_plan plan_for(const device& dev) {
#if defined(__aarch64__)
    constexpr target for_cpus = cpu_neon;
#else
    constexpr target for_cpus = cpu;
#endif
    return plan_for<Net, detail::with_precision(for_cpus, Precision),
        detail::with_precision(gpu, Precision)>(dev);
}

}  // namespace lamina
