// SPDX-License-Identifier: Apache-2.0
// Dims while the program runs: the network with chosen values is the one with these numbers in its place.
#include <lamina/define.hpp>
#include <lamina/plan.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/planner/check_shapes.hpp>
#include <lamina/planner/report.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>

using namespace lamina;

namespace {

/// A network of encoder, decoder and a head, with its sizes from dims or from these numbers.
constexpr void build(network& net, int batch, int height, int width) {
    auto x = net.input("image", {batch, 3, height, width});
    x = x | conv2d{"stem", {.out = 16, .kernel = 3, .pad = 1}} | relu{};
    auto small = x | max_pool{{.kernel = 2, .stride = 2}};
    for (int block = 0; block < 2; ++block)
        small = (small | conv2d{name("body", block), {.out = 16, .kernel = 3, .pad = 1}}) + small;
    const resize back{{.size = {height, width}, .mode = nearest, .coordinates = asymmetric}};
    x = x + (small | back);
    x.expect({batch, 16, height, width});
    auto rows = x | reshape{{batch, 16, height * width}} | permute{{0, 2, 1}};
    net.output("rows", rows | linear{"head", 5});
    net.output("scores", x | global_avg_pool{} | linear{"fc", 10} | softmax{});
}

struct changing {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 9});
        const int height = net.dim("height", {.min = 8, .opt = 32, .max = 96, .step = 4});
        const int width = net.dim("width", {.min = 6, .opt = 40, .max = 81});
        build(net, batch, height, width);
    }
};

// [dims]
struct any_picture {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 8});
        const int size = net.dim("size", {.min = 32, .opt = 64, .max = 256, .step = 4});
        auto x = net.input("picture", {batch, 3, size, size});
        x = x | conv2d{"conv1", {.out = 16, .kernel = 3, .stride = 2, .pad = 1}} | relu{};
        x.expect({batch, 16, size / 2, size / 2});
        net.output("scores", x | global_avg_pool{} | dense{"fc", 10});
    }
};
static_assert(plan<any_picture>.arena_bytes_at_max <= 16 * 1024 * 1024);
// [/dims]

// [exact]
run_time_plan plan_of_three_pictures(int size, const target& wanted) {
    const dim_value chosen[] = {{"batch", 3}, {"size", size}};
    network net;
    net.chosen = chosen;
    any_picture::define(net);
    check(net);
    if (!net.problems.empty())  // such as a size that is none of the dim's values
        throw std::runtime_error(full_sentence(net.problems[0]).c_str());
    return plan_at_run_time(net, wanted);
}
// [/exact]

run_time_plan plan_of_numbers(int batch, int height, int width, const target& wanted) {
    network net;
    build(net, batch, height, width);
    check(net);
    REQUIRE(net.problems.empty());
    return plan_at_run_time(net, wanted, "net");
}

std::vector<sentence> sentences(const network& net) {
    std::vector<sentence> out;
    for (const problem& p : net.problems) out.push_back(p.what);
    return out;
}

template <class Net> network defined_at(const std::vector<dim_value>& values) {
    network net;
    net.chosen = values;
    Net::define(net);
    check(net);
    net.chosen = {};
    return net;
}

/// Nothing is wrong at opt, min and max, and between them only where a count of pixels is odd.
struct odd_sizes {
    static constexpr void define(network& net) {
        const int size = net.dim("size", {.min = 4, .opt = 8, .max = 64});
        auto x = net.input("x", {1, 4, size, size});
        auto small = x | max_pool{{.kernel = 2, .stride = 2}};
        net.output(
            "y", x + (small | resize{{.scale = 2, .mode = nearest, .coordinates = asymmetric}}));
    }
};

struct one_dim_twice {
    static constexpr void define(network& net) {
        auto a = net.input("a", {net.dim("batch", {.max = 8}), 4});
        auto b = net.input("b", {net.dim("batch", {.max = 8}), 4});
        net.output("y", a + b);
    }
};
static_assert(detail::require_sound<one_dim_twice>());
static_assert(detail::require_sound<changing>());
static_assert(!detail::is_sound<odd_sizes>());

}  // namespace

