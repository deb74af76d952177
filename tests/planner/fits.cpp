// SPDX-License-Identifier: Apache-2.0
#include <lamina/define.hpp>
#include <lamina/planner/fits.hpp>

#include <doctest/doctest.h>

using namespace lamina;

namespace {

struct tiny {
    static constexpr void define(network& net) {
        auto x = net.input("image", {1, 3, 8, 8});
        net.output("y", x | conv2d{"conv1", {.out = 8}} | batch_norm{"bn1"});
    }
};

constexpr manifest_entry right[] = {
    {"bn1.bias", dtype::f16, {8}},
    {"bn1.num_batches_tracked", dtype::i64, {}},
    {"bn1.running_mean", dtype::f32, {8}},
    {"bn1.running_var", dtype::bf16, {8}},
    {"bn1.weight", dtype::f64, {8}},
    {"conv1.weight", dtype::f32, {8, 3, 1, 1}},
};
constexpr manifest weights{"tiny.safetensors", "", right};

static_assert(fits<tiny, weights>);

struct scaled {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {2}) * net.parameter("logit_scale", {}));
        net.output("none", net.parameter("none", {0, 3}));
    }
};
constexpr manifest_entry scalar_and_empty[] = {
    {"logit_scale", dtype::f32, {}},
    {"none", dtype::f32, {0, 3}},
};
constexpr manifest scalar_weights{"scalar.safetensors", "", scalar_and_empty};
static_assert(fits<scaled, scalar_weights>);

constexpr manifest_entry more[] = {
    {"module.bn1.bias", dtype::f16, {8}},
    {"module.bn1.running_mean", dtype::f32, {8}},
    {"module.bn1.running_var", dtype::bf16, {8}},
    {"module.bn1.weight", dtype::f64, {8}},
    {"module.conv1.weight", dtype::f32, {8, 3, 1, 1}},
    {"module.aux.fc.weight", dtype::f8_e4m3, {8, 3}},
    {"module.embeddings.position_ids", dtype::i16, {1, 77}},
    {"logit_scale", dtype::f32, {}},
};
constexpr manifest wrapped{"wrapped.safetensors", "", more};

static_assert(
    fits<tiny, wrapped, prefixed{"module."}, ignoring{"aux.*", "*.position_ids", "logit_?cale"}>);

constexpr manifest_entry wrong[] = {
    {"bn1.bias", dtype::f32, {8}},
    {"bn1.running_mean", dtype::f32, {9}},
    {"bn1.running_vat", dtype::f32, {8}},
    {"bn1.weight", dtype::i8, {8}},
    {"conv1.weight", dtype::f32, {8, 3, 1, 1}},
};

}  // namespace

TEST_CASE("fits: names each missing, misshapen, mistyped and unread tensor once") {
    network net;
    tiny::define(net);
    check_manifest(net, manifest{"tiny.safetensors", "", wrong});
    REQUIRE(net.problems.size() == 4);
    CHECK(net.problems[0].id == problem_id::weight_shape);  // weight
    CHECK(net.problems[1].id == problem_id::weight_shape);  // running_mean
    CHECK(net.problems[2].id == problem_id::weight_missing);
    CHECK(
        net.problems[2].what.view().find("nearest is 'bn1.running_vat'") != std::string_view::npos);
    CHECK(net.problems[3].id == problem_id::weight_unused);
}

TEST_CASE("fits: one element along an axis is no scalar") {
    constexpr manifest_entry flat[]
        = {{"logit_scale", dtype::f32, {1}}, {"none", dtype::f32, {0, 3}}};
    network net;
    scaled::define(net);
    check_manifest(net, manifest{"flat.safetensors", "", flat});
    REQUIRE(net.problems.size() == 1);
    CHECK(net.problems[0].what.view()
        == "parameter 'logit_scale': 'logit_scale' is 1 in flat.safetensors, the layer needs scalar; "
           "check the sizes in its options");
}

TEST_CASE("fits: an empty manifest lacks everything and crashes nothing") {
    network net;
    tiny::define(net);
    check_manifest(net, manifest{"empty.safetensors", "", {}});
    CHECK(net.problems.size() == 5);
}

TEST_CASE("pattern: a star stands for any characters, dots included, a question mark for one") {
    static_assert(matches("head.*", "head.fc.weight") && !matches("head.*", "heads.fc"));
    static_assert(matches("*.position_ids", "a.b.position_ids") && matches("*", ""));
    static_assert(matches("a*b*c", "a.b.x.b.c") && !matches("a*b*c", "a.b.x.b.d"));
    static_assert(matches("l?yer", "layer") && !matches("l?yer", "lyer") && !matches("", "a"));
    static_assert(matches("", "") && matches("a**", "a") && !matches("a", "ab"));
}

TEST_CASE("fits: patterns and prefixes of no tensor are problems") {
    network net;
    tiny::define(net);
    constexpr ignoring patterns{"nothing.*", "conv1.weight"};
    check_manifest(net, weights, {.ignored = &patterns, .prefix = "model."});
    REQUIRE(net.problems.size() == 2);
    CHECK(net.problems[0].id == problem_id::name_pattern);
    CHECK(net.problems[1].what.view().find("'nothing.*'") != std::string_view::npos);
}
