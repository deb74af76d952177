// SPDX-License-Identifier: Apache-2.0
// Reads numpy's .npy files (format 1 and 2, little-endian, row-major), which recorded outputs come
// in. There is no packaged C++ library for it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace lamina_test {

/// f32 goes to `values`; i32, i64, u8 go to `integers`.
struct npy {
    std::vector<std::int64_t> dims;
    std::vector<float> values;
    std::vector<std::int64_t> integers;
};

namespace detail {

/// The text behind 'key': in the header's Python dictionary, up to `end`.
inline std::string npy_field(
    const std::string& header, const std::string& key, const std::string& end) {
    const std::size_t at = header.find("'" + key + "':");
    if (at == std::string::npos) return {};
    const std::size_t begin = header.find_first_not_of(' ', at + key.size() + 3);
    return header.substr(begin, header.find(end, begin) - begin);
}

template <class Stored, class Held>
void npy_elements(
    const std::string& bytes, std::size_t at, std::size_t count, std::vector<Held>& out) {
    out.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        Stored value;
        std::memcpy(&value, bytes.data() + at + i * sizeof value, sizeof value);
        out[i] = static_cast<Held>(value);
    }
}

}  // namespace detail

/// Throws std::runtime_error with the path where the file is not one of these.
inline npy read_npy(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto refuse
        = [&](const std::string& why) -> npy { throw std::runtime_error(path + ": " + why); };
    if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0)
        return refuse("not a .npy file, or not there");
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const bool is_long = byte(6) > 1;
    const std::size_t start = is_long ? 12 : 10;
    std::size_t length = byte(8) | static_cast<std::size_t>(byte(9)) << 8;
    if (is_long)
        length
            |= static_cast<std::size_t>(byte(10)) << 16 | static_cast<std::size_t>(byte(11)) << 24;
    if (start + length > bytes.size()) return refuse("the header is cut short");

    const std::string header = bytes.substr(start, length);
    const std::string type = detail::npy_field(header, "descr", ",");
    if (detail::npy_field(header, "fortran_order", ",") != "False")
        return refuse("column-major; save it with numpy.ascontiguousarray");
    npy out;
    std::size_t count = 1;
    const std::string extents = detail::npy_field(header, "shape", ")");
    for (std::size_t at = extents.find_first_of("0123456789"); at != std::string::npos;
        at = extents.find_first_of("0123456789", extents.find_first_of(", ", at))) {
        out.dims.push_back(std::stoll(extents.substr(at)));
        count *= static_cast<std::size_t>(out.dims.back());
        if (extents.find_first_of(", ", at) == std::string::npos) break;
    }

    const std::size_t size = type == "'<i8'" ? 8 : type == "'|u1'" ? 1 : 4;
    if (bytes.size() != start + length + count * size)
        return refuse("the bytes are not as many as the header tells");
    const std::size_t at = start + length;
    if (type == "'<f4'")
        detail::npy_elements<float>(bytes, at, count, out.values);
    else if (type == "'<i4'")
        detail::npy_elements<std::int32_t>(bytes, at, count, out.integers);
    else if (type == "'<i8'")
        detail::npy_elements<std::int64_t>(bytes, at, count, out.integers);
    else if (type == "'|u1'")
        detail::npy_elements<std::uint8_t>(bytes, at, count, out.integers);
    else
        return refuse("element type " + type + "; f4, i4, i8 and u1 are read");
    return out;
}

}  // namespace lamina_test
