// SPDX-License-Identifier: Apache-2.0
// One of two translation units that include everything; they link only if all is inline.
#include <lamina/lamina.hpp>

const char* version_seen_by_b();

int main() { return lamina::version_text == version_seen_by_b() ? 0 : 1; }
