// SPDX-License-Identifier: Apache-2.0
// Engines and contexts at other shapes than the plan's: results are those of plans made for that shape alone.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <lamina/lamina.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/runtime/check_reach.hpp>

#include "support/changing_networks.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"

using namespace lamina;
using lamina_test::counting;
using lamina_test::plain;
using lamina_test::with_ramp;

namespace {

struct changing {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 5});
        const int height = net.dim("height", {.min = 8, .opt = 16, .max = 40, .step = 4});
        const int width = net.dim("width", {.min = 6, .opt = 20, .max = 41});
        auto x = net.input("image", {batch, 3, height, width});
        x = x | conv2d{"stem", {.out = 16, .kernel = 3, .pad = 1}} | batch_norm{"bn"} | relu{};
        auto y = x | conv2d{"body", {.out = 16, .kernel = 3, .pad = 1}} | relu{};
        x = x + y;
        net.output("map", x | conv2d{"head", {.out = 5}});
        net.output("scores", x | global_avg_pool{} | linear{"fc", 10} | softmax{});
    }
};

struct rows_of_linear {
    static constexpr void define(network& net) {
        const int rows = net.dim("rows", {.min = 2, .opt = 4, .max = 8});
        net.output("y", net.input("x", {rows, 32}) | linear{"fc", 48});
    }
};

struct two_inputs {
    static constexpr void define(network& net) {
        const int n = net.dim("n", {.min = 2, .opt = 4, .max = 9});
        const auto a = net.input("a", {n}), b = net.input("b", {n});
        net.output("y", a + b * net.input("by", {1}));
    }
};

struct fixed_shape {
    int batch, height, width;
    std::size_t count() const { return static_cast<std::size_t>(batch * 3 * height * width); }
};

using outputs = std::map<std::string, std::vector<float>>;

outputs outputs_of(std::span<const std::byte> plan, const lamina_test::random_weights& file,
    const std::vector<float>& image) {
    const engine one(plan, file.opened());
    context run = one.make_context();
    run.set_input("image", image).run();
    outputs out;
    for (const char* name : {"map", "scores"}) {
        const auto values = run.get(name);
        out[name].assign(values.begin(), values.end());
    }
    return out;
}

/// What an engine of that shape alone gives, whose programs and packed weights are its own.
outputs alone(const fixed_shape& s, const lamina_test::random_weights& file,
    const std::vector<float>& image) {
    const std::vector<int> values{s.batch, s.height, s.width};
    const shape_words made = plan<changing>.shapes->plan(values);
    return outputs_of(std::as_bytes(std::span(made.words)), file, image);
}

/// What a plan without a guide gives: it may choose other kernels.
outputs unguided(const fixed_shape& s, const lamina_test::random_weights& file,
    const std::vector<float>& image) {
    const dim_value chosen[] = {{"batch", s.batch}, {"height", s.height}, {"width", s.width}};
    network net;
    net.chosen = chosen;
    changing::define(net);
    return outputs_of(plan_at_run_time(net, cpu).data(), file, image);
}

lamina_test::random_weights make_weights(lamina_test::random_source& random) {
    network net;
    changing::define(net);
    return {net, random};
}

}  // namespace

TEST_CASE("a context at random shapes gives what plans for these shapes give") {
    lamina_test::random_source random("runtime shapes 5");
    const lamina_test::random_weights file = make_weights(random);
    const auto number = [&](int least, int most) {
        return least
            + static_cast<int>(
                random.numbers(1, 0, 0.999f)[0] * static_cast<float>(most - least + 1));
    };
    const engine made(plan<changing>, file.opened());
    context run = made.make_context();
    for (int round = 0; round < 5; ++round) {
        const fixed_shape s{number(1, 5), 8 + 4 * number(0, 8), number(6, 41)};
        CAPTURE(s.batch);
        CAPTURE(s.height);
        CAPTURE(s.width);
        const std::vector<float> image = random.numbers(s.count(), -1, 1);
        run.reshape({{"batch", s.batch}, {"height", s.height}, {"width", s.width}});
        CHECK(run.plan().inputs[0].dims == shape{s.batch, 3, s.height, s.width});
        run.set_input("image", image).run();
        const outputs wanted = alone(s, file, image);
        for (const auto& [name, values] : wanted) {
            const auto got = run.get(name);
            CHECK(std::vector<float>(got.begin(), got.end()) == values);
        }
        if (round) continue;
        const outputs about = unguided(s, file, image);
        for (const auto& [name, values] : wanted)
            for (std::size_t i = 0; i < values.size(); ++i)
                REQUIRE(values[i] == doctest::Approx(about.at(name)[i]).epsilon(1e-3));
    }
}

