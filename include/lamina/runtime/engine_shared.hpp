// SPDX-License-Identifier: Apache-2.0
// Shared by copies of an engine: its state, and the context of engine::run().
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <lamina/runtime/context.hpp>
#include <lamina/runtime/engine_shapes.hpp>
#include <lamina/runtime/engine_state.hpp>

namespace lamina::detail {

struct engine_shared {
    std::shared_ptr<engine_state> state;
    std::shared_ptr<engine_shapes> shapes = nullptr;  ///< of a network with dims
    std::vector<int> values = {};                     ///< of these
    std::mutex running;
    std::optional<context> own;  ///< of run(), made at its first call
};

}  // namespace lamina::detail
