// SPDX-License-Identifier: Apache-2.0
// How a context is made.
#pragma once

namespace lamina {

struct context_options {
    /// Threads of its runs on a CPU, at most the device's compute units; 0: as many as the engine's. Contexts
    /// that run at the same time take different threads of the device while all of theirs together are no more
    /// than it has. Results are the same bits for any number. No effect on other devices.
    int threads = 0;
};

}  // namespace lamina
