// SPDX-License-Identifier: Apache-2.0
// Every form of applying a layer carries the line of the user, not one of the library.
#include "support/shape_of.hpp"

#include <doctest/doctest.h>

using namespace lamina;

namespace {

template <class Layers> bool names_line(int line, Layers layers) {
    network net;
    layers(net.input("x", {1, 4, 2, 2}));
    bool all = net.nodes.size() > 1;
    for (std::size_t id = 1; id < net.nodes.size(); ++id)
        all = all && net.nodes[id].line == line
            && base_name(net.nodes[id].file) == "source_lines.cpp";
    return all;
}

}  // namespace

TEST_CASE("layers: structs, aggregates, functions and operators name the user's line") {
    CHECK(names_line(__LINE__, [](auto x) { return x | relu{}; }));
    CHECK(names_line(__LINE__, [](auto x) { return x | softmax{}; }));
    CHECK(names_line(__LINE__, [](auto x) { return x | softmax{.axis = 2}; }));
    CHECK(names_line(__LINE__, [](auto x) { return x | argmax{1}; }));
    CHECK(names_line(__LINE__, [](auto x) { return x | max_pool{{.kernel = 2}}; }));
    CHECK(names_line(__LINE__, [](auto x) { return x | pixel_shuffle{2}; }));
    CHECK(names_line(__LINE__, [](auto x) { return add(x, x); }));
    CHECK(names_line(__LINE__, [](auto x) { return x + x; }));
    CHECK(names_line(__LINE__, [](auto x) { return x * 2; }));
    CHECK(names_line(__LINE__, [](auto x) { return 2 - x; }));
    CHECK(names_line(__LINE__, [](auto x) { return -x; }));
    CHECK(names_line(__LINE__, [](auto x) { return concat({x, x}); }));
    CHECK(names_line(__LINE__, [](auto x) { return chunk<2>(x, 1); }));
    CHECK(names_line(__LINE__, [](auto x) { return split(x, {1, 3}, 1); }));
    CHECK(names_line(__LINE__, [](auto x) { return x | reduce_mean{{2, 3}}; }));
    CHECK(names_line(__LINE__, [](auto x) { return x | global_avg_pool{} | dense{"fc", 2}; }));
}
