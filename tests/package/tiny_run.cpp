// SPDX-License-Identifier: Apache-2.0
// Links the compiled runtime: calls that need no device, and one that may have none.
#include <cstdio>
#include <lamina/run.hpp>

#ifndef LAMINA_COMPILED
#error "Lamina::compiled does not define LAMINA_COMPILED"
#endif

int main() {
    if (!lamina::weights().all().empty() || lamina::timing_cache().size() != 0) return 1;
    try {
        std::puts(lamina::device::best().describe().c_str());
    } catch (const lamina::error& fault) {
        std::puts(fault.what());
    }
}