TEST_CASE("states stay when shapes change") {
    const engine made(plan<counting>, weights());
    context run = made.make_context();
    run.set_input("x", std::vector<float>{1, 2, 3, 4}).run();
    run.reshape({{"rows", 2}}).set_input("x", std::vector<float>(8, 1)).run();
    CHECK(run.get("sum")[0] == 3);
    run.reshape({{"rows", 1}}).set_input("x", std::vector<float>(4, 10)).run();
    CHECK(run.get("sum")[3] == 16);
}

TEST_CASE("a shape is made once, with the weights and programs of the others") {
    lamina_test::random_source random("runtime shapes 7");
    network net;
    rows_of_linear::define(net);
    const lamina_test::random_weights file(net, random);
    const engine made(plan<rows_of_linear>, file.opened());
    const engine a = made.at({{"rows", 7}}), b = made.at({{"rows", 7}});
    CHECK(&a.plan() == &b.plan());
    CHECK(&made.at({}).plan() == &made.plan());
    CHECK(a.plan().inputs[0].dims == shape{7, 32});
    CHECK(a.report().fold_ms == 0);  // nothing was packed
    const std::vector<float> rows = random.numbers(7 * 32, -1, 1);
    const result one = a.run(rows);
    REQUIRE(one.values.size() == 7 * 48);
    const std::vector<float> four(rows.begin(), rows.begin() + 4 * 32);
    const result first = made.run(four);
    for (std::size_t i = 0; i < first.values.size(); ++i)
        CHECK(first.values[i] == doctest::Approx(one.values[i]).epsilon(1e-5));
}

TEST_CASE("a new shape packs and builds nothing") {
    lamina_test::random_source random("runtime shapes 9");
    const lamina_test::random_weights file = make_weights(random);
    const engine made(plan<changing>, file.opened());
    if (made.report().launches == made.plan().steps.size()) return;  // no merged steps: not a CPU
    for (const fixed_shape& s : {fixed_shape{2, 20, 33}, {5, 40, 7}, {3, 8, 24}, {4, 36, 36}}) {
        const engine at = made.at({{"batch", s.batch}, {"height", s.height}, {"width", s.width}});
        CHECK(at.report().fold_ms == 0);
        for (const engine_report::kernel_row& row : at.report().kernels)
            CHECK(row.note == "shared with another shape");
    }
}

TEST_CASE("steps of other shapes stay inside of their buffers") {
    for (const std::vector<int>& values :
        {std::vector<int>{2, 20, 33}, {5, 40, 7}, {1, 8, 6}, {4, 36, 25}}) {
        const shape_words made = plan<changing>.shapes->plan(values);
        REQUIRE(made.fault.empty());
        const plan_view plan = plan_view::open(std::as_bytes(std::span(made.words)));
        CHECK_NOTHROW(lamina::detail::check_reach(*plan, "plan"));
    }
}

