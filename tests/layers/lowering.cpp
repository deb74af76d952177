// SPDX-License-Identifier: Apache-2.0
// Layers that lower to reshape and permute put every element where the framework's formula says.
#include "support/shape_of.hpp"

#include <doctest/doctest.h>

using namespace lamina;
using lamina::test::graph_of;

namespace {

/// Runs reshapes, permutes and slices on element numbers: out[i] is the input element that ends at
/// i.
std::vector<int> trace(const network& net) {
    std::vector<std::vector<int>> values(net.nodes.size());
    for (std::size_t id = 0; id < net.nodes.size(); ++id) {
        const node& n = net.nodes[id];
        std::vector<int>& out = values[id];
        out.resize(static_cast<std::size_t>(n.dims.count()));
        const int from = n.inputs.empty() ? 0 : n.inputs[0];
        const shape& in = net.nodes[static_cast<std::size_t>(from)].dims;
        for (std::size_t i = 0; i < out.size(); ++i) {
            std::int64_t source = 0;
            for (int axis = 0; axis < n.dims.rank; ++axis) {
                const std::int64_t at
                    = static_cast<std::int64_t>(i) / row_major_stride(n.dims, axis) % n.dims[axis];
                if (n.kind == op::permute) source += at * row_major_stride(in, n.attr.order[axis]);
                if (n.kind == op::slice)
                    source += (n.attr.starts[axis] + at * n.attr.steps[axis])
                        * row_major_stride(in, axis);
            }
            if (n.kind == op::input || n.kind == op::reshape) source = static_cast<std::int64_t>(i);
            out[i] = n.kind == op::input
                ? static_cast<int>(i)
                : values[static_cast<std::size_t>(from)][static_cast<std::size_t>(source)];
        }
    }
    return values.back();
}

int at(const shape& dims, int n, int c, int h, int w) {
    return ((n * dims.c + c) * dims.h + h) * dims.w + w;
}

}  // namespace

TEST_CASE("pixel_shuffle: out[n, c, h r + i, w r + j] is in[n, c r^2 + i r + j, h, w]") {
    const shape in{2, 18, 3, 4}, out{2, 2, 9, 12};
    const auto traced = trace(graph_of(in, [](auto x) { return x | pixel_shuffle{3}; }));
    for (int n = 0; n < 2; ++n)
        for (int c = 0; c < 2; ++c)
            for (int h = 0; h < 9; ++h)
                for (int w = 0; w < 12; ++w)
                    REQUIRE(traced[static_cast<std::size_t>(at(out, n, c, h, w))]
                        == at(in, n, c * 9 + h % 3 * 3 + w % 3, h / 3, w / 3));
}

TEST_CASE("pixel_unshuffle: undoes pixel_shuffle") {
    const auto traced = trace(
        graph_of({2, 12, 3, 5}, [](auto x) { return x | pixel_shuffle{2} | pixel_unshuffle{2}; }));
    for (std::size_t i = 0; i < traced.size(); ++i) REQUIRE(traced[i] == static_cast<int>(i));
}

TEST_CASE("channel_shuffle: channel i of group j becomes channel i groups + j") {
    const shape dims{2, 6, 2, 3};
    const auto traced = trace(graph_of(dims, [](auto x) { return x | channel_shuffle{3}; }));
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 3; ++j)
            REQUIRE(traced[static_cast<std::size_t>(at(dims, 1, i * 3 + j, 1, 2))]
                == at(dims, 1, j * 2 + i, 1, 2));
}

TEST_CASE("slice: with a step takes start, start + step, ...") {
    const auto traced = trace(
        graph_of({2, 9}, [](auto x) { return x | slice{1, {.start = -8, .stop = 8, .step = 3}}; }));
    CHECK(traced == std::vector<int>{1, 4, 7, 10, 13, 16});
}

TEST_CASE("split: parts joined again are the whole") {
    const network net = graph_of({2, 9}, [](auto x) { return concat(split(x, {2, 3, 4}, 1)); });
    CHECK(net.problems.empty());
    CHECK(net.nodes.size() == 5);
    CHECK(net.nodes[2].attr.starts[1] == 2);
    CHECK(net.nodes[3].attr.starts[1] == 5);
}

TEST_CASE("layers that change nothing add no node") {
    CHECK(graph_of({2, 8, 1, 1},
              [](auto x) {
                  const auto y = x
                      | reshape{{2, 8, 1, 1}}
                      | slice{1, {}}
                      | channel_shuffle{8}
                      | transpose{1, 1};
                  return y;
              })
              .nodes.size()
        == 1);
}
