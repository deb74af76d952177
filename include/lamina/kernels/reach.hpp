// SPDX-License-Identifier: Apache-2.0
// The addresses that each family accesses in its buffers: its kernel's address arithmetic and nothing
// else. Data for the verifier (plan/reach.hpp), which evaluates it for all work-items at once when a plan
// is loaded. When you change where a kernel reads or writes, change its reach as well; a test compares both
// on every recorded network.
#pragma once
#include <lamina/kernels/catalog.hpp>
#include <lamina/kernels/join.hpp>

#include <string_view>

namespace lamina::kernels {

// Behind the arguments that the kernel itself has (ARGS), the C of a kernel, with these differences:
//   EACH(k, low, high)  a loop over k = low ... high - 1, in any steps
//   APART(k)            the following statement once for the greatest k and once for the others, where
//                       the last block of channels differs
//   ANY(low, high)      some number between them, both included
//   READ(p, i, n), WRITE(p, i, n)   n elements from i on; LOAD1, LOADV, STOREV, ... as in the prelude
//   ARRAY(name, n);     memory of the work-item's or the group's own
//   REQUIRE(test);      what must hold for the rest to be true
//   WHOLE(bits, n)      true if n times this float is a number that an int holds
// Values of elements are unknown: what depends on them must be written with ANY. Names of a plan's
// #define lines that a text does not use may stand for numbers only (plan/reach_defines.hpp).

/// Empty for a family that is not of the catalogue.
inline std::string_view find_reach(std::string_view family) {
    static const joined_texts texts(catalog, &kernel_text::reach);
    return texts.find(family);
}

}  // namespace lamina::kernels
