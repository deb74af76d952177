// SPDX-License-Identifier: Apache-2.0
// Tables and quoted JSON texts, shared by the printers of plans, kernels and times.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/core/printable.hpp>

namespace lamina {

/// Columns as wide as their widest cell; those named with a leading '>' are right-aligned.
class text_table {
public:
    explicit text_table(std::vector<std::string> heads) {
        for (std::string& head : heads) {
            right_.push_back(head.starts_with('>'));
            if (right_.back()) head.erase(0, 1);
        }
        rows_.push_back(std::move(heads));
    }

    /// Cells may come from a file: control characters are escaped.
    void add(std::vector<std::string> cells) {
        for (std::string& cell : cells) cell = printable(cell);
        rows_.push_back(std::move(cells));
    }

    std::string str() const {
        std::vector<std::size_t> widths(right_.size());
        for (const auto& row : rows_)
            for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
                widths[i] = std::max(widths[i], row[i].size());
        std::string out;
        for (const auto& row : rows_) {
            for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
                const std::string blanks(widths[i] - row[i].size(), ' ');
                out += i ? "  " : "";
                out += right_[i] ? blanks + row[i] : row[i] + blanks;
            }
            out.resize(out.find_last_not_of(' ') + 1);
            out += '\n';
        }
        return out;
    }

private:
    std::vector<bool> right_;
    std::vector<std::vector<std::string>> rows_;
};

/// "1.250"
inline std::string fixed(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

/// A JSON text, quotes included.
inline std::string json_quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (const auto byte = static_cast<unsigned char>(c); byte < 32 || byte == 127) {
            char code[8];
            std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(byte));
            out += code;
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace lamina
