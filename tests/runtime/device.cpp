// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/device.hpp and runtime/cl.hpp. The two cases marked skip() run in processes of
// their own, because the OpenCL loader looks for drivers once in a process.
#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <lamina/runtime/cpu_abilities.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/tactic_limits.hpp>
#include <sstream>

#include "support/temporary.hpp"

using lamina::device;
using lamina::errc;
using namespace lamina_test;

namespace {

/// Runs one of the skipped cases of this program in a changed environment; returns what it printed.
std::string run_case(const std::string& environment, const char* name) {
    std::array<char, 4096> self{};
    REQUIRE(::readlink("/proc/self/exe", self.data(), self.size() - 1) > 0);
    const std::string command
        = environment + " '" + self.data() + "' --no-skip --test-case='" + name + "' 2>&1";
    std::FILE* out = ::popen(command.c_str(), "r");
    REQUIRE(out != nullptr);
    std::string text;
    for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out)) text += static_cast<char>(c);
    ::pclose(out);
    return text;
}

void print_outcome() {
    try {
        std::printf("found <%s>\n", device::best().describe().c_str());
    } catch (const lamina::error& fault) {
        std::printf("%s <%s>\n", id(fault.code()), fault.what());
    }
}

}  // namespace

TEST_CASE("device: prints what best() gives" * doctest::skip()) { print_outcome(); }

TEST_CASE("device: without a driver there is one sentence with the packages to install") {
    const std::string said
        = run_case("OCL_ICD_VENDORS=/nonexistent", "device: prints what best() gives");
    CAPTURE(said);
    if (said.find("found <") != std::string::npos) {
        MESSAGE("not tried: this OpenCL loader finds drivers without OCL_ICD_VENDORS");
        return;
    }
    CHECK(said.find("LAM-R13 <this machine has no OpenCL driver") != std::string::npos);
    CHECK(said.find("pocl-opencl-icd") != std::string::npos);
}

TEST_CASE("device: PoCL without a cache folder that it can write is told by POCL_CACHE_DIR") {
    // Only PoCL, whatever else is installed: its own file of the loader's folder.
    const char* const name = "device: prints what best() gives";
    std::string only;
    for (const char* file : {"/etc/OpenCL/vendors/pocl.icd", "/etc/OpenCL/vendors/pocl64.icd"})
        if (::access(file, R_OK) == 0) only = std::string("OCL_ICD_VENDORS=") + file + " ";
    if (only.empty() || run_case(only, name).find("Portable Computing") == std::string::npos) {
        MESSAGE("not tried: PoCL is not installed here");
        return;
    }
    const std::string said = run_case(only + "POCL_CACHE_DIR=/proc/no_folder", name);
    CAPTURE(said);
    CHECK(said.find("LAM-R13 <the OpenCL platform of this machine has no device")
        != std::string::npos);
    CHECK(said.find("its cache folder '/proc/no_folder' cannot be written; set POCL_CACHE_DIR")
        != std::string::npos);
    CHECK(said.find("/dev/dri") == std::string::npos);
    CHECK(run_case(only + "env -u POCL_CACHE_DIR XDG_CACHE_HOME=/proc/x", name)
              .find("its cache folder '/proc/x/pocl/kcache' cannot")
        != std::string::npos);
}

TEST_CASE("device: LAMINA_DEVICE that names nothing is an error that lists the devices") {
    const temporary_variable variable("LAMINA_DEVICE", "no such thing");
    try {
        device::best();
        FAIL("found a device");
    } catch (const lamina::error& fault) {
        const std::string said = fault.what();
        CAPTURE(said);
        CHECK(fault.code() == errc::device_missing);
        CHECK(fault.subject() == "no such thing");
        CHECK(said.find("LAMINA_DEVICE") != std::string::npos);
        for (const device& each : device::all()) CHECK(said.find(each.name()) != std::string::npos);
    }
}

TEST_CASE("device: LAMINA_DEVICE decides what best() is; empty is as if it were not set") {
    const auto& all = device::all();
    {
        const temporary_variable variable("LAMINA_DEVICE", std::to_string(all.size() - 1));
        CHECK(device::best() == all.back());
    }
    const temporary_variable variable("LAMINA_DEVICE", "");
    CHECK(device::best() == all.front());
}

