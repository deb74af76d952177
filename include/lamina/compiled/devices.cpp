// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: devices, the times of their tactics, and keys.
#include <lamina/plan/timings.impl.hpp>
#include <lamina/runtime/cl.impl.hpp>
#include <lamina/runtime/device.impl.hpp>
#include <lamina/runtime/engine_report.impl.hpp>
#include <lamina/runtime/signature.impl.hpp>
#include <lamina/runtime/timing_cache.impl.hpp>

extern const int lamina_0_1_is_header_only_in_some_files_and_compiled_in_others = 1;
