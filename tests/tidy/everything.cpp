// SPDX-License-Identifier: Apache-2.0
// What clang-tidy looks at: all public headers, and what they include.
#include <lamina/debug.hpp>
#include <lamina/lamina.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>
#include <lamina/show.hpp>
