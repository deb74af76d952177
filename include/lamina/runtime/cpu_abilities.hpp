// SPDX-License-Identifier: Apache-2.0
// The abilities of the CPU that runs the program: those of its OpenCL devices, which compile for it. Used
// by read_facts.hpp.
#pragma once
#include <cstdint>
#include <string>

#include <lamina/core/ability.hpp>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace lamina::detail {

/// What instruction sets are there and what registers the system saves: x86's cpuid leaf 7 and xgetbv.
struct cpu_registers {
    std::uint32_t leaf7_ebx = 0, leaf7_ecx = 0, leaf7_edx = 0;  ///< subleaf 0
    std::uint32_t leaf7_1_eax = 0;                              ///< subleaf 1
    std::uint64_t saved = 0;                                    ///< XCR0
    bool allows_tiles = false;  ///< the system lets this process use AMX's registers

    bool saves(std::uint64_t wanted) const { return (saved & wanted) == wanted; }
    static bool bit(std::uint32_t word, int number) { return word >> number & 1u; }
    bool has_avx512() const { return saves(0xe6) && bit(leaf7_ebx, 16); }
    bool has_avx() const { return saves(0x6); }
    bool has_avx2() const { return has_avx() && bit(leaf7_ebx, 5); }
    /// AMX-TILE, AMX-BF16 and AMX-INT8.
    bool has_tiles() const {
        return saves(std::uint64_t{3} << 17) && bit(leaf7_edx, 24) && bit(leaf7_edx, 22)
            && bit(leaf7_edx, 25);
    }
};

/// Asks Linux for AMX's registers, which it gives to a process and all of its threads on request alone: a first use
/// without it ends the process.
inline bool ask_for_tiles() {
#if defined(__linux__) && defined(__x86_64__)
    constexpr long request_permission = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return false;
#endif
}

/// All zeros on other CPUs than x86.
inline cpu_registers read_cpu() {
    cpu_registers out;
#if defined(__x86_64__) || defined(__i386__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned saves_by_xsave = 1u << 27;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & saves_by_xsave)) return out;
    std::uint32_t low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    out.saved = std::uint64_t{high} << 32 | low;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return out;
    out.leaf7_ebx = b;
    out.leaf7_ecx = c;
    out.leaf7_edx = d;
    if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) out.leaf7_1_eax = a;
    out.allows_tiles = out.has_tiles() && ask_for_tiles();
#endif
    return out;
}

/// Of the CPU that runs the program, read once.
inline const cpu_registers& this_cpu() {
    static const cpu_registers cpu = read_cpu();
    return cpu;
}

/// Their names, space-separated.
inline std::string cpu_abilities(const cpu_registers& cpu) {
    std::string out;
    const auto add = [&](ability found, bool is_there) {
        if (is_there) out.append(out.empty() ? "" : " ").append(to_text(found));
    };
    using r = cpu_registers;
    add(ability::amx, cpu.has_tiles() && cpu.allows_tiles);
    add(ability::avx512_bf16, cpu.has_avx512() && r::bit(cpu.leaf7_1_eax, 5));
    add(ability::avx512_vnni, cpu.has_avx512() && r::bit(cpu.leaf7_ecx, 11));
    add(ability::avx2, cpu.has_avx2());
    // AVX512_VNNI or, on 256 bits alone, AVX-VNNI.
    add(ability::vnni,
        (cpu.has_avx512() && r::bit(cpu.leaf7_ecx, 11))
            || (cpu.has_avx() && r::bit(cpu.leaf7_1_eax, 4)));
    return out;
}

}  // namespace lamina::detail