TEST_CASE("a plan at chosen values has the bytes of the plan with these numbers") {
    std::mt19937 random(7);
    const auto among = [&](int min, int max, int step) {
        return min + step * std::uniform_int_distribution<int>(0, (max - min) / step)(random);
    };
    for (int round = 0; round < 12; ++round) {
        const int batch = among(1, 9, 1), height = among(8, 96, 4), width = among(6, 81, 1);
        CAPTURE(batch);
        CAPTURE(height);
        CAPTURE(width);
        const dim_value chosen[] = {{"width", width}, {"batch", batch}, {"height", height}};
        network net;
        net.chosen = chosen;
        changing::define(net);
        check(net);
        REQUIRE(net.problems.empty());
        // On gpu, kernels of a network with dims take sizes as arguments unless told otherwise.
        for (const target& wanted :
            {cpu, cpu_avx2, gpu.constant_sizes(), gpu.half().constant_sizes()}) {
            const run_time_plan made = plan_at_run_time(net, wanted, "net");
            CHECK(made.words == plan_of_numbers(batch, height, width, wanted).words);
            CHECK(made.dims == 3);
        }
    }
}

TEST_CASE("without chosen values, dims have those of opt") {
    network net;
    changing::define(net);
    CHECK(net.nodes[0].dims == shape{1, 3, 32, 40});
    CHECK(plan_at_run_time(net, cpu, "net").words == plan_of_numbers(1, 32, 40, cpu).words);
}

TEST_CASE("the guide's plan for other values") {
    const run_time_plan made = plan_of_three_pictures(96, cpu);
    const plan_view read = plan_view::open(made, "plan");
    CHECK(read->inputs[0].dims == shape{3, 3, 96, 96});
    CHECK(plan<any_picture>.arena_bytes < made.arena_bytes);
    CHECK(made.arena_bytes < plan<any_picture>.arena_bytes_at_max);
}

TEST_CASE("a dim may be named by several lines, with one value") {
    const network net = defined_at<one_dim_twice>({{"batch", 5}});
    CHECK(net.problems.empty());
    REQUIRE(net.ranges.size() == 1);
    CHECK(net.ranges[0].value == 5);
    CHECK(net.nodes[1].dims == shape{5, 4});
}

TEST_CASE("a chosen value must be one that the dim may have") {
    const auto says = [](const std::vector<dim_value>& values, const char* what) {
        const network net = defined_at<changing>(values);
        REQUIRE(!net.problems.empty());
        CHECK(net.problems[0].id == problem_id::dim_range);
        CHECK(net.problems[0].what.view() == what);
    };
    says({{"batch", 10}},
        "dim 'batch': value 10 is outside of 1 to 9; take one inside, or widen the range");
    says({{"batch", 0}},
        "dim 'batch': value 0 is outside of 1 to 9; take one inside, or widen the range");
    says({{"height", 34}},
        "dim 'height': value 34 is not reached from min 8 in steps of 4; use 32 or 36");
    says({{"hight", 32}},
        "network: has no dim 'hight' to give the value 32; it has batch 1, height 32, width 40");
}

TEST_CASE("the shapes that are checked: both ends of each dim, a step from them, and an odd one") {
    const dim_range batch("batch", {.max = 8}, 0);
    const dim_range height("height", {.min = 224, .opt = 640, .max = 1280, .step = 32}, 0);
    using detail::values_to_check;
    using lists = dynamic_array<dynamic_array<int>>;
    CHECK(values_to_check(dynamic_array{batch}) == lists{{8}, {2}, {7}, {4}});
    CHECK(values_to_check(dynamic_array{batch, height})
        == lists{{1, 224}, {8, 1280}, {2, 256}, {7, 1248}, {4, 768}, {8, 224}, {1, 1280}});
    // Each shape once, and never opt, which was checked before.
    CHECK(values_to_check(dynamic_array{dim_range("one", {.max = 1}, 0)}).empty());
    CHECK(values_to_check(dynamic_array{dim_range("two", {.opt = 2, .max = 2}, 0)}) == lists{{1}});
}

TEST_CASE("report prints the problems of the first shape that has some, with its values") {
    std::FILE* file = std::tmpfile();
    REQUIRE(file);
    CHECK(report<odd_sizes>(file) == 1);
    std::string all(static_cast<std::size_t>(std::ftell(file)), '\0');
    std::rewind(file);
    REQUIRE(std::fread(all.data(), 1, all.size(), file) == all.size());
    std::fclose(file);
    INFO(all);
    CHECK(all.find("do not broadcast") != std::string::npos);
    CHECK(all.find("(at size 5)\n") != std::string::npos);
}

TEST_CASE("problems at opt have its values, once") {
    struct wrong {
        static constexpr void define(network& net) {
            const int batch = net.dim("batch", {.opt = 2, .max = 8});
            net.output("y", net.input("x", {batch, 4}) | softmax{7});
        }
    };
    network net;
    define_and_check<wrong>(net);
    const std::vector<sentence> all = sentences(net);
    REQUIRE(all.size() == 1);
    CHECK(all[0].view() == "softmax: axis 7 is outside of input 2x4; use -2 to 1 (at batch 2)");
}
