// SPDX-License-Identifier: Apache-2.0
// What a plan from a file may bring: a plan is a program, and its kernels run with the rights of the
// process that loads it. Checked by check_trust.hpp before anything of the plan is built.
#pragma once

namespace lamina {

/// Which code of a plan is run. Each level allows what the ones before it do.
enum class trust : unsigned char {
    catalogue,  ///< kernels of this version of Lamina, and those that the program lists
    texts,      ///< any OpenCL text: for plans that you, or somebody you trust, made
    binaries,   ///< native code of devices too, which nothing can check
};

}  // namespace lamina
