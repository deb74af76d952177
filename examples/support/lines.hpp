// SPDX-License-Identifier: Apache-2.0
// Text files of one label a line.
#pragma once
#include <lamina/runtime/mapped_file.hpp>

#include <string>
#include <vector>

namespace examples {

/// A file's lines. Errors  LAM-R01.
inline std::vector<std::string> read_lines(const std::string& path) {
    const lamina::mapped_file file(path);
    std::vector<std::string> lines(1);
    for (std::byte b : file.bytes())
        if (const char c = static_cast<char>(b); c == '\n')
            lines.emplace_back();
        else if (c != '\r')
            lines.back() += c;
    if (lines.back().empty()) lines.pop_back();
    return lines;
}

}  // namespace examples
