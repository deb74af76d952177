// SPDX-License-Identifier: Apache-2.0
// Says that a test could not run here (no data, no device), so that CTest reports it as skipped.
// Used by tests that need more than a compiler; read by support/main.cpp.
#pragma once

#include <cstdio>

namespace lamina_test {

inline int skips = 0;

/// Call and then return from the test case.
inline void skip(const char* reason) {
    ++skips;
    std::printf("skipped: %s\n", reason);
}

}  // namespace lamina_test
