// SPDX-License-Identifier: Apache-2.0
// What copies of an engine share: its state, and the context of engine::run().
#pragma once
#include <memory>
#include <mutex>
#include <optional>

#include <lamina/runtime/context.hpp>
#include <lamina/runtime/engine_state.hpp>

namespace lamina::detail {

struct engine_shared {
    std::shared_ptr<engine_state> state;
    std::mutex running;
    std::optional<context> own;  ///< of run(), made when it is first called
};

}  // namespace lamina::detail
