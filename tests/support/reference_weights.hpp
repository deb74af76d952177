// SPDX-License-Identifier: Apache-2.0
// Lets the reference executor read an opened weights file. Here and not in the library, since
// reference/ does not depend on runtime/.
#pragma once
#include <lamina/core/error.hpp>
#include <lamina/reference/reference.hpp>
#include <lamina/runtime/weights.hpp>

#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lamina_test {

/// The elements of an f32 or f64 tensor.
/// Errors   LAM-R07 another element type.
inline std::vector<float> as_floats(const lamina::weight_view& view) {
    const auto read = [&](auto element) {
        std::vector<float> out(view.bytes.size() / sizeof element);
        for (std::size_t i = 0; i < out.size(); ++i) {
            std::memcpy(&element, view.bytes.data() + i * sizeof element, sizeof element);
            out[i] = static_cast<float>(element);
        }
        return out;
    };
    if (view.type == lamina::dtype::f32) return read(float{});
    if (view.type == lamina::dtype::f64) return read(double{});
    throw lamina::error(lamina::errc::tensor_dtype, std::string(view.name),
        "the tensor '" + std::string(view.name) + "' is " + std::string(to_text(view.type))
            + ", tests read f32 and f64; export it as f32");
}

/// A lookup for `lamina::reference`; copies what is asked for and keeps it. `prefix` is put before
/// every name.
inline lamina::weights_lookup lookup(const lamina::weights& from, const std::string& prefix = {}) {
    auto kept = std::make_shared<std::map<std::string, std::vector<float>, std::less<>>>();
    return [from, prefix, kept](std::string_view name) -> lamina::found_weights {
        const lamina::weight_view* view = from.find(prefix + std::string(name));
        if (!view) return {};
        auto at = kept->find(name);
        if (at == kept->end()) at = kept->emplace(std::string(name), as_floats(*view)).first;
        if (view->shapeless) return {at->second};
        lamina::shape dims;
        for (const auto extent : view->dims) dims.push(static_cast<int>(extent));
        return {at->second, dims};
    };
}

}  // namespace lamina_test
