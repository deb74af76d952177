// SPDX-License-Identifier: Apache-2.0
// Gives memory that was freed back to the system. Used when an engine is made whose program planned its other shapes.
#pragma once
#include <cstddef>  // glibc's __GLIBC__

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace lamina::detail {

/// Planning some 15 shapes frees 10 to 20 MB at once; glibc keeps them, as it gives back less the more it was asked for,
/// and weights and contexts take their memory behind them. Takes about a millisecond, so it is called where such work
/// ends: shapes that stand for all are planned, their kernels are known, programs are built.
inline void return_unused() {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

}  // namespace lamina::detail
