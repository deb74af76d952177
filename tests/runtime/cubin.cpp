// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/cubin.hpp with functions in place of CUDA's driver: PTX becomes machine code on the device at the
// right place, whatever fails leaves the PTX, and nothing stays behind. What NVIDIA's OpenCL makes of it is for
// engine_save.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/runtime/cubin.hpp>

using namespace lamina;
using namespace lamina::detail;

namespace {

/// A driver of three devices, whose linker answers "\x7fELF of " and the text; `failing` names a function that does not
/// work.
struct fake_driver {
    static inline std::string failing;
    static inline std::atomic<int> contexts, pushed, states, linked;
    static inline std::atomic<int> device_of_context;

    struct link_state {
        std::string text;
    };
    static int code(std::string_view name) { return failing == name ? 999 : 0; }
    static int attribute(int* value, int which, int device) {
        // Two devices have the same bus and slot, in different domains.
        constexpr int places[3][3] = {{0, 7, 1}, {1, 7, 1}, {0, 9, 0}};  // domain, bus, slot
        *value = places[device][which == 50 ? 0 : which == 33 ? 1 : 2];
        return code("cuDeviceGetAttribute");
    }
    static cuda_calls calls() {
        failing.clear();
        contexts = pushed = states = linked = 0;
        device_of_context = -1;
        cuda_calls out;
        out.cuInit = [](unsigned) { return code("cuInit"); };
        out.cuDeviceGetCount = [](int* count) {
            *count = 3;
            return code("cuDeviceGetCount");
        };
        out.cuDeviceGet = [](int* device, int number) {
            *device = number;
            return code("cuDeviceGet");
        };
        out.cuDeviceGetAttribute = &attribute;
        out.cuDevicePrimaryCtxRetain = [](void** context, int device) {
            if (code("cuDevicePrimaryCtxRetain")) return 2;
            ++contexts;
            device_of_context = device;
            *context = &failing;
            return 0;
        };
        out.cuDevicePrimaryCtxRelease_v2 = [](int device) {
            --contexts;
            return device == device_of_context ? 0 : 101;
        };
        out.cuCtxPushCurrent_v2 = [](void* context) {
            if (context != &failing || code("cuCtxPushCurrent_v2")) return 201;
            ++pushed;
            return 0;
        };
        out.cuCtxPopCurrent_v2 = [](void**) {
            --pushed;
            return 0;
        };
        out.cuLinkCreate_v2 = [](unsigned, int*, void**, void** state) {
            if (code("cuLinkCreate_v2") || pushed < 1) return 201;
            ++states;
            *state = new link_state;
            return 0;
        };
        out.cuLinkAddData_v2 = [](void* state, int type, void* data, std::size_t bytes, const char*,
                                   unsigned, int*, void**) {
            const auto* const text = static_cast<const char*>(data);
            if (code("cuLinkAddData_v2") || type != 1 || text[bytes - 1] != 0) return 218;
            static_cast<link_state*>(state)->text = std::string("\x7f") + "ELF of " + text;
            return std::strlen(text) + 1 == bytes ? 0 : 218;
        };
        out.cuLinkComplete = [](void* state, void** cubin, std::size_t* bytes) {
            if (code("cuLinkComplete")) return 218;
            ++linked;
            std::string& text = static_cast<link_state*>(state)->text;
            *cubin = text.data();
            *bytes = text.size();
            return 0;
        };
        out.cuLinkDestroy = [](void* state) {
            --states;
            // What it answered with must not be read any more.
            std::string& text = static_cast<link_state*>(state)->text;
            std::fill(text.begin(), text.end(), '?');
            delete static_cast<link_state*>(state);
            return 0;
        };
        return out;
    }
};

std::vector<std::byte> bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

std::string text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const std::string ptx = "//\n.version 9.0\n.target sm_90a\n.address_size 64\n";

constexpr const char* functions[] = {"cuInit", "cuDeviceGetCount", "cuDeviceGet",
    "cuDeviceGetAttribute", "cuDevicePrimaryCtxRetain", "cuCtxPushCurrent_v2", "cuLinkCreate_v2",
    "cuLinkAddData_v2", "cuLinkComplete"};

}  // namespace

