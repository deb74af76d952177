// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: contexts.
#include <lamina/runtime/context.impl.hpp>
#include <lamina/runtime/context_io.impl.hpp>
#include <lamina/runtime/context_launches.impl.hpp>
#include <lamina/runtime/context_queues.impl.hpp>
#include <lamina/runtime/context_reading.impl.hpp>
#include <lamina/runtime/context_states.impl.hpp>
#include <lamina/runtime/gemm.impl.hpp>
