// SPDX-License-Identifier: Apache-2.0
// Buffers of the test programs that this is linked to hold NaN before anything is written to them, and have
// 4 KiB of NaN behind them: a kernel that reads what nobody wrote, or beyond a buffer, computes NaN
// each time and not only where such memory happens to hold one.
#include <lamina/runtime/cl.hpp>

#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

extern "C" cl_mem CL_API_CALL clCreateBuffer(
    cl_context where, cl_mem_flags flags, std::size_t bytes, void* data, cl_int* code) {
    static const auto real
        = reinterpret_cast<decltype(&clCreateBuffer)>(::dlsym(RTLD_NEXT, "clCreateBuffer"));
    if (!real) std::abort();
    constexpr std::size_t behind = 4096, most = std::size_t{256} << 20;
    if (data || bytes == 0 || bytes > most) return real(where, flags, bytes, data, code);
    // A NaN as float, and each of its halves one as half and as bfloat.
    std::vector<std::uint32_t> nan((bytes + 3) / 4 + behind / 4, 0x7fc07fc0u);
    return real(where, flags | CL_MEM_COPY_HOST_PTR, nan.size() * 4, nan.data(), code);
}
