// SPDX-License-Identifier: Apache-2.0
// Which layers on one input become one product, where their values lie, and what the plan says of it.
#include "support/planned.hpp"

#include <doctest/doctest.h>
#include <lamina/plan/print.hpp>
#include <lamina/plan/print_stages.hpp>
#include <lamina/plan/read.hpp>

using namespace lamina_test;

namespace {

using names = std::vector<std::string>;

/// The layers of each step that has several side by side, in their order.
std::vector<names> joined(const planner::module& m) {
    std::vector<names> out;
    for (const planner::step& s : m.steps) {
        if (s.row < 0) continue;
        out.emplace_back();
        for (const planner::group_part& part : m.parts_of(s.row))
            out.back().emplace_back(m.net->nodes[planner::at(part.anchor)].at.view());
    }
    return out;
}

std::vector<names> joined(network& net, const lamina::target& target) {
    return joined(planned(net, target));
}

std::size_t copies(const planner::module& m) {
    return static_cast<std::size_t>(std::count_if(
        m.steps.begin(), m.steps.end(), [](const planner::step& s) { return s.is_copy; }));
}

/// Two branches of a block of GoogLeNet behind 1x1 convolutions, and one that is in the concat.
void inception(network& net, int straight, int wide, int narrow) {
    const tensor x = net.input("x", {2, 8, 7, 9}) | relu{};
    const tensor a = x | conv2d{"a", {.out = straight}} | relu{};
    const tensor b = x | conv2d{"b", {.out = wide}} | relu{};
    const tensor c = x | conv2d{"c", {.out = narrow}} | relu{};
    const tensor y = concat({a, b | conv2d{"b2", {.out = 16, .kernel = 3, .pad = 1}},
        c | conv2d{"c2", {.out = 16, .kernel = 5, .pad = 2}}});
    net.output("y", y | max_pool{{.kernel = 2}});
}

/// Two linears on one input of 4 rows, then what `read` makes of them.
template <class Read> std::vector<names> linears(const lamina::target& target, const Read& read) {
    network net;
    const tensor x = net.input("x", {2, 2, 12}) | relu{};
    const tensor a = x | linear{"a", 32}, b = x | linear{"b", 16};
    read(net, a, b);
    return joined(net, target);
}

}  // namespace

TEST_CASE("horizontal fusion: an Inception block's 1x1 branches are one product in its concat") {
    for (const lamina::target& target :
        {cpu, cpu_avx2, cpu_neon, gpu, cpu.half(), gpu.half(), gpu.bf16()}) {
        INFO(std::string(target.label()));
        network net;
        inception(net, 64, 32, 32);
        const planner::module m = planned(net, target);
        CHECK(joined(m) == std::vector<names>{{"b", "c", "a"}});
        const planner::step& s
            = *std::find_if(m.steps.begin(), m.steps.end(), [](auto& any) { return any.row >= 0; });
        CHECK(s.output.dims == shape{2, 128, 7, 9});
        CHECK(s.output.offset == 0);
        // One memory for them and the concat, 64 channels before it: nothing is copied.
        CHECK(m.rooms.size() == 1);
        CHECK(m.storages[planner::at(s.output.storage)].bytes
            == static_cast<std::int64_t>(2 * 160 * 7 * 9 * size_bytes(s.output.type)));
        CHECK(copies(m) == copies(planned(net, target.horizontal_fusion(false))));
        CHECK(joined(net, target.horizontal_fusion(false)).empty());
    }
}

TEST_CASE("horizontal fusion: blocks of channels are not cut, so that one width may be odd") {
    network net;
    inception(net, 64, 32, 24);
    CHECK(joined(net, cpu) == std::vector<names>{{"b", "a"}});
    CHECK(joined(net, gpu) == std::vector<names>{{"b", "c", "a"}});
    network odd;
    inception(odd, 64, 17, 19);
    CHECK(joined(odd, cpu).empty());
    CHECK(joined(odd, gpu).empty());
    network last;
    const tensor x = last.input("x", {1, 8, 5, 5}) | relu{};
    last.output("y",
        (x | conv2d{"a", {.out = 7}} | max_pool{{.kernel = 2, .stride = 1}})
            + (x
                | conv2d{"b", {.out = 16}}
                | max_pool{{.kernel = 2, .stride = 1}}
                | conv2d{"c", {.out = 7}}));
    CHECK(joined(last, cpu) == std::vector<names>{{"b", "a"}});
    CHECK(joined(last, gpu) == std::vector<names>{{"b", "a"}});
}

TEST_CASE("horizontal fusion: a CPU keeps a number of blocks that two or three divide") {
    network net;
    inception(net, 80, 32, 64);  // 5, 2 and 4 blocks of 16
    CHECK(joined(net, cpu) == std::vector<names>{{"c", "a"}});
    CHECK(joined(net, gpu) == std::vector<names>{{"b", "c", "a"}});
}

TEST_CASE("horizontal fusion: windows, functions, groups and operands must be alike") {
    for (const lamina::target& target : {cpu, gpu}) {
        network net;
        const tensor x = net.input("x", {1, 16, 8, 8}) | relu{};
        const auto pool = [](const tensor& t) { return t | global_avg_pool{}; };
        net.output("a", pool(x | conv2d{"one", {.out = 16}}));
        net.output("b", pool(x | conv2d{"three", {.out = 16, .kernel = 3, .pad = 1}}));
        net.output("c", pool(x | conv2d{"strided", {.out = 16, .stride = 2}}));
        net.output("d", pool(x | conv2d{"active", {.out = 16}} | relu{}));
        net.output("e", pool(x | conv2d{"other", {.out = 16}} | clamp{0, 1}));
        net.output("f", pool(x | conv2d{"less", {.out = 16}} | clamp{0, 2}));
        net.output("g", pool(x | conv2d{"groups", {.out = 16, .groups = 2}}));
        net.output("h", pool((x | conv2d{"sum", {.out = 16}}) + x));
        net.output("i", pool((x | relu6{}) | conv2d{"further", {.out = 16}}));
        CHECK(joined(net, target).empty());
    }
}

