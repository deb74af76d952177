// SPDX-License-Identifier: Apache-2.0
// Names and shapes of a weights file as constants, written by lamina-manifest (weights_tools), so
// that the compiler can check a network against the file: static_assert(fits<Net, manifest>).
#pragma once
#include <lamina/core/dtype.hpp>
#include <lamina/core/shape.hpp>

#include <span>

namespace lamina {

struct manifest_entry {
    const char* name;
    dtype type;
    shape dims;
};

/// A file's tensors. A structural value without pointers into itself, so that a manifest variable
/// can be a template argument by reference.
struct manifest {
    const char* file;
    const char* sha256;
    std::span<const manifest_entry> entries;
};

/// Edit distance, for "nearest is ..." in sentences about names.
constexpr int edit_distance(std::string_view a, std::string_view b) {
    int row[257] = {};
    const int columns = b.size() < 256 ? static_cast<int>(b.size()) : 256;
    for (int j = 0; j <= columns; ++j) row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
        int diagonal = row[0];
        row[0] = static_cast<int>(i) + 1;
        for (int j = 1; j <= columns; ++j) {
            const int above = row[j];
            const int change = diagonal + (a[i] != b[static_cast<std::size_t>(j - 1)]);
            const int gap = (above < row[j - 1] ? above : row[j - 1]) + 1;
            row[j] = change < gap ? change : gap;
            diagonal = above;
        }
    }
    return row[columns];
}

}  // namespace lamina
