// SPDX-License-Identifier: Apache-2.0
// Environment variables, the only place that asks for one. SECURITY.md says what each of them can do.
#pragma once
#include <cstdlib>
#include <string>

namespace lamina {

/// The value of a variable; empty where it is not set, and in a program that has more rights than
/// the user who started it (set-user-ID and the like): there his variables decide nothing.
inline std::string environment(const char* name) {
#if defined(__linux__)
    const char* value = ::secure_getenv(name);
#else
    const char* value = std::getenv(name);
#endif
    return value ? value : "";
}

}  // namespace lamina
