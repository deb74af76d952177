// SPDX-License-Identifier: Apache-2.0
// Whether a file sees the runtime's definitions (header-only, the default) or only its declarations, with
// the definitions in the library of the CMake target Lamina::compiled, which defines LAMINA_COMPILED.
//
// One program has one of both in all of its files. So that a mixture is an error and not two runtimes
// of which the linker takes some functions of each, both ways name one symbol, thread-local in the one
// and not in the other: linkers refuse to bring these together, and name the symbol and both files.
#pragma once

#ifdef LAMINA_COMPILED
/// Stands before a definition that the library holds.
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