TEST_CASE("values come with their extents") {
    lamina_test::random_source random("runtime shapes 10");
    const lamina_test::random_weights file = make_weights(random);
    const engine made(plan<changing>, file.opened());
    context run = made.make_context();
    const fixed_shape s{3, 24, 30};
    const shape dims{s.batch, 3, s.height, s.width};
    const std::vector<float> image = random.numbers(s.count(), -1, 1);
    const outputs wanted = alone(s, file, image);
    run.set_input("image", image, dims).run();
    CHECK(run.dims("image") == dims);
    CHECK(run.dims("map") == shape{3, 5, 24, 30});
    CHECK(run.dims("scores") == shape{3, 10});
    const auto map = run.get("map");
    CHECK(std::vector<float>(map.begin(), map.end()) == wanted.at("map"));
    const results all = made.run({{"image", image, dims}});
    CHECK(all["map"].dims == shape{3, 5, 24, 30});
    CHECK(all["scores"].values == wanted.at("scores"));

    // Without extents they are those of the engine.
    const std::vector<float> first = random.numbers(3 * 16 * 20, -1, 1);
    CHECK(made.run({{"image", first}})["map"].dims == shape{1, 5, 16, 20});
    const engine other = made.at({{"batch", 2}});
    const std::vector<float> two = random.numbers(2 * 3 * 16 * 20, -1, 1);
    CHECK(other.run({{"image", two}})["scores"].dims == shape{2, 10});

    const auto says = [&](const shape& wrong, errc code, const char* what) {
        try {
            run.set_input("image", image, wrong);
            FAIL("no error");
        } catch (const error& e) {
            CHECK(e.code() == code);
            CHECK(std::string(e.what()) == what);
        }
        CHECK(run.dims("image") == dims);
    };
    says({3, 4, 24, 30}, errc::input_shape,
        "input 'image' got 3x4x24x30, it is 3x3x24x30 at that shape; give these extents, or set "
        "dims of which others are computed by reshape()");
    says({3, 24, 30}, errc::input_shape,
        "input 'image' got 3x24x30, it is 3x3x24x30 at that shape; give these extents, or set "
        "dims of which others are computed by reshape()");
    says({3, 3, 25, 30}, errc::shape,
        "dim 'height' cannot be 25, it is 8 to 40 in steps of 4; pad or scale the data, or widen "
        "the dim's range");
}

TEST_CASE("inputs share dims, and those that do not change keep their values") {
    const engine made(plan<two_inputs>, weights());
    context run = made.make_context();
    run.set_input("by", std::vector<float>{10}).set_input("a", std::vector<float>(4, 1));
    run.set_input("b", std::vector<float>{1, 2, 3, 4}).run();
    CHECK(run.get("y")[3] == 41);
    run.set_input("a", std::vector<float>(6, 1), {6}).set_input("b", std::vector<float>(6, 2), {6});
    run.run();
    REQUIRE(run.get("y").size() == 6);
    CHECK(run.get("y")[5] == 21);

    // An input that changes has to be set, also where the shape has been before.
    run.set_input("a", std::vector<float>(4, 1), {4});
    CHECK_THROWS_WITH_AS(run.run(),
        "input 'b' has no values in this context, the network needs 'a', 'b', 'by'; call "
        "set_input() or bind() before running",
        error);
    CHECK_THROWS_WITH_AS(run.set_input("b", std::vector<float>(3, 1), {3}),
        "dim 'n' (2 to 9) is 4 by input 'a' and 3 by input 'b'; give both the same", error);
    CHECK(run.dims("a") == shape{4});
    run.set_input("a", std::vector<float>(3, 1), {3});  // the same input again
    run.set_input("b", std::vector<float>(3, 1), {3}).run();
    CHECK(run.get("y")[2] == 11);
    CHECK_THROWS_WITH_AS(made.run({{"a", std::vector<float>(5, 1), {5}},
                             {"b", std::vector<float>(6, 1), {6}}, {"by", std::vector<float>{1}}}),
        "dim 'n' (2 to 9) is 5 by input 'a' and 6 by input 'b'; give both the same", error);
}

TEST_CASE("an arena that grows, few shapes that are kept, and numbers that are none before") {
    lamina_test::random_source random("runtime shapes 11");
    const lamina_test::random_weights file = make_weights(random);
    const engine made(
        plan<changing>, file.opened(), device::best(), {.shapes = 2, .reserve_arena = false});
    context run = made.make_context();
    std::vector<fixed_shape> shapes{{1, 16, 20}, {5, 40, 41}, {1, 8, 6}, {2, 16, 20}};
    std::vector<std::vector<float>> images;
    std::vector<outputs> wanted;
    for (const fixed_shape& s : shapes) {
        images.push_back(random.numbers(s.count(), -1, 1));
        wanted.push_back(alone(s, file, images.back()));
    }
    for (const std::size_t i : {0, 1, 2, 0, 3, 1, 2}) {
        const fixed_shape& s = shapes[i];
        const shape dims{s.batch, 3, s.height, s.width};
        run.set_input("image", std::vector<float>(s.count(), NAN), dims).run();
        CHECK(std::isnan(run.get("map")[0]));
        run.set_input("image", images[i], dims).run();
        for (const auto& [name, values] : wanted[i]) {
            const auto got = run.get(name);
            CHECK(std::vector<float>(got.begin(), got.end()) == values);
        }
    }
}

