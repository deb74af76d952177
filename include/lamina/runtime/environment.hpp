// SPDX-License-Identifier: Apache-2.0
// Environment variables, read only here. SECURITY.md lists what each of them can do.
#pragma once
#include <cstdlib>
#include <string>

namespace lamina {

/// The value of a variable; empty if it is not set, and in a program with more privileges than the user
/// who started it (set-user-ID, for example), which must not obey that user's environment.
inline std::string environment(const char* name) {
#if defined(__linux__)
    const char* value = ::secure_getenv(name);
#else
    const char* value = std::getenv(name);
#endif
    return value ? value : "";
}

}  // namespace lamina
