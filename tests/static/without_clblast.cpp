// SPDX-License-Identifier: Apache-2.0
// A build without CLBlast compiles, and names nothing of the library.
#undef LAMINA_HAS_CLBLAST
#define LAMINA_HAS_CLBLAST 0
#include <lamina/run.hpp>

#ifdef CLBLAST_CLBLAST_C_H_
#error "clblast_c.h is included by a build without CLBlast"
#endif

// The user's own names: the library's header defines a macro of this one.
inline constexpr int PUBLIC_API = 1;
static_assert(PUBLIC_API == 1);

namespace {
struct CLBlastLayout {};
}  // namespace

int main() { return static_cast<int>(sizeof(CLBlastLayout)) - 1; }