TEST_CASE(
    "machine code: PTX is recognised, and neither machine code nor PoCL's archives are taken for it") {
    CHECK(is_ptx(bytes_of(ptx)));
    CHECK(is_ptx(bytes_of(ptx + '\0')));
    CHECK_FALSE(is_ptx(bytes_of("\x7f"
                                "ELF\n.target sm_90")));
    CHECK_FALSE(is_ptx(bytes_of("poclbin")));
    CHECK_FALSE(is_ptx({}));
}

TEST_CASE("machine code: the device at the right place links, and its context is let go of") {
    const cuda_calls calls = fake_driver::calls();
    constexpr int devices = 3;
    const pci_place places[devices] = {{0, 7, 1}, {1, 7, 1}, {0, 9, 0}};
    for (int i = 0; i < devices; ++i) {
        {
            const cubin_linker linker(calls, places[i]);
            REQUIRE(linker.is_ready());
            CHECK(fake_driver::device_of_context == i);
            CHECK(fake_driver::contexts == 1);
            CHECK(text_of(linker.link(bytes_of(ptx)))
                == "\x7f"
                   "ELF of "
                    + ptx);
            CHECK(text_of(linker.link(bytes_of(ptx + '\0')))
                == "\x7f"
                   "ELF of "
                    + ptx);
            CHECK(fake_driver::pushed == 0);
            CHECK(fake_driver::states == 0);
        }
        CHECK(fake_driver::contexts == 0);
    }
    CHECK_FALSE(cubin_linker(calls, {1, 9, 0}).is_ready());
    CHECK(fake_driver::contexts == 0);
}

TEST_CASE("machine code: all of many programs, but for what is none of PTX") {
    const cubin_linker linker(fake_driver::calls(), {0, 7, 1});
    std::vector<std::vector<std::byte>> all;
    for (int i = 0; i < 40; ++i)
        all.push_back(
            bytes_of(i % 4 == 3 ? "archive " + std::to_string(i) : ptx + std::to_string(i)));
    std::vector<std::vector<std::byte>*> some;
    for (std::vector<std::byte>& one : all) some.push_back(&one);
    link_all(linker, some);
    for (int i = 0; i < 40; ++i)
        CHECK(text_of(all[static_cast<std::size_t>(i)])
            == (i % 4 == 3 ? "archive " + std::to_string(i)
                           : "\x7f"
                             "ELF of "
                        + ptx + std::to_string(i)));
    CHECK(fake_driver::linked == 30);
}

TEST_CASE("machine code: whichever function fails, the PTX stays and nothing is left behind") {
    for (const char* const name : functions) {
        CAPTURE(name);
        const cuda_calls calls = fake_driver::calls();
        fake_driver::failing = name;
        {
            const cubin_linker linker(calls, {0, 9, 0});
            std::vector<std::byte> one = bytes_of(ptx);
            std::vector<std::byte>* const list[] = {&one};
            link_all(linker, list);
            CHECK(text_of(one) == ptx);
            CHECK(fake_driver::linked == 0);
        }
        CHECK(fake_driver::contexts == 0);
        CHECK(fake_driver::pushed == 0);
        CHECK(fake_driver::states == 0);
    }
}

TEST_CASE("machine code: a library that is not there, or is another one, has no such functions") {
    CHECK_FALSE(cuda_calls::of("liblamina_there_is_no_such_library.so.1"));
    CHECK_FALSE(cuda_calls::of("libc.so.6"));
}

TEST_CASE("machine code: only NVIDIA's devices have a place") {
    for (const device& dev : device::all()) {
        CAPTURE(dev.name());
        CHECK(pci_place_of(dev).has_value() == (dev.facts().platform == "NVIDIA CUDA"));
    }
}
