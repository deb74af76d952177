// SPDX-License-Identifier: Apache-2.0
// Tensors with an extent of 0, and scalars, on every target. The numbers are PyTorch's.
#include "support/exact_values.hpp"
#include "support/temporary.hpp"

#include <lamina/define.hpp>
#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include <doctest/doctest.h>

using namespace lamina;
using lamina_test::check_values;
using lamina_test::infinity;
using lamina_test::not_a_number;

TEST_CASE("what runs over nothing gives what PyTorch says") {
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {2, 0, 3}), one = net.input("one", {2, 1, 3});
            net.output("sum", x | reduce_sum{1});
            net.output("mean", x | reduce_mean{{1}, keep_dims});
            net.output("sum of all", x | reduce_sum{});
            net.output("product", matmul(x, x, {.transpose_a = true}));
            net.output("attended", attention(one, x, x));
            net.output("padded", x | pad{{.before = {0, 1}, .after = {0, 1}, .value = -2}});
            net.output("joined", concat({x, one, x, one}));
            net.output("rest", concat({one, x}) + (x | reduce_sum{{1}, keep_dims}));
        },
        {{"x", {}}, {"one", {1, 2, 3, 4, 5, 6}}},
        {{"sum", {0, 0, 0, 0, 0, 0}},
            {"mean",
                {not_a_number, not_a_number, not_a_number, not_a_number, not_a_number,
                    not_a_number}},
            {"sum of all", {0}}, {"product", std::vector<float>(18, 0)},
            {"attended", {0, 0, 0, 0, 0, 0}}, {"padded", std::vector<float>(12, -2)},
            {"joined", {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}}, {"rest", {1, 2, 3, 4, 5, 6}}});
}

TEST_CASE("work behind what runs over nothing is computed") {
    check_values(
        [](network& net) {
            const tensor x = net.input("x", {1, 19, 4, 0}), y = net.input("y", {1, 19, 4, 4});
            const tensor zeros = x | pad{{.right = 4, .value = 0.5f}};
            net.output("conv", zeros | max_pool{{.kernel = 2}} | lamina::exp{});
            net.output("added", ((y | relu{}) + zeros) | reduce_sum{});
            net.output("first", (zeros * 2 - y) | reduce_max{});
        },
        {{"x", {}}, {"y", std::vector<float>(19 * 16, 0.25f)}},
        {{"conv", std::vector<float>(19 * 4, 1.6487213f)}, {"added", {19 * 16 * 0.75f}},
            {"first", {0.75f}}});
}

TEST_CASE("layers of a batch of 0 give a batch of 0, beside what has elements") {
    check_values(
        [](network& net) {
            const tensor image = net.input("image", {0, 3, 8, 8});
            const tensor x = image
                | conv2d{"conv", {.out = 4, .kernel = 3, .bias = true}}
                | batch_norm{"bn"}
                | relu{}
                | max_pool{{.kernel = 2}}
                | resize{{.scale = 2, .mode = nearest, .coordinates = half_pixel}};
            net.output("image", x);
            net.output("scores", x | flatten{} | dense{"fc", 2} | softmax{});
            net.output("best", x | global_avg_pool{} | flatten{} | argmax{1});
            net.output("words",
                net.input("tokens", {0, 5}, dtype::i32)
                    | embedding{"table", {.rows = 2, .width = 3}}
                    | layer_norm{"ln"});
            net.output("parameter", net.parameter("none", {0, 3}));
            net.output("input", image);
            const tensor y = net.input("y", {2, 3});
            net.output("nothing", y | slice{1, {.start = 3}});
            net.output("twice", y * 2);
            net.output("compared", (y | slice{0, {.stop = 0}}) + (y | reduce_sum{{0}, keep_dims}));
        },
        {{"image", {}}, {"tokens", {}, {}}, {"y", {1, 2, 3, 4, 5, 6}}},
        {{"image", {}}, {"scores", {}}, {"best", {}, {}}, {"words", {}}, {"parameter", {}},
            {"input", {}}, {"nothing", {}}, {"twice", {2, 4, 6, 8, 10, 12}}, {"compared", {}}},
        {{"conv.weight", std::vector<float>(108, 0.5f)}, {"conv.bias", {1, 2, 3, 4}},
            {"bn.weight", {1, 1, 1, 1}}, {"bn.bias", {1, 1, 1, 1}},
            {"bn.running_mean", {1, 1, 1, 1}}, {"bn.running_var", {1, 1, 1, 1}},
            {"fc.weight", std::vector<float>(2 * 4 * 36, 0.5f)}, {"fc.bias", {1, 2}},
            {"table.weight", {1, 2, 3, 4, 5, 6}}, {"ln.weight", {1, 1, 1}}, {"ln.bias", {1, 1, 1}},
            {"none", {}}});
}

