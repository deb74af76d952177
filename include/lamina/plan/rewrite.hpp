// SPDX-License-Identifier: Apache-2.0
// Records back into a FlatBuffer, at run time: how a saved plan gets texts, binaries and a segment.
// Used by engine.save(); plans of networks are written by the compiler in plan/write.hpp instead.
#pragma once
#include <cstddef>
#include <vector>

#include <lamina/plan/flat_tables.hpp>

namespace lamina {

/// A FlatBuffer of plan.fbs holding all of `plan`. Two plans that differ in numbers only have the
/// same size.
inline std::vector<std::byte> rewrite_plan(const plan_records& plan) {
    return detail::table_encoder().finish(plan, "LAMP");
}

}  // namespace lamina
