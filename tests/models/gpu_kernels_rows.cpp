// SPDX-License-Identifier: Apache-2.0
// Kernels of the gpu class whose work-groups share rows: norms with a row in registers, and attention
// by tiles through local memory. Every tactic, at sizes that fit none, in float and half.
#include "models/check_plan_runs.hpp"

using namespace lamina;
using namespace lamina_test;

namespace {

/// The tactics that need no ability.
std::vector<std::string> plain_tactics(const std::function<void(network&)>& define,
    const lamina::target& target, std::string_view family) {
    return tactics_of(define, target, family, false);
}

void check_all(const std::function<void(network&)>& define, std::string_view family) {
    for (const lamina::target& target : {gpu, gpu.half()}) {
        INFO(std::string(target.numbers.storage == dtype::f16 ? "half" : "float"));
        const auto tactics = plain_tactics(define, target, family);
        REQUIRE(!tactics.empty());
        for (const std::string& tactic : tactics) {
            INFO(tactic);
            check_runs(define, target, {family, tactic});
        }
    }
}

}  // namespace

TEST_CASE("norms share a row among work-items, whatever its length, with what is fused behind") {
    for (const shape& dims : {shape{3, 5, 768}, shape{7, 64}, shape{2, 3, 100}, shape{5, 1028}}) {
        INFO(std::string(to_text(dims).view()));
        check_all(
            [&](network& net) {
                const auto x = net.input("x", dims) | silu{};
                net.output("y", add(x | layer_norm{"norm"} | relu{}, x));
            },
            "norm_parts");
    }
    check_all(
        [](network& net) { net.output("y", net.input("x", {4, 260}) | silu{} | rms_norm{"norm"}); },
        "norm_parts");
}

TEST_CASE("a long row is shared by the groups that can hold it") {
    const auto define = [](network& net) {
        net.output("y", net.input("x", {2, 8192}) | silu{} | layer_norm{"norm"});
    };
    CHECK(plain_tactics(define, gpu, "norm_parts").size() == 2);
    check_all(define, "norm_parts");
    const auto longer = [](network& net) {
        net.output("y", net.input("x", {2, 16388}) | silu{} | layer_norm{"norm"});
    };
    CHECK(plain_tactics(longer, gpu, "norm_parts").empty());
    check_runs(longer, gpu, {"norm"});
}

TEST_CASE(
    "attention by tiles is right, with causal and other masks and lengths that fill no tile") {
    const auto cases = attention_cases({{{4, 9, 4}, {4, 33, 4}, {4, 33, 100}}});
    for (const attention_case& c : cases) {
        INFO(std::string(to_text(c.q).view()) << " " << std::string(to_text(c.v).view()));
        check_all([&](network& net) { c.define(net); }, "attention");
    }
}

TEST_CASE("attention writes heads side by side, so that no step copies them") {
    const auto define = [](network& net) {
        const auto x = net.input("x", {2, 50, 48}) | silu{};
        const auto parts = split(x | linear{"qkv", {.out = 144}}, {48, 48, 48}, 2);
        const auto heads
            = [](const tensor& t) { return t | reshape{{2, 50, 3, 16}} | permute{{0, 2, 1, 3}}; };
        const auto seen = attention(heads(parts[0]), heads(parts[1]), heads(parts[2]));
        const auto y = seen | permute{{0, 2, 1, 3}} | reshape{{2, 50, 48}};
        net.output("out", y | linear{"out", {.out = 48}});
    };
    network net;
    define(net);
    CHECK(plan_view::open(plan_at_run_time(net, gpu).data())->steps.size() == 4);
    check_runs(define, gpu, {"attention"});
}
