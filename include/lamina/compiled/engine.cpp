// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: engines.
#include <lamina/runtime/engine.impl.hpp>
#include <lamina/runtime/engine_loading.impl.hpp>
