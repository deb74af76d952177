// SPDX-License-Identifier: Apache-2.0
// Families are chosen by what their rows state, before values have layouts.
#include "support/planned.hpp"

#include <doctest/doctest.h>

using namespace lamina_test;
using namespace lamina::planner;

namespace {

bool never(launch_builder&) { return false; }

/// A module of one fusion group, of the layer that `define` adds to an input.
struct one_group {
    network net;
    module m;
    template <class Define> explicit one_group(const Define& define) {
        net.output("y", define(net));
        REQUIRE(net.problems.empty());
        m.net = &net;
        make_groups(m);
        fuse(m);
        schedule(m);
        REQUIRE(m.groups.size() == 1);
    }
    fusion_group& group() { return m.groups[0]; }
};

one_group a_conv() {
    return one_group([](network& net) {
        return net.input("x", {1, 32, 8, 8}) | conv2d{"c", {.out = 32, .kernel = 3, .pad = 1}};
    });
}

/// The ranks of the families that take the group, the chosen one first.
std::vector<int> ranks_for(
    one_group& of, std::initializer_list<family_row> rows, const lamina::target& target) {
    op_families asked;
    for (const family_row& row : rows) asked.add(row);
    std::vector<int> ranks;
    choose_family(asked, of.m, target, of.group());
    for (int i = 0; i < asked.count; ++i)
        if (of.group().families >> i & 1u) ranks.push_back(asked.rows[i].rank);
    return ranks;
}

using ranks = std::vector<int>;
constexpr family_row last{.kind = op::conv2d, .select = never, .reads = input_form::picture};

}  // namespace

TEST_CASE("choose_families: a family is for its targets, and for those with the ability it needs") {
    one_group conv = a_conv();
    const family_row blocked{
        .kind = op::conv2d, .select = never, .rank = 10, .on = family_targets::blocks};
    family_row tiles{.kind = op::conv2d, .select = never, .rank = 5, .needs = ability::amx};
    tiles.reads = input_form::picture;
    CHECK(ranks_for(conv, {last, blocked, tiles}, gpu) == ranks{takes_all});
    CHECK(ranks_for(conv, {last, tiles}, cpu) == ranks{takes_all});
    CHECK(ranks_for(conv, {last, tiles}, cpu.with(ability::vnni)) == ranks{takes_all});
    CHECK(ranks_for(conv, {last, tiles}, cpu.with(ability::amx)) == ranks{5, takes_all});
    CHECK(conv.group().reads == input_form::picture);
    for (int i = 1; i < static_cast<int>(ability::end); ++i) {
        tiles.needs = static_cast<ability>(i);
        CAPTURE(std::string(to_text(tiles.needs)));
        for (int other = 1; other < static_cast<int>(ability::end); ++other)
            CHECK(ranks_for(conv, {last, tiles}, cpu.with(static_cast<ability>(other)))
                == (other == i ? ranks{5, takes_all} : ranks{takes_all}));
    }
}

TEST_CASE("choose_families: the tactics of a family need what the family needs") {
    one_group conv = a_conv();
    conv.m.storages.push_back({});
    for (int i = 1; i < static_cast<int>(ability::end); ++i) {
        step s;
        s.output.storage = 0;
        launch_builder b(conv.m, cpu, s);
        b.needs = static_cast<ability>(i);
        tactic plain, units;
        plain.label.append("plain").append(i);
        units.label.append("units").append(i);
        units.needs = ability::mma;
        b.tactic_of(plain);
        b.tactic_of(units);
        CHECK(conv.m.tactics[at(b.tactics[0])].needs == static_cast<ability>(i));
        CHECK(conv.m.tactics[at(b.tactics[1])].needs == ability::mma);
    }
}

TEST_CASE("choose_families: element types of inputs, weights and outputs decide") {
    one_group conv = a_conv();
    const family_row narrow{.kind = op::conv2d,
        .select = never,
        .rank = 10,
        .inputs = {dtype::bf16},
        .outputs = {dtype::bf16},
        .weights = {dtype::bf16}};
    CHECK(ranks_for(conv, {last, narrow}, cpu) == ranks{takes_all});
    CHECK(ranks_for(conv, {last, narrow}, cpu.half()) == ranks{takes_all});
    CHECK(ranks_for(conv, {last, narrow}, cpu.bf16()).front() == 10);
    for (type_set family_row::* wrong :
        {&family_row::inputs, &family_row::outputs, &family_row::weights}) {
        family_row other = narrow;
        other.*wrong = {dtype::f16};
        CHECK(ranks_for(conv, {last, other}, cpu.bf16()) == ranks{takes_all});
    }
    // None is left: the plan says which layer it is.
    CHECK(ranks_for(conv, {narrow}, cpu).empty());
    CHECK(no_family(conv.m, "choose_families", conv.group().anchor).view().find("conv2d 'c'")
        != std::string_view::npos);
}

TEST_CASE("choose_families: a condition decides, and fall-backs accept the layout of the chosen") {
    one_group conv = a_conv();
    family_row image{.kind = op::conv2d, .select = never, .rank = 10, .reads = input_form::image};
    const family_row rows{
        .kind = op::conv2d, .select = never, .rank = 20, .reads = input_form::rows};
    CHECK(ranks_for(conv, {last, image, rows}, cpu) == ranks{10, takes_all});
    CHECK(conv.group().reads == input_form::image);
    image.takes = [](const module&, const lamina::target&, const fusion_group&) { return false; };
    CHECK(ranks_for(conv, {last, image, rows}, cpu).front() == 20);
    CHECK(conv.group().reads == input_form::rows);
}

TEST_CASE("choose_families: a layout is what the family reads, not what the op does") {
    // Few channels in groups: depthwise_blocked reads images, and so leaves a caller's picture to
    // convolutions that read its rows.
    const auto depthwise = [](int channels) {
        return one_group([=](network& net) {
            return net.input("x", {1, channels, 8, 8})
                | conv2d{"c", {.out = channels, .kernel = 3, .pad = 1, .groups = channels}};
        });
    };
    one_group picture = depthwise(3), image = depthwise(32);
    choose_families(picture.m, cpu);
    choose_families(image.m, cpu);
    CHECK(picture.group().reads == input_form::picture);
    CHECK(image.group().reads == input_form::image);
    choose_families(image.m, gpu);
    CHECK(image.group().reads == input_form::image);
}

TEST_CASE("choose_families: the last family of each op takes every step in every asked layout") {
    op_families bad;
    CHECK_FALSE(bad.has_last_resort());
    bad.add({.kind = op::conv2d, .select = never, .rank = 10, .reads = input_form::rows});
    bad.add(last);
    CHECK_FALSE(bad.has_last_resort());
    op_families good;
    CHECK(good.add({.kind = op::conv2d, .select = never, .rank = 10, .reads = input_form::image}));
    CHECK(good.add(last));
    CHECK(good.has_last_resort());
    CHECK_FALSE(good.add(last));  // the same rank
}

TEST_CASE("choose_families: families that read images serve ops whose values are images") {
    for (const family_row& row : all_families) {
        const bool reads_images = row.reads == input_form::image || row.reads == input_form::picture
            || row.reads == input_form::planes;
        CAPTURE(static_cast<int>(row.kind));
        // A family that reads any layout takes an image as it lies.
        if (reads_images || row.reads != input_form::any)
            CHECK(reads_images == is_spatial(row.kind));
    }
}
