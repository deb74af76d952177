// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: engines.
#include <lamina/runtime/batcher.impl.hpp>
#include <lamina/runtime/context_shapes.impl.hpp>
#include <lamina/runtime/engine.impl.hpp>
#include <lamina/runtime/engine_loading.impl.hpp>
#include <lamina/runtime/engine_shapes.impl.hpp>
#include <lamina/runtime/infer_queue.impl.hpp>
