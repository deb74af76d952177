// SPDX-License-Identifier: Apache-2.0
// Matrix products by CLBlast, for tactics that have one (core/gemm.hpp). Between the launches of a
// context and the library, which nothing else sees; a build without it (LAMINA_HAS_CLBLAST 0) refuses
// such tactics, and steps run by the kernels beside them.
#pragma once
#include <cstdint>
#include <string>

#include <lamina/core/gemm.hpp>
#include <lamina/core/linkage.hpp>
#include <lamina/runtime/cl.hpp>
#include <lamina/runtime/device.hpp>

namespace lamina::detail {

/// Where a matrix begins.
struct gemm_buffer {
    cl_mem memory = nullptr;
    std::uint64_t offset = 0;  ///< elements
};

/// Enqueues a product; `done`, if there is one, is the event of the library's last command.
/// Returns 0, or what went wrong as a number for gemm_words(). Threads may call it at the same time.
int enqueue_gemm(const gemm_call& what, const gemm_buffer& a, const gemm_buffer& b,
    const gemm_buffer& c, cl_command_queue queue, cl_event* done);

/// "the library knows no parameters for this device (CLBlastDatabaseError, -2041)".
std::string gemm_words(int status);

/// Why the library does not compute this product on a device; empty if it does. Makes it once, on
/// memory of its own: the library builds its kernels then, and not in the first run.
std::string gemm_refuses(const device& dev, const gemm_call& what);

}  // namespace lamina::detail

#ifndef LAMINA_COMPILED
#include <lamina/runtime/gemm.impl.hpp>
#endif
