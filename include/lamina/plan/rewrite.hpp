// SPDX-License-Identifier: Apache-2.0
// Writes records as a FlatBuffer at run time, to add texts, binaries and a segment to a saved plan. Used by
// engine.save(); plans of networks are written at compile time by plan/write.hpp.
#pragma once
#include <cstddef>
#include <vector>

#include <lamina/core/linkage.hpp>
#include <lamina/plan/records.hpp>

namespace lamina {

/// A FlatBuffer of plan.fbs with all of `plan`. Plans that differ only in numbers have the same size.
std::vector<std::byte> rewrite_plan(const plan_records& plan);

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/plan/rewrite.impl.hpp>
#endif
