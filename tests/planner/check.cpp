// SPDX-License-Identifier: Apache-2.0
#include <lamina/define.hpp>
#include <lamina/planner/check.hpp>
#include <lamina/planner/report.hpp>
#include <lamina/planner/show_problem.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace lamina;

namespace {

struct right {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {1, 4}) | linear{"fc", 2});
    }
};
static_assert(detail::require_sound<right>());
static_assert(detail::is_sound<right>());

struct wrong {
    static constexpr void define(network& net) {
        auto x = net.input("x", {1, 4});
        x | conv2d{"c", {.out = 4}};
        x | relu{};
        net.output("y", x | softmax{7});
    }
};
struct one_mistake {
    static constexpr void define(network& net) {
        net.output("y", net.input("x", {1, 4}) | softmax{7});
    }
};

static_assert(!detail::is_sound<wrong>());
static_assert(!detail::is_sound<int>());
static_assert(!defines_a_network<int> && defines_a_network<wrong>);

template <class Report> std::string printed(Report report_to, int& count) {
    std::FILE* file = std::tmpfile();
    REQUIRE(file);
    count = report_to(file);
    std::string all(static_cast<std::size_t>(std::ftell(file)), '\0');
    std::rewind(file);
    REQUIRE(std::fread(all.data(), 1, all.size(), file) == all.size());
    std::fclose(file);
    return all;
}

}  // namespace

TEST_CASE("report: prints every problem of a network, where the compiler shows the first") {
    int count = 0;
    const std::string all = printed(report<wrong>, count);
    INFO(all);
    CHECK(count == 3);
    CHECK(all.find("LAM-01  check.cpp:") != std::string::npos);
    CHECK(all.find("LAM-11  check.cpp:") != std::string::npos);
    CHECK(all.find("LAM-13  check.cpp:") != std::string::npos);
    CHECK(all.find("3 problems in 3 nodes") != std::string::npos);
}

TEST_CASE("report: a right network has no problems") {
    int count = 1;
    CHECK(printed(report<right>, count) == "the network is sound: no problems in 2 nodes\n");
    CHECK(count == 0);
}

TEST_CASE("report: one problem, and a network that is not finished") {
    int count = 0;
    CHECK(printed(report<one_mistake>, count).ends_with("\n1 problem in 2 nodes\n"));
    CHECK(count == 1);
    network net;
    net.input("x", {1, 4});
    CHECK(printed([&](std::FILE* to) { return print_problems(net, to); }, count)
        == "no output yet: no problems in 1 node\n");
}

TEST_CASE("check: more nodes, inputs or outputs than the limits are a problem each") {
    network net;
    tensor x = net.input("x", {1});
    for (std::size_t i = 0; i < max_nodes; ++i) x = x | relu{};
    net.output("y", x);
    check(net);
    REQUIRE(net.problems.size() == 1);
    CHECK(net.problems[0].id == problem_id::limit);
}

TEST_CASE("print: a graph is a table with one row per node") {
    network net;
    right::define(net);
    std::FILE* file = std::tmpfile();
    REQUIRE(file);
    print(net, file);
    std::string all(static_cast<std::size_t>(std::ftell(file)), '\0');
    std::rewind(file);
    REQUIRE(std::fread(all.data(), 1, all.size(), file) == all.size());
    std::fclose(file);
    INFO(all);
    CHECK(all.find("1  linear            fc    0              1x2") != std::string::npos);
    CHECK(all.find("output 'y' is 1") != std::string::npos);
}
