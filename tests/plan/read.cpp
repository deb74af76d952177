// SPDX-License-Identifier: Apache-2.0
// Tests of plan/read.hpp and plan/check_plan.hpp: good plans come back, bad ones get a sentence.
#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <lamina/plan/flat_tables.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan/tables.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::fault_of;
using lamina_test::hand_plan;

namespace {

caught opening(const std::function<void(hand_plan&)>& change) {
    hand_plan p;
    make_two_steps(p);
    change(p);
    return fault_of([&] { plan_view::open(p.bytes()); });
}

/// A plan of nothing but tensors with one name, or with one table for all of them.
std::vector<std::byte> repeated_tensors(std::size_t count, bool is_one) {
    flatbuffers::FlatBufferBuilder to;
    const auto name = to.CreateString(std::string(2000, 'x'));
    std::vector<flatbuffers::Offset<detail::flat_table>> all;
    for (std::size_t i = 0; i < (is_one ? 1 : count); ++i) {
        const auto start = to.StartTable();
        to.AddOffset(detail::slot_of(schema::tensor::name), name);
        all.emplace_back(to.EndTable(start));
    }
    all.resize(count, all[0]);
    const auto tensors = to.CreateVector(all);
    const auto root = to.StartTable();
    to.AddElement<std::uint32_t>(detail::slot_of(schema::plan::format), plan_format, 0);
    to.AddOffset(detail::slot_of(schema::plan::tensors), tensors);
    to.Finish(flatbuffers::Offset<detail::flat_table>(to.EndTable(root)), "LAMP");
    const auto bytes = std::as_bytes(std::span(to.GetBufferPointer(), to.GetSize()));
    return {bytes.begin(), bytes.end()};
}

/// A plan of nothing but shapes that share their bytes.
std::vector<std::byte> repeated_shapes(std::size_t count) {
    flatbuffers::FlatBufferBuilder to;
    const auto plan = to.CreateVector(std::vector<std::uint8_t>(1000));
    std::vector<flatbuffers::Offset<detail::flat_table>> all;
    for (std::size_t i = 0; i < count; ++i) {
        const auto start = to.StartTable();
        to.AddOffset(detail::slot_of(schema::shape_plan::plan), plan);
        all.emplace_back(to.EndTable(start));
    }
    const auto shapes = to.CreateVector(all);
    const auto root = to.StartTable();
    to.AddElement<std::uint32_t>(detail::slot_of(schema::plan::format), plan_format, 0);
    to.AddOffset(detail::slot_of(schema::plan::shapes), shapes);
    to.Finish(flatbuffers::Offset<detail::flat_table>(to.EndTable(root)), "LAMP");
    const auto bytes = std::as_bytes(std::span(to.GetBufferPointer(), to.GetSize()));
    return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("plan: what is written is read") {
    hand_plan p;
    make_two_steps(p);
    p.records.weights[0].folds.push_back({-1, 0, -1, -1, 0.5f});
    const auto bytes = p.bytes();
    const plan_view plan = plan_view::open(bytes);
    CHECK(plan->network == "by_hand");
    CHECK(plan->arena_bytes == 8192);
    CHECK(plan->inputs[0].name == "image");
    CHECK(plan->outputs[0].dims == shape{1, 1000});
    CHECK(plan->tensors[1].offset == 128);
    CHECK(plan->tensors[1].at() == row_major({1, 1000}));
    CHECK(plan->weights[0].folds[0].bias == 0);
    CHECK(plan->weights[0].folds[0].eps == 0.5f);
    CHECK(plan->steps[1].arguments[2].space == memory_space::weights);
    CHECK(plan->kernels[1].defines.find("v * 3.0f") != std::string_view::npos);
    CHECK(rewrite_plan(*plan) == bytes);
}

TEST_CASE("plan: bytes need no alignment and may go away") {
    hand_plan p;
    make_relu(p);
    std::vector<std::byte> bytes = p.bytes();
    bytes.insert(bytes.begin(), std::byte{0});
    const plan_view plan = plan_view::open(std::span(bytes).subspan(1));
    bytes.assign(bytes.size(), std::byte{0xee});
    CHECK(plan->steps[0].name == "act");
}

TEST_CASE("plan: every shorter piece of a plan is refused with a sentence") {
    hand_plan p;
    make_two_steps(p);
    const auto bytes = p.bytes();
    for (std::size_t size = 0; size < bytes.size() - 16; ++size) {
        const caught fault
            = fault_of([&] { plan_view::open(std::span(bytes).first(size), "net.plan"); });
        CHECK(fault.code != errc{});
        CHECK(fault.what.starts_with("net.plan"));
    }
}

TEST_CASE("plan: no flipped bit crashes the reader") {
    hand_plan p;
    make_two_steps(p);
    auto bytes = p.bytes();
    int refused = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        bytes[bit / 8] ^= std::byte(1 << bit % 8);
        refused += fault_of([&] { plan_view::open(bytes); }).code != errc{};
        bytes[bit / 8] ^= std::byte(1 << bit % 8);
    }
    CHECK(refused > 1000);
}

TEST_CASE("plan: other files are told apart") {
    const std::string text(1000, 'x');
    const caught fault
        = fault_of([&] { plan_view::open(std::as_bytes(std::span(text)), "notes.txt"); });
    CHECK(fault.code == errc::plan_damaged);
    CHECK(fault.says("notes.txt has no 'LAMP'"));
}

TEST_CASE("plan: a newer format is refused with both versions") {
    const caught fault = opening([](hand_plan& p) {
        p.records.format = 7;
        p.records.library = "9.9.9";
    });
    CHECK(fault.code == errc::plan_version);
    CHECK(fault.says("format 7 (Lamina 9.9.9)"));
    CHECK(fault.says("reads up to 1"));
    CHECK(opening([](hand_plan& p) { p.records.format = 0; }).code == errc::plan_damaged);
}

TEST_CASE("plan: every index, offset and extent has its limit") {
    struct attack {
        const char* sentence;
        std::function<void(plan_records&, hand_plan&)> change;
    };
    const attack attacks[] = {
        {"takes bytes", [](auto& r, auto&) { r.tensors[1].offset = 8192 - 3996; }},
        {"not a multiple", [](auto& r, auto&) { r.tensors[1].offset = 130; }},
        {"takes bytes", [](auto& r, auto&) { r.tensors[1].offset = ~std::uint64_t{3}; }},
        {"takes bytes", [](auto& r, auto&) { r.tensors[1].strides[1] = 3; }},
        {"stride -1", [](auto& r, auto&) { r.tensors[1].strides[1] = -1; }},
        {"out of every buffer",
            [](auto& r, auto&) {
                r.tensors[1].dims = {1, 2147483647};
                r.tensors[1].strides[1] = 2147483647;
            }},
        {"more elements",
            [](auto& r, auto&) { r.tensors[1].dims = {2147483647, 2147483647, 2147483647}; }},
        {"extent 0", [](auto& r, auto&) { r.tensors[1].dims = {1, 0}; }},
        {"extent -5", [](auto& r, auto&) { r.inputs[0].dims = {-5}; }},
        {"blocks of 0", [](auto& r, auto&) { r.tensors[1].block = 0; }},
        {"names input 1", [](auto& r, auto&) { r.tensors[0].index = 1; }},
        {"names tensor 9", [](auto& r, auto&) { r.inputs[0].tensor = 9; }},
        {"has no name", [](auto& r, auto&) { r.inputs[0].name = ""; }},
        {"is there twice", [](auto& r, auto&) { r.inputs.push_back(r.inputs[0]); }},
        {"is of type i64", [](auto& r, auto&) { r.outputs[0].type = dtype::i64; }},
        {"has no output", [](auto& r, auto&) { r.outputs.clear(); }},
        {"has no step", [](auto& r, auto&) { r.steps.clear(); }},
        {"names parameter 1", [](auto& r, auto&) { r.weights[0].source = 1; }},
        {"another number of elements", [](auto& r, auto&) { r.parameters[0].dims = {999}; }},
        {"for 1000, one that is finite is expected",
            [](auto& r, auto& p) { r.parameters[0].values = p.list({0x3f800000}); }},
        {"for 1, one that is finite is expected",
            [](auto& r, auto& p) {
                r.parameters[0].values = p.list({0x7fc00000});
                r.parameters[0].dims = {1};
            }},
        {"has 2 numbers; the limit is 1",
            [](auto& r, auto& p) { r.parameters[0].values = p.list({1, 2}); }},
        {"names parameter 7", [](auto& r, auto&) { r.weights[0].input_scale = 7; }},
        {"names parameter 8", [](auto& r, auto&) { r.weights[0].input_zero_point = 8; }},
        {"names parameter 9", [](auto& r, auto&) { r.weights[0].bias = 9; }},
        {"by int8, whose axis 0", [](auto& r, auto&) { r.weights[0].transform = "int8"; }},
        {"by int8_factor, whose axis 0",
            [](auto& r, auto&) { r.weights[0].transform = "int8_factor"; }},
        {"by reciprocal, whose axis 0",
            [](auto& r, auto&) { r.weights[0].transform = "reciprocal"; }},
        {"by int4_affine_zero with groups of 64, which do not fit",
            [](auto& r, auto&) {
                r.weights[0].transform = "int4_affine_zero";
                r.weights[0].group = 64;
            }},
        {"folds along axis", [](auto& r, auto&) { r.weights[0].axis = 1; }},
        {"folds a parameter",
            [](auto& r, auto&) {
                r.parameters.push_back({"mean", {3}});
                r.weights[0].folds.push_back({-1, -1, 1, -1, 0});
            }},
        {"has an eps", [](auto& r, auto&) { r.weights[0].folds.push_back({-1, -1, -1, -1, -1}); }},
        {"permutation", [](auto& r, auto& p) { r.weights[0].order = p.order({0, 0}); }},
        {"permutation", [](auto& r, auto& p) { r.weights[0].order = p.order({0, 2}); }},
        {"an order of 1", [](auto& r, auto& p) { r.weights[0].order = p.order({0}); }},
        {"cuts axis 0 by 0", [](auto& r, auto& p) { r.weights[0].inner = p.ints({0}); }},
        {"claims 4000 bytes", [](auto& r, auto& p) { r.weights[0].inner = p.ints({7}); }},
        {"multiple of 64", [](auto& r, auto&) { r.weights[0].offset = 4; }},
        {"takes bytes", [](auto& r, auto&) { r.weights[0].offset = 64; }},
        {"overlap", [](auto& r, auto&) { r.weights.push_back(r.weights[0]); }},
        {"packed as i8", [](auto& r, auto&) { r.weights[0].type = dtype::i8; }},
        {"3 of each", [](auto& r, auto& p) { r.tactics[0].tile = p.list({1, 1}); }},
        {"size of 0", [](auto& r, auto& p) { r.tactics[0].tile = p.list({1, 0, 1}); }},
        {"work-items", [](auto& r, auto& p) { r.tactics[0].local = p.list({65536, 65536, 1}); }},
        {"numbers of cost, 0, 1 or 5",
            [](auto& r, auto& p) { r.tactics[0].cost = p.list({1, 2}); }},
        {"may shrink to 0", [](auto& r, auto& p) { r.tactics[0].cost = p.list({1, 1, 1, 0, 1}); }},
        {"may shrink to 100000",
            [](auto& r, auto& p) { r.tactics[0].cost = p.list({1, 1, 1, 1, 100000}); }},
        {"C identifier", [](auto& r, auto&) { r.kernels[0].family = "x; evil"; }},
        {"C identifier", [](auto& r, auto&) { r.kernels[0].family = "9x"; }},
        {"names tactic 4", [](auto& r, auto& p) { r.kernels[0].tactics = p.list({4}); }},
        {"names kernel 2", [](auto& r, auto&) { r.steps[0].kernel = 2; }},
        {"names tactic 1", [](auto& r, auto&) { r.steps[0].tactic = 1; }},
        {"3 are expected", [](auto& r, auto& p) { r.steps[0].extents = p.list({1}); }},
        {"extent of 0", [](auto& r, auto& p) { r.steps[0].extents = p.list({0, 1, 1}); }},
        {"names tensor 3", [](auto& r, auto&) { r.steps[0].output = 3; }},
        {"takes bytes", [](auto& r, auto&) { r.steps[0].arguments[0].offset = 8192; }},
        {"names output 1", [](auto& r, auto&) { r.steps[1].arguments[0].index = 1; }},
        {"as f16", [](auto& r, auto&) { r.steps[0].arguments[1].type = dtype::f16; }},
        {"65 entries",
            [](auto& r, auto&) { r.steps[0].arguments.assign(65, r.steps[0].arguments[0]); }},
        {"bytes of arena", [](auto& r, auto&) { r.arena_bytes = ~std::uint64_t{0}; }},
        {"the plan's weights have 4032", [](auto& r, auto&) { r.segment = {true, 7, 0}; }},
        {"names kernel 5", [](auto& r, auto&) { r.binaries.push_back({"x", 5, 0, {}}); }},
        {"names tactic 5", [](auto& r, auto&) { r.binaries.push_back({"x", 0, 5, {}}); }},
        {"bytes of weights", [](auto& r, auto&) { r.weight_bytes = ~std::uint64_t{0}; }},
        {"a parameter has no name", [](auto& r, auto&) { r.parameters[0].name = ""; }},
        {"parameter 'bias' has extent -5", [](auto& r, auto&) { r.parameters[0].dims = {-5}; }},
        {"weight 0 has extent 0", [](auto& r, auto&) { r.weights[0].dims = {0}; }},
        {"has tf32 255, 0 or 1", [](auto& r, auto&) { r.weights[0].tf32 = 255; }},
        {"is rounded to tf32",
            [](auto& r, auto&) {
                r.weights[0].tf32 = 1;
                r.weights[0].type = dtype::f16;
            }},
        {"transforms nothing",
            [](auto& r, auto&) {
                r.weights[0].transform = "winograd_4_3";
                r.weights[0].source = -1;
            }},
        {"is a constant of 3 numbers",
            [](auto& r, auto&) {
                static constexpr std::uint32_t numbers[] = {1, 2, 3};
                r.weights[0].values = numbers;
                r.weights[0].source = -1;
            }},
        {"is a constant of 1 numbers",  // with a parameter as well
            [](auto& r, auto&) {
                static constexpr std::uint32_t number[] = {1};
                r.weights[0].values = number;
            }},
        {"is packed as i32", [](auto& r, auto&) { r.weights[0].type = dtype::i32; }},
        {"is output -1 of the constant part", [](auto& r, auto&) { r.weights[0].constant = -1; }},
        {"is output 65 of the constant part", [](auto& r, auto&) { r.weights[0].constant = 65; }},
        {"is output 1 of the constant part, and is a parameter",
            [](auto& r, auto&) { r.weights[0].constant = 1; }},
        {"has a constant part of 4 bytes beside a segment",
            [](auto& r, auto& p) {
                r.segment = {true, r.weight_bytes, 0};
                r.constants = std::as_bytes(p.ints({1}));
            }},
        {"is packed as boolean", [](auto& r, auto&) { r.weights[0].type = dtype::boolean; }},
        {"is larger than any buffer",
            [](auto& r, auto& p) {
                r.parameters[0].dims = r.weights[0].dims = {1 << 21, 1 << 21};
                r.weights[0].inner = p.ints({3, 1});
                r.weights[0].order = p.order({0, 1, 2, 3});
            }},
        {"work-items on a side",
            [](auto& r, auto& p) { r.tactics[0].local = p.list({65537, 1, 1}); }},
        {"kernel 0 has no name", [](auto& r, auto&) { r.kernels[0].family = ""; }},
        {"input 0 has 256 characters of name",
            [](auto& r, auto& p) { r.inputs[0].name = p.keep(std::string(256, 'x')); }},
        {"tensor 1 has 256 characters of name",
            [](auto& r, auto& p) { r.tensors[1].name = p.keep(std::string(256, 'x')); }},
        {"tactic 0 has 256 characters of name",
            [](auto& r, auto& p) { r.tactics[0].name = p.keep(std::string(256, 'x')); }},
        {"tactic 0 has 256 characters of ability",
            [](auto& r, auto& p) { r.tactics[0].needs = p.keep(std::string(256, 'x')); }},
        {"step 0 has 256 characters of name",
            [](auto& r, auto& p) { r.steps[0].name = p.keep(std::string(256, 'x')); }},
    };
    for (const attack& a : attacks) {
        const caught fault = opening([&](hand_plan& p) { a.change(p.records, p); });
        CAPTURE(a.sentence);
        CAPTURE(fault.what);
        CHECK(fault.code == errc::plan_limits);
        CHECK(fault.says(a.sentence));
    }
}

TEST_CASE("plan: another shape's plan lies in it, and does not make a small file large") {
    hand_plan p;
    make_two_steps(p);
    p.add_shape(p.records);
    const plan_view made = plan_view::open(p.bytes());
    REQUIRE(made.shapes().size() == 1);
    CHECK(made.shapes()[0]->steps.size() == 2);
    CHECK(made.shapes()[0]->weights.empty());
    CHECK(made.changed([](plan_records&) {}).shapes().size() == 1);
    const caught fault = fault_of([&] { plan_view::open(repeated_shapes(100)); });
    CHECK(fault.code == errc::plan_limits);
    CHECK(fault.says("its plans of other shapes have"));
}

TEST_CASE("plan: shared texts and tables do not make a small file large") {
    // 3000 tensors that share a name of 2000 characters, and the same that are one table.
    for (const bool is_one : {false, true}) {
        const caught fault = fault_of([&] { plan_view::open(repeated_tensors(3000, is_one)); });
        CHECK(fault.code == (is_one ? errc::plan_damaged : errc::plan_limits));
        CHECK(fault.says(is_one ? "bytes that are not a valid FlatBuffer, or that name one table"
                                : "bytes of tables and texts, which share parts as no saved plan "
                                  "does"));
    }
}

TEST_CASE("plan: a transform of something that is no 3x3 filter is refused") {
    const caught fault
        = opening([](hand_plan& p) { p.records.weights[0].transform = "winograd_4_3"; });
    CHECK(fault.code == errc::plan_limits);
    CHECK(fault.says("which makes 6x6 of each 3x3 filter"));
}

TEST_CASE("plan: a transform that this version lacks is named") {
    const caught fault
        = opening([](hand_plan& p) { p.records.weights[0].transform = "winograd_5_3"; });
    CHECK(fault.code == errc::plan_version);
    CHECK(fault.says("winograd_5_3"));
}