TEST_CASE("horizontal fusion: what the caller or a dense reader wants stays alone") {
    for (const lamina::target& target : {cpu, gpu}) {
        const auto softmaxes = [](network& net, const tensor& a, const tensor& b) {
            net.output("a", a | softmax{2});
            net.output("b", b | softmax{2});
        };
        CHECK(linears(target, softmaxes) == std::vector<names>{{"a", "b"}});
        CHECK(linears(target.horizontal_fusion(false), softmaxes).empty());
        CHECK(linears(target, [](network& net, const tensor& a, const tensor& b) {
            net.output("a", a);
            net.output("b", b | softmax{2});
        }).empty());
        // Rows that lie in wider ones are no longer one row.
        CHECK(linears(target, [](network& net, const tensor& a, const tensor& b) {
            net.output("a", a | reshape{{2, 64}} | softmax{1});
            net.output("b", b | softmax{2});
        }).empty());
        CHECK(linears(target, [](network& net, const tensor& a, const tensor& b) {
            net.output("a", a | reshape{{2, 2, 4, 8}} | linear{"c", 5});
            net.output("b", b | softmax{2});
        }).empty());
        // Heads of attention are.
        CHECK(linears(target, [](network& net, const tensor& a, const tensor& b) {
            const tensor heads = a | reshape{{2, 2, 4, 8}} | permute{{0, 2, 1, 3}};
            net.output("a", attention(heads, heads, heads));
            net.output("b", b | softmax{2});
        }) == std::vector<names>{{"a", "b"}});
    }
}

TEST_CASE("horizontal fusion: a plan has a tensor for each layer and the weights' parts") {
    network net;
    inception(net, 64, 32, 32);
    planned(net, gpu);
    const run_time_plan made = plan_at_run_time(net, gpu);
    CHECK(made.beside == 2);
    CHECK(plan_at_run_time(net, gpu.horizontal_fusion(false)).beside == 0);
    const plan_view plan = plan_view::open(made.data());
    const auto found = std::find_if(plan->steps.begin(), plan->steps.end(), [](const plan_step& s) {
        return s.layers == "conv2d + relu | conv2d + relu | conv2d + relu";
    });
    REQUIRE(found != plan->steps.end());
    CHECK(found->name == "b");
    const auto tensors = plan->tensors_of(static_cast<std::size_t>(found - plan->steps.begin()));
    REQUIRE(tensors.size() == 3);
    CHECK(tensors[0].name == "b");
    CHECK(tensors[1].name == "c");
    CHECK(tensors[2].name == "a");
    CHECK(tensors[1].dims == shape{2, 32, 7, 9});
    CHECK(tensors[1].offset - tensors[0].offset == 32 * 4);
    CHECK(tensors[2].offset - tensors[0].offset == 64 * 4);
    const auto weight = std::find_if(plan->weights.begin(), plan->weights.end(),
        [](const plan_weight& w) { return !w.parts.empty(); });
    REQUIRE(weight != plan->weights.end());
    CHECK(weight->source == -1);
    CHECK(weight->dims == shape{128, 8, 1, 1});
    REQUIRE(weight->parts.size() == 3);
    const auto name_of
        = [&](int parameter) { return plan->parameters[static_cast<std::size_t>(parameter)].name; };
    CHECK(name_of(weight->parts[0].source) == "b.weight");
    CHECK(name_of(weight->parts[1].source) == "c.weight");
    CHECK(name_of(weight->parts[2].source) == "a.weight");
    CHECK(weight->parts[2].first == 64);
    CHECK(weight->alone(1).dims == shape{32, 8, 1, 1});
    CHECK(weight->alone(2).dims == shape{64, 8, 1, 1});

    CHECK(fuse_table(*plan).find("; 2 of them beside another on the same input\n")
        != std::string::npos);
    CHECK(plan_table(*plan).find("2x32x7x9, 2x32x7x9, 2x64x7x9") != std::string::npos);
    const run_time_plan apart = plan_at_run_time(net, gpu.horizontal_fusion(false));
    CHECK(fuse_table(*plan_view::open(apart.data())).find("beside") == std::string::npos);
}

TEST_CASE("horizontal fusion: the verifiers see parts that do not fit") {
    network net;
    inception(net, 64, 32, 32);
    const planner::module good = planned(net, cpu);
    const auto says = [](const sentence& found, std::string_view part) {
        INFO(found.c_str());
        return found.view().find(part) != std::string_view::npos;
    };
    planner::module bad = good;
    bad.layer_rows[0].parts[1].first += 16;
    CHECK(says(verify_steps(bad, cpu), "does not begin at index 32"));
    bad = good;
    bad.layer_rows[0].parts.pop_back();
    CHECK(says(verify_steps(bad, cpu), "end at 64, its output has 128"));
    bad = good;
    bad.recipe_parts[1].first = 48;
    CHECK(says(verify_launches(bad), "part 0 of weight"));
    bad = good;
    bad.recipe_parts[2].source = 99;
    CHECK(says(verify_launches(bad), "comes from parameter 99"));
}
