// SPDX-License-Identifier: Apache-2.0
// Arrays in NumPy's .npy files, as far as benchmarks need them: float32 or int32, little-endian,
// row-major.
// How the workers of different frameworks hand each other inputs and outputs.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/runtime/mapped_file.hpp>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bench {

/// The values of a file, whatever their shape.
/// Errors  LAM-R01 for a file that is not there or holds something else.
template <class Number = float> std::vector<Number> read_npy(const std::string& path) {
    static_assert(std::is_same_v<Number, float> || std::is_same_v<Number, int>);
    constexpr bool is_float = std::is_same_v<Number, float>;
    const lamina::mapped_file file(path);
    const std::string_view all(
        reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
    const std::size_t wide = all.size() > 6 && all[6] == 1 ? 2 : 4;
    std::uint32_t header = 0;
    if (all.size() > 12 && all.starts_with("\x93NUMPY")) std::memcpy(&header, all.data() + 8, wide);
    const std::size_t start = 8 + wide + header;
    const std::string_view facts = all.substr(0, start);
    if (header == 0 || start > all.size() || facts.find(is_float ? "'<f4'" : "'<i4'") == facts.npos
        || facts.find("'fortran_order': False") == facts.npos)
        throw lamina::error(lamina::errc::file_missing, path,
            path + " is no .npy file of row-major " + (is_float ? "float32" : "int32")
                + ", which is needed here; write it with "
                  "numpy.save(path, numpy.ascontiguousarray(values, numpy."
                + (is_float ? "float32" : "int32") + "))");
    std::vector<Number> values((all.size() - start) / 4);
    std::memcpy(values.data(), all.data() + start, values.size() * 4);
    return values;
}

/// Errors  LAM-R03.
template <class Shape>
void write_npy(const std::string& path, std::span<const float> values, const Shape& dims) {
    std::string facts = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
    for (int axis = 0; axis < dims.rank; ++axis) facts += std::to_string(dims[axis]) + ", ";
    facts += "), }";
    while ((10 + facts.size() + 1) % 64) facts += ' ';
    facts += '\n';
    const auto length = static_cast<std::uint16_t>(facts.size());
    std::FILE* file = std::fopen(path.c_str(), "wb");
    bool good = file != nullptr;
    if (good) {
        good = std::fwrite("\x93NUMPY\1", 1, 8, file) == 8 && std::fwrite(&length, 2, 1, file) == 1
            && std::fwrite(facts.data(), 1, facts.size(), file) == facts.size()
            && std::fwrite(values.data(), 4, values.size(), file) == values.size();
        good = std::fclose(file) == 0 && good;
    }
    if (!good)
        throw lamina::error(lamina::errc::file_not_written, path,
            path + " cannot be written; check the folder and the free space");
}

}  // namespace bench
