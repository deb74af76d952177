// SPDX-License-Identifier: Apache-2.0
// What PyTorch recorded for a torch_case: inputs, weights and output, read from
// tests/torch/goldens.safetensors.
#pragma once
#include "reference_weights.hpp"
#include "skip.hpp"
#include "torch_cases.hpp"

#include <cstring>
#include <string>

namespace lamina_test {

inline constexpr const char* goldens_file = "tests/torch/goldens.safetensors";

/// The recorded file. Ask has_source_file(goldens_file) before.
inline const lamina::weights& goldens() {
    static const lamina::weights opened = lamina::weights::open(source_file(goldens_file));
    return opened;
}

/// A recorded tensor; nothing of rank 0 and without elements when there is none of that name.
inline lamina::reference_tensor golden_tensor(const std::string& name) {
    lamina::reference_tensor out;
    const lamina::weight_view* view = goldens().find(name);
    if (!view) return out;
    for (const std::int64_t extent : view->dims) out.dims.push(static_cast<int>(extent));
    out.type = view->type;
    if (out.type == lamina::dtype::i32) {
        out.indices.resize(view->bytes.size() / sizeof(std::int32_t));
        std::memcpy(out.indices.data(), view->bytes.data(), view->bytes.size());
    } else {
        out.values = as_floats(*view);
    }
    return out;
}

/// input0, input1, ... of a case.
inline lamina::reference_inputs golden_inputs(const torch_case& of) {
    lamina::reference_inputs inputs;
    for (int i = 0; i < 4; ++i) {
        const std::string name = "input" + std::to_string(i);
        if (goldens().find(of.name + ("/" + name)))
            inputs[name] = golden_tensor(of.name + ("/" + name));
    }
    return inputs;
}

inline lamina::reference_tensor golden_output(const torch_case& of) {
    return golden_tensor(of.name + std::string("/output"));
}

inline lamina::weights_lookup golden_weights(const torch_case& of) {
    return lookup(goldens(), of.name + std::string("/param/"));
}

}  // namespace lamina_test
