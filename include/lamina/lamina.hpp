// SPDX-License-Identifier: Apache-2.0
// Everything in one header: the language, plan<Net>, and the runtime. A network file includes only define.hpp,
// which compiles faster.
#pragma once
#include <lamina/define.hpp>
#include <lamina/plan.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>
#include <lamina/show.hpp>
