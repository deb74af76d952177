// SPDX-License-Identifier: Apache-2.0
// The other translation unit of twice_a.cpp.
#include <lamina/lamina.hpp>

const char* version_seen_by_b();
const char* version_seen_by_b() { return lamina::version_text; }
