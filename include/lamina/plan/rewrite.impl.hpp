// SPDX-License-Identifier: Apache-2.0
// How records are written. Included by rewrite.hpp, or compiled into Lamina::compiled.
#pragma once
#include <cstddef>
#include <vector>

#include <lamina/plan/flat_tables.hpp>
#include <lamina/plan/rewrite.hpp>

namespace lamina {

LAMINA_INLINE std::vector<std::byte> rewrite_plan(const plan_records& plan) {
    return detail::table_encoder().finish(plan, "LAMP");
}

}  // namespace lamina
