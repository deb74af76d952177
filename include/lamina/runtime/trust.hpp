// SPDX-License-Identifier: Apache-2.0
// Levels of trust in a plan from a file: a plan is a program, and its kernels run with the privileges of the
// process that loads it. Checked by check_trust.hpp before anything of the plan is built.
#pragma once

namespace lamina {

/// Which code of a plan may run. Each level includes the ones before it.
enum class trust : unsigned char {
    catalogue,  ///< kernels of this version of Lamina, and those that the program lists
    texts,      ///< any OpenCL text: for plans made by you or someone you trust
    binaries,   ///< also native code of devices, which cannot be checked
};

}  // namespace lamina
