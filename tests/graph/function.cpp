// SPDX-License-Identifier: Apache-2.0
// The table of functions: what a row says agrees with what its function computes.
#include <lamina/graph/function.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <string_view>

using namespace lamina;

namespace {

constexpr double scalars[][2] = {{1, 20}, {0.5, 2}, {-0.75, 0.25}, {3, -1}, {0, 0}};

/// True for functions whose result is no number: a NaN ends there.
bool gives_truth(const function_row& row) {
    return row.traits.on_ints || row.kind == function::isnan || row.kind == function::isinf
        || row.kind == function::isfinite;
}

}  // namespace

TEST_CASE("function: keeps_zero says whether f(0) is 0 whatever the scalars are") {
    for (const function_row& row : function_table) {
        if (row.traits.values != 1) continue;
        INFO(row.name());
        bool keeps = true;
        for (const auto& s : scalars)  // those that the layer takes
            if ((row.traits.rule != scalar_rule::not_negative || s[0] >= 0)
                && (row.traits.rule != scalar_rule::not_zero || s[0] != 0))
                keeps = keeps && row.value(0, s[0], s[1]) == 0;
        CHECK(row.traits.keeps_zero == keeps);
    }
}

TEST_CASE(
    "function: a NaN goes through every function of one value but sign, which is PyTorch's 0") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(row_of(function::sign).value(nan, 0, 0) == 0);
    for (const function_row& row : function_table) {
        INFO(row.name());
        if (row.traits.values == 1 && !gives_truth(row) && row.kind != function::sign)
            CHECK(std::isnan(row.value(nan, 0.5, 2)));
        CHECK((row.traits.values == 1 || row.traits.scalars == 0
            || row.kind == function::masked_fill));
    }
}

TEST_CASE("function: kernels call what the texts define, once") {
    std::set<std::string> defined;
    for (const function_row& row : function_table) {
        const std::string_view text = row.text;
        INFO(row.name());
        if (text.empty()) continue;
        CHECK(text.ends_with("\n"));
        CHECK((text.starts_with("#define ") || text.starts_with("inline ")
            || text.starts_with("#if ")));
        CHECK(text.find(std::string(row.opencl) + "(") != text.npos);
        CHECK(defined.insert(row.opencl).second);
    }
}

TEST_CASE("function: layers are called as PyTorch's functions are") {
    CHECK(row_of(function::softsign).name() == std::string_view("softsign"));
    CHECK(row_of(function::exp).name() == std::string_view("exp"));
}
