// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: the planner at run time.
#include <lamina/plan_at_run_time.impl.hpp>
#include <lamina/planner/plan_shapes.impl.hpp>
#include <lamina/show.impl.hpp>
