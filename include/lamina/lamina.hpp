// SPDX-License-Identifier: Apache-2.0
// Everything, for people in a hurry: the language, plan<Net>, and what runs it. A network file
// includes define.hpp alone, which compiles faster.
#pragma once
#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>
#include <lamina/show.hpp>
