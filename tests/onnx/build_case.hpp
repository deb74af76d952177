// SPDX-License-Identifier: Apache-2.0
// A case of ONNX's node tests as a network of Lamina's layers, with its tensors; read from what
// cases.py writes.
#pragma once
#include <lamina/define.hpp>
#include <lamina/reference/reference.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lamina_test {

/// All tensors of the cases: one file of 4-byte numbers, floats or ints.
struct numbers_file {
    std::vector<std::uint32_t> words;
    explicit numbers_file(const std::string& path);
    /// {"dims", "type", "at"} as a tensor. Empty dims are a scalar.
    lamina::reference_tensor read(const nlohmann::json& of) const;
};

struct built_case {
    lamina::network net;
    lamina::reference_inputs inputs;
    std::map<std::string, lamina::reference_tensor, std::less<>> weights, expected;
    double relative = 0;  ///< how far an element may be off, of itself

    /// Throws std::exception with what the language says against the network.
    built_case(const nlohmann::json& of, const numbers_file& numbers);
    lamina::weights_lookup lookup() const;
    /// The bytes of a weights file.
    std::vector<std::byte> file() const;
};

}  // namespace lamina_test
