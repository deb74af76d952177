// SPDX-License-Identifier: Apache-2.0
// One of two files that must not be linked into one program.
#include <lamina/core/linkage.hpp>

int seen_by_compiled();

int main() { return seen_by_compiled(); }