TEST_CASE("device: GPUs come before CPUs") {
    for (std::size_t i = 1; i < device::all().size(); ++i)
        CHECK(device::all()[i - 1].facts().type <= device::all()[i].facts().type);
}

TEST_CASE("device: is found by type, index and part of its name in any case") {
    const device first = device::all().front();
    CHECK(device::find("0") == first);
    CHECK(device::find(to_text(first.facts().type)) == first);
    std::string part = first.name().substr(1, 6);
    for (char& c : part) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    CHECK(device::find(part) == first);
    CHECK_THROWS_AS(device::find(std::to_string(device::all().size())), lamina::error);
    CHECK_THROWS_AS(device::find("-1"), lamina::error);
    CHECK_THROWS_AS(device::find(""), lamina::error);
}

TEST_CASE("device: facts are what a driver of OpenCL 1.2 must be able to say") {
    for (const device& each : device::all()) {
        CAPTURE(each.describe());
        const auto& facts = each.facts();
        CHECK(!facts.name.empty());
        CHECK(!facts.vendor.empty());
        CHECK(!facts.driver.empty());
        CHECK(facts.version.starts_with("OpenCL "));
        CHECK(facts.compute_units >= 1);
        CHECK(facts.max_work_group >= 1);
        CHECK(facts.local_memory_bytes >= 32 * 1024);
        CHECK(facts.max_alloc_bytes >= 128u << 20);
        CHECK(facts.alignment_bytes >= 16);
        CHECK(each.describe().find(facts.name) != std::string::npos);
    }
}

TEST_CASE("device: abilities of a CPU are what it has and what the system saves") {
    using lamina::detail::cpu_abilities;
    lamina::detail::cpu_registers cpu;
    cpu.leaf7_ebx = 1u << 16;
    cpu.leaf7_ecx = 1u << 11;
    cpu.leaf7_1_eax = 1u << 5;
    cpu.leaf7_edx = 1u << 24 | 1u << 25 | 1u << 22;
    CHECK(cpu_abilities(cpu) == "");  // the system saves no wide registers
    cpu.saved = 0xe7;
    CHECK(cpu_abilities(cpu) == "avx512_bf16 avx512_vnni vnni");
    cpu.saved |= 3u << 17;
    CHECK(cpu_abilities(cpu) == "avx512_bf16 avx512_vnni vnni");  // nor lets the process use tiles
    cpu.allows_tiles = true;
    CHECK(cpu_abilities(cpu) == "amx avx512_bf16 avx512_vnni vnni");
    cpu.leaf7_edx &= ~(1u << 22);  // tiles without bfloat16
    CHECK(cpu_abilities(cpu) == "avx512_bf16 avx512_vnni vnni");
    lamina::detail::cpu_registers narrow;
    narrow.saved = 7;
    narrow.leaf7_1_eax = 1u << 4 | 1u << 5;
    CHECK(cpu_abilities(narrow) == "vnni");  // AVX-VNNI
    narrow.leaf7_ebx = 1u << 5;
    CHECK(cpu_abilities(narrow) == "avx2 vnni");
    narrow.saved = 1;  // no vectors of 256 bits
    CHECK(cpu_abilities(narrow) == "");
}

TEST_CASE("device: a tactic whose ability is missing is refused in one sentence, by each name") {
    lamina::device_facts facts = device::best().facts();
    facts.abilities = "other";
    for (int i = 1; i < static_cast<int>(lamina::ability::end); ++i) {
        const std::string name(to_text(static_cast<lamina::ability>(i)));
        CHECK(!name.empty());
        lamina::plan_tactic tactic;
        tactic.needs = name;
        CHECK(lamina::detail::device_refuses(facts, {}, tactic)
            == "needs the ability '" + name + "', the device has 'other'");
        lamina::device_facts able = facts;
        able.abilities = "other " + name;
        CHECK(able.is_able(name));
    }
}

