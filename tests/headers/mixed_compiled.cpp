// SPDX-License-Identifier: Apache-2.0
// The other one: built with LAMINA_COMPILED.
#include <lamina/core/linkage.hpp>

#ifndef LAMINA_COMPILED
#error "this file is to be built with LAMINA_COMPILED"
#endif

int seen_by_compiled() { return 0; }
