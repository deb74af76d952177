// SPDX-License-Identifier: Apache-2.0
// Lamina's version, and the version of the plan's format.
// Read by CMakeLists.txt (the package's version) and by plan/ (which plans this code can load).
#pragma once

namespace lamina {

inline constexpr int version_major = 0;
inline constexpr int version_minor = 1;
inline constexpr int version_patch = 0;
inline constexpr const char* version_text = "0.1.0";

/// Increased when an older runtime could no longer read a new plan. Newer runtimes read older plans.
inline constexpr unsigned plan_format = 1;

}  // namespace lamina
