// SPDX-License-Identifier: Apache-2.0
// Must fail under clang-tidy: shows that the configuration is in force (test tidy/broken).
#include <string>

std::size_t used_after_move(std::string text) {
    const std::string taken = std::move(text);
    return taken.size() + text.size();
}
