// SPDX-License-Identifier: Apache-2.0
// What context::save_states returns: the states of a context at one moment, in host memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <lamina/core/dtype.hpp>
#include <lamina/core/shape.hpp>

namespace lamina {

struct saved_states {
    struct one {
        std::string name;
        dtype type = dtype::f32;  ///< as it is stored
        shape dims;
        std::vector<std::byte> bytes;  ///< dense, row-major
    };
    std::vector<one> all;

    /// Units   bytes, of all states together.
    std::size_t bytes() const {
        std::size_t sum = 0;
        for (const one& each : all) sum += each.bytes.size();
        return sum;
    }
};

}  // namespace lamina