TEST_CASE("weights that only one shape has lie beside the others") {
    lamina_test::random_source random("runtime shapes 13");
    network net;
    with_ramp::define(net);
    const lamina_test::random_weights file(net, random);
    const engine made(plan<with_ramp>, file.opened());
    context run = made.make_context();
    for (const int n : {5, 3, 8, 5}) {
        const std::vector<float> x = random.numbers(static_cast<std::size_t>(n) * 4, -1, 1);
        run.set_input("x", x, {n, 4}).run();
        const shape_words alone = plan<with_ramp>.shapes->plan(std::vector<int>{n});
        const engine other(std::as_bytes(std::span(alone.words)), file.opened());
        const auto got = run.get("y");
        CHECK(std::vector<float>(got.begin(), got.end()) == other.run(x).values);
    }
    // A tuned one has them too, and so have its own other shapes.
    const engine at = made.at({{"n", 5}}), tuned = at.tuned(timing_cache());
    for (const int n : {5, 8}) {
        const std::vector<float> x = random.numbers(static_cast<std::size_t>(n) * 4, -1, 1);
        CHECK(tuned.at({{"n", n}}).run(x).values == made.at({{"n", n}}).run(x).values);
        if (n == 5) CHECK(tuned.run(x).values == at.run(x).values);
    }
}

TEST_CASE("shapes that are prepared") {
    lamina_test::random_source random("runtime shapes 12");
    const lamina_test::random_weights file = make_weights(random);
    const engine made(plan<changing>, file.opened());
    const std::vector<shape_value> wide{{"batch", 3}, {"width", 31}};
    const std::vector<std::vector<shape_value>> both{wide, {{"batch", 4}}};
    made.prepare(both);
    made.prepare({{{"batch", 3}, {"width", 31}}, {{"batch", 4}}});
    const engine at = made.at(wide);
    CHECK(made.make_context().reshape(wide).dims("image") == at.inputs()[0].dims);
    // Each step has the tactic of its own plan.
    for (std::size_t i = 0; i < at.plan().steps.size(); ++i)
        CHECK(at.tactic_chosen_by(i) == chosen_by::plan);
    const fixed_shape s{3, 16, 31};
    const std::vector<float> image = random.numbers(s.count(), -1, 1);
    CHECK(at.run({{"image", image}})["map"].values == alone(s, file, image).at("map"));
    const engine fixed(plan<plain>, weights());
    CHECK_THROWS_WITH_AS(fixed.prepare({{{"n", 3}}}),
        "this engine has no dims, its shapes are fixed; make the engine of plan<Net> of a network "
        "that declares some with net.dim()",
        error);
    context run = fixed.make_context();
    CHECK_THROWS_WITH_AS(run.set_input("x", std::vector<float>(3, 1), {3}),
        "input 'x' got 3, it is 4 in every run; declare the extents that change with net.dim()",
        error);
}

TEST_CASE("values that a dim cannot have") {
    lamina_test::random_source random("runtime shapes 8");
    const lamina_test::random_weights file = make_weights(random);
    const engine made(plan<changing>, file.opened());
    context run = made.make_context();
    const auto says = [&](std::initializer_list<shape_value> values, const char* what) {
        try {
            run.reshape(values);
            FAIL("no error");
        } catch (const error& e) {
            CHECK(e.code() == errc::shape);
            CHECK(std::string(e.what()) == what);
        }
    };
    says({{"batch", 6}},
        "dim 'batch' cannot be 6, it is 1 to 5; pad or scale the data, or widen the dim's range");
    says({{"height", 18}},
        "dim 'height' cannot be 18, it is 8 to 40 in steps of 4; pad or scale the data, or widen the dim's range");
    says({{"hight", 16}},
        "the network has no dim 'hight', it has 'batch', 'height', 'width'; use one of these names");
    says({{"batch", 2}, {"batch", 3}},
        "dim 'batch' (1 to 5) is given 2 and 3; give each dim one value");
    CHECK(run.plan().inputs[0].dims == shape{1, 3, 16, 20});
}
