// SPDX-License-Identifier: Apache-2.0
// Selects whether a file includes the runtime's definitions (header-only, the default) or only declarations,
// with the definitions in the library of the CMake target Lamina::compiled, which defines LAMINA_COMPILED.
//
// A program must use one of the two in all of its files. To make a mixture an error, instead of linking some
// functions of each, both ways refer to one symbol, which is thread-local in one and not in the other:
// linkers refuse to combine them, and name the symbol and both files.
#pragma once

#ifdef LAMINA_COMPILED
/// Precedes a definition that the library contains.
#define LAMINA_INLINE
extern "C" {
/// In the library. The name also tells a library of another version apart from these headers.
extern const int lamina_0_1_is_header_only_in_some_files_and_compiled_in_others;
}
namespace lamina::detail {
[[gnu::used]] inline const int* const linkage
    = &lamina_0_1_is_header_only_in_some_files_and_compiled_in_others;
}  // namespace lamina::detail
#else
#define LAMINA_INLINE inline
extern "C" {
[[gnu::used]] inline thread_local int lamina_0_1_is_header_only_in_some_files_and_compiled_in_others
    = 0;
}
#endif