namespace {
struct nothing_to_do {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {0, 4}) | softmax{} | unsqueeze{0});
    }
};
struct scaled {
    static constexpr void define(network& net) {
        const tensor x = net.input("x", {2, 3}), s = net.input("s", {});
        net.output("y", x * s * (net.parameter("logit_scale", {}) | lamina::exp{}));
        net.output("sum", x | reduce_sum{});
    }
};
}  // namespace

TEST_CASE("a plan without a step is made by the compiler, runs, and is saved and loaded") {
    static_assert(plan<nothing_to_do>.steps == 0 && plan<nothing_to_do, gpu>.arena_bytes == 0);
    const auto none
        = weights::from_bytes(std::as_bytes(std::span("\2\0\0\0\0\0\0\0{}", 10)), "none");
    const engine made(plan<nothing_to_do>, none);
    const result y = made.run(std::vector<float>{});
    CHECK(y.size() == 0);
    CHECK(std::string(to_text(y.dims).view()) == "1x0x4");
    context own = made.make_context();
    own.set_input("x", std::vector<float>{});
    CHECK(own.profile().steps.empty());
    own.enqueue();
    CHECK(own.get("y").empty());
    const lamina_test::temporary_folder folder;
    made.save((folder.path / "none.plan").string());
    CHECK(engine::load((folder.path / "none.plan").string()).run(std::vector<float>{}).size() == 0);
    CHECK_THROWS_WITH_AS(own.set_input("x", std::vector<float>{1}),
        "input 'x' got 1 values, it is 0x4 = 0; crop, scale or pad the data to that shape",
        lamina::error);
}

TEST_CASE("a plan with scalars is made by the compiler; callers see a shape without axes") {
    std::string header = R"({"logit_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})";
    std::vector<std::byte> file(8 + header.size() + 4, std::byte{0});
    file[0] = std::byte(header.size());
    std::copy_n(reinterpret_cast<const std::byte*>(header.data()), header.size(), file.data() + 8);
    const engine made(plan<scaled>, weights::from_bytes(file, "scalar"));
    const lamina_test::temporary_folder folder;
    made.save((folder.path / "scaled.plan").string());
    const engine loaded = engine::load((folder.path / "scaled.plan").string());
    for (const engine& each : {made, loaded}) {
        const std::vector<float> x{1, 2, 3, 4, 5, 6}, s{2};
        const results all = each.run({{"x", x}, {"s", s}});
        CHECK(all["y"].values == std::vector<float>{2, 4, 6, 8, 10, 12});
        CHECK(all["sum"].values == std::vector<float>{21});
        CHECK(all["sum"].dims.rank == 0);
        CHECK(each.input("s").dims.rank == 0);
    }

    header.replace(header.find("[],"), 3, "[1],");
    header.insert(header.size(), 0, ' ');
    std::vector<std::byte> flat(8 + header.size() + 4, std::byte{0});
    flat[0] = std::byte(header.size());
    std::copy_n(reinterpret_cast<const std::byte*>(header.data()), header.size(), flat.data() + 8);
    CHECK_THROWS_WITH_AS(engine(plan<scaled>, weights::from_bytes(flat, "flat")),
        "flat: tensor 'logit_scale' is 1, the network needs scalar; check the layer's sizes against "
        "the exported model",
        lamina::error);
}
