// SPDX-License-Identifier: Apache-2.0
// Says that a test could not run here (no data, no device), so that CTest reports it as skipped.
// Used by tests that need more than a compiler; read by support/main.cpp.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace lamina_test {

inline int skips = 0;

/// Call and then return from the test case.
inline void skip(const char* reason) {
    ++skips;
    std::printf("skipped: %s\n", reason);
}

/// A file of the source tree that a test reads, by its path there. CTest sets LAMINA_SOURCE_DIR; without it
/// this header's own place tells.
inline std::string source_file(const std::string& path) {
    const char* root = std::getenv("LAMINA_SOURCE_DIR");
    return ((root ? std::filesystem::path(root)
                  : std::filesystem::path(__FILE__).parent_path().parent_path().parent_path())
        / path)
        .string();
}

/// False after saying "skipped" and which file is not there: test programs run on machines that have a part
/// of the source tree, or none of it.
inline bool has_source_file(const std::string& path) {
    if (std::filesystem::exists(source_file(path))) return true;
    skip((path + " of the source tree is not here (LAMINA_SOURCE_DIR)").c_str());
    return false;
}

}  // namespace lamina_test
