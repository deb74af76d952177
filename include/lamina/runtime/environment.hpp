// SPDX-License-Identifier: Apache-2.0
// Environment variables, read only here. SECURITY.md lists what each of them can do.
#pragma once
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace lamina {

namespace detail {

/// All variables as they were when this was first called: before OpenCL, whose loader cuts the list of drivers in
/// OCL_ICD_FILENAMES into pieces where it stands, and a process that is started with that finds the first one only.
inline const std::vector<std::string>& environment_before_opencl() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> out;
        for (char** each = environ; each && *each; ++each) out.emplace_back(*each);
        return out;
    }();
    return all;
}

}  // namespace detail

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