TEST_CASE("device: a CPU's abilities are among its facts, and LAMINA_ABILITIES replaces them") {
    const lamina::device_facts& facts = device::best().facts();
    if (facts.type != lamina::device_type::cpu || std::getenv("LAMINA_ABILITIES")) return;
    std::istringstream names(lamina::detail::cpu_abilities(lamina::detail::read_cpu()));
    for (std::string name; names >> name;) CHECK(facts.is_able(name));
    CHECK(run_case("LAMINA_ABILITIES='amx'", "device: prints its abilities").find("<amx>")
        != std::string::npos);
}

TEST_CASE("device: prints its abilities" * doctest::skip()) {
    std::printf("<%s>\n", device::best().facts().abilities.c_str());
}

TEST_CASE("device: copies share one context, and a context of the user's own is taken as it is") {
    const device first = device::best();
    const device copy = first;  // NOLINT(performance-unnecessary-copy-initialization)
    CHECK(first.context() != nullptr);
    CHECK(copy.context() == first.context());
    CHECK(device::best().context() == first.context());
    const device theirs = device::in_context(first.context(), first.id());
    CHECK(theirs.context() == first.context());
    CHECK(theirs.name() == first.name());
}

TEST_CASE("cl: a code is told in words with its name and number, an unknown one too") {
    using namespace lamina::opencl;
    CHECK(in_words(-4) == "no memory left on the device (CL_MEM_OBJECT_ALLOCATION_FAILURE, -4)");
    CHECK(in_words(-9999).find("-9999") != std::string::npos);
}

TEST_CASE("cl: check throws device_limit for what is too large and device_failure for the rest") {
    using lamina::opencl::check;
    CHECK_NOTHROW(check(CL_SUCCESS, "clFinish", "x"));
    const auto code_of = [](cl_int code) {
        try {
            check(code, "clEnqueueNDRangeKernel", "step 3 (conv2d)");
        } catch (const lamina::error& fault) {
            CHECK(fault.subject() == "step 3 (conv2d)");
            const std::string said = fault.what();
            CHECK(said.starts_with("step 3 (conv2d): clEnqueueNDRangeKernel failed with '"));
            return fault.code();
        }
        return errc{};
    };
    CHECK(code_of(CL_OUT_OF_RESOURCES) == errc::device_limit);
    CHECK(code_of(CL_INVALID_KERNEL_ARGS) == errc::device_failure);
    CHECK(code_of(-9999) == errc::device_failure);
}

TEST_CASE("cl: a handle retains for each copy and releases for each end") {
    const device dev = device::best();
    const auto count = [](cl_mem memory) {
        cl_uint references = 0;
        clGetMemObjectInfo(memory, CL_MEM_REFERENCE_COUNT, sizeof references, &references, nullptr);
        return references;
    };
    lamina::opencl::buffer first(clCreateBuffer(dev.context(), 0, 64, nullptr, nullptr));
    REQUIRE(first);
    CHECK(count(first.get()) == 1);
    {
        auto second = first;
        CHECK(count(first.get()) == 2);
        auto third = std::move(second);
        CHECK(!second);  // NOLINT(bugprone-use-after-move): that is the claim
        CHECK(count(first.get()) == 2);
        second = third;
        second = second.get() ? third : first;
        CHECK(count(first.get()) == 3);
        *third.fill() = nullptr;
        CHECK(count(first.get()) == 2);
    }
    CHECK(count(first.get()) == 1);
    const auto shared = lamina::opencl::buffer::shared(first.get());
    CHECK(count(first.get()) == 2);
}

TEST_CASE("cl: every code of OpenCL and its extensions has a name") {
    for (int code = -1; code >= -72; --code) {
        if (code < -19 && code > -30) continue;  // no codes there
        CAPTURE(code);
        CHECK(std::string(lamina::opencl::explain(code).name).starts_with("CL_"));
    }
    CHECK(lamina::opencl::in_words(CL_MAP_FAILURE)
        == "a buffer could not be mapped into the host's memory (CL_MAP_FAILURE, -12)");
    for (const int code : {-1000, -1001, -1009, -1013, -1057, -1059, -1093, -1142})
        CHECK(std::string(lamina::opencl::explain(code).name).starts_with("CL_"));
    CHECK(lamina::opencl::in_words(-4711)
        == "an error that OpenCL has no name for (a code of this driver, -4711)");
}
