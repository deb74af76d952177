// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/join_weights.hpp: parameters side by side in one packed weight.
#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include <lamina/plan/check_plan.hpp>
#include <lamina/runtime/fold_weights.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::fault_of;
using lamina_test::hand_plan;
using lamina_test::hand_weights;

namespace {

std::vector<float> counted(std::size_t count, float from) {
    std::vector<float> out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = from + static_cast<float>(i);
    return out;
}

/// Two parameters of 3 columns, 2 and 3 rows of them, along axis 0 of a [5, 3] weight in squares of 2;
/// along axis 1 of a [3, 5] one. The second may have a batch norm that doubles it.
struct two_parts {
    hand_plan plan;
    hand_weights file;

    explicit two_parts(int axis, bool folds = false, dtype type = dtype::f32) {
        plan_records& r = plan.records;
        const shape first = axis ? shape{3, 2} : shape{2, 3},
                    second = axis ? shape{3, 3} : shape{3, 3};
        r.parameters = {{"a.weight", first}, {"b.weight", second}};
        plan_weight w;
        w.dims = axis ? shape{3, 5} : shape{5, 3};
        w.axis = axis;
        w.inner = plan.ints({2, 2});
        w.order = plan.order({0, 2, 1, 3});
        w.type = type;
        w.bytes = 24 * size_bytes(type);
        w.parts = {{0, 0, {}}, {1, 2, {}}};
        if (folds) {
            r.parameters.push_back({"b.norm.weight", {3}});
            plan_fold norm;
            norm.weight = 2;
            w.parts[1].folds = {norm};
            file.add("b.norm.weight", {3}, {2, 3, 4});
        }
        r.weights.push_back(w);
        r.weight_bytes = 128;
    }
    std::vector<std::byte> packed() {
        hand_plan relu;
        make_relu(relu);
        relu.records.parameters = plan.records.parameters;
        relu.records.weights = plan.records.weights;
        relu.records.weight_bytes = plan.records.weight_bytes;
        check_plan(relu.records);
        std::vector<std::byte> out(plan.records.weight_bytes);
        fold_weights(plan.records, file.open(), true, out);
        return out;
    }
    /// As a matrix again.
    std::vector<float> matrix() {
        const std::vector<std::byte> bytes = packed();
        const shape& dims = plan.records.weights[0].dims;
        const int across = (dims.c + 1) / 2;
        std::vector<float> out;
        for (int i = 0; i < dims.n; ++i)
            for (int j = 0; j < dims.c; ++j) {
                const int at = ((i / 2 * across + j / 2) * 2 + i % 2) * 2 + j % 2;
                float value;
                std::memcpy(&value, bytes.data() + at * 4, 4);
                out.push_back(value);
            }
        return out;
    }
};

}  // namespace

TEST_CASE("joined weights: rows stand below each other, columns beside each other") {
    two_parts rows(0);
    rows.file.add("a.weight", {2, 3}, counted(6, 1)).add("b.weight", {3, 3}, counted(9, 11));
    CHECK(
        rows.matrix() == std::vector<float>{1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16, 17, 18, 19});
    two_parts columns(1);
    columns.file.add("a.weight", {3, 2}, counted(6, 1)).add("b.weight", {3, 3}, counted(9, 11));
    CHECK(columns.matrix()
        == std::vector<float>{1, 2, 11, 12, 13, 3, 4, 14, 15, 16, 5, 6, 17, 18, 19});
}

TEST_CASE("joined weights: each part has its own folds and its own type in the file") {
    two_parts rows(0, true);
    rows.file.add("a.weight", {2, 3}, counted(6, 1)).add("b.weight", {3, 3}, counted(9, 11));
    CHECK(
        rows.matrix() == std::vector<float>{1, 2, 3, 4, 5, 6, 22, 24, 26, 42, 45, 48, 68, 72, 76});
    two_parts columns(1, true);
    columns.file.add("a.weight", {3, 2}, counted(6, 1))
        .add("b.weight", "F64", {3, 3}, std::vector<double>{11, 12, 13, 14, 15, 16, 17, 18, 19});
    CHECK(columns.matrix()
        == std::vector<float>{1, 2, 22, 36, 52, 3, 4, 28, 45, 64, 5, 6, 34, 54, 76});
}

TEST_CASE("joined weights: a shift begins at zero where a part has no parameter") {
    two_parts bias(0);
    plan_weight& w = bias.plan.records.weights[0];
    bias.plan.records.parameters = {{"b.bias", {3}}};
    w.role = weight_role::shift;
    w.dims = {5};
    w.inner = bias.plan.ints({8});
    w.order = bias.plan.order({0, 1});
    w.bytes = 32;
    w.parts = {{-1, 0, {}}, {0, 2, {}}};
    bias.file.add("b.bias", {3}, {7, 8, 9});
    const std::vector<std::byte> bytes = bias.packed();
    std::vector<float> values(8);
    std::memcpy(values.data(), bytes.data(), 32);
    CHECK(values == std::vector<float>{0, 0, 7, 8, 9, 0, 0, 0});
}

TEST_CASE("joined weights: bad numbers are told by their own tensor and element") {
    std::vector<float> large = counted(9, 11);
    large[4] = 1e6f;
    for (const int axis : {0, 1}) {
        two_parts halves(axis, false, dtype::f16);
        halves.file.add(
            "a.weight", axis ? std::vector<int>{3, 2} : std::vector<int>{2, 3}, counted(6, 1));
        halves.file.add("b.weight", {3, 3}, large);
        const caught fault = fault_of([&] { halves.packed(); });
        CHECK(fault.code == errc::tensor_value);
        CHECK_MESSAGE(
            fault.says("tensor 'b.weight' holds 1000000 at element 4, the plan stores f16"),
            fault.what);
    }
    large[4] = std::numeric_limits<float>::infinity();
    two_parts broken(0);
    broken.file.add("a.weight", {2, 3}, counted(6, 1)).add("b.weight", {3, 3}, large);
    const caught fault = fault_of([&] { broken.packed(); });
    CHECK_MESSAGE(fault.says("tensor 'b.weight' holds infinity at element 4"), fault.what);
}

TEST_CASE("joined weights: a plan's parts are checked before they are read") {
    const auto fault_with = [](auto change) {
        two_parts rows(0);
        change(rows.plan.records.weights[0]);
        return fault_of([&] { rows.packed(); });
    };
    const auto says = [](const caught& fault, const std::string& part) {
        INFO(fault.what);
        return fault.code == errc::plan_limits && fault.says(part);
    };
    CHECK(
        says(fault_with([](plan_weight& w) { w.parts[0].first = 1; }), "part 0, goes from 1 to 2"));
    CHECK(
        says(fault_with([](plan_weight& w) { w.parts[1].first = 0; }), "part 0, goes from 0 to 0"));
    CHECK(
        says(fault_with([](plan_weight& w) { w.parts[1].first = 9; }), "part 0, goes from 0 to 9"));
    CHECK(says(
        fault_with([](plan_weight& w) { w.parts[1].first = 1; }), "another number of elements"));
    CHECK(says(fault_with([](plan_weight& w) { w.parts[1].source = 7; }), "names parameter 7"));
    CHECK(
        says(fault_with([](plan_weight& w) { w.source = 0; }), "no source and folds beside them"));
    CHECK(says(fault_with([](plan_weight& w) { w.axis = 2; }), "an axis that exists"));
}
