// SPDX-License-Identifier: Apache-2.0
// The example of docs/guide/shapes.md: a network whose batch and size change while the program runs.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include <lamina/lamina.hpp>
#include <lamina/runtime/batcher.hpp>

#include "support/random.hpp"
#include "support/random_weights.hpp"
#include "support/temporary.hpp"

using namespace lamina;

namespace {

struct any_picture {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 8});
        const int size = net.dim("size", {.min = 32, .opt = 64, .max = 256, .step = 4});
        const auto x = net.input("picture", {batch, 3, size, size});
        net.output("scores",
            x
                | conv2d{"conv1", {.out = 16, .kernel = 3}}
                | relu{}
                | global_avg_pool{}
                | dense{"fc", 10});
    }
};

}  // namespace

TEST_CASE("values with their extents change the shape") {
    lamina_test::random_source random("shapes guide");
    network net;
    any_picture::define(net);
    const lamina_test::random_weights file(net, random);
    const std::vector<float> pictures = random.numbers(3 * 3 * 96 * 96, -1, 1);
    // [extents]
    const engine any(plan<any_picture>, file.opened());
    context run = any.make_context();
    run.set_input("picture", pictures, {3, 3, 96, 96}).run();
    const shape scores = run.dims("scores");                 // 3x10
    const result again = any.run(pictures, {3, 3, 96, 96});  // again.dims too
    // [/extents]
    CHECK(scores == shape{3, 10});
    CHECK(again.dims == scores);
    const auto got = run.get("scores");
    CHECK(std::vector<float>(got.begin(), got.end()) == again.values);
}

TEST_CASE("a file of several shapes") {
    lamina_test::random_source random("shapes guide");
    network net;
    any_picture::define(net);
    const lamina_test::random_weights file(net, random);
    const std::vector<float> pictures = random.numbers(4 * 3 * 64 * 64, -1, 1);
    const engine any(plan<any_picture>, file.opened());
    const lamina_test::temporary_folder folder;
    const std::string path = (folder.path / "any.plan").string();
    // [save]
    std::vector<std::vector<shape_value>> shapes;
    for (int batch = 1; batch <= 8; batch *= 2)
        for (int size : {64, 128}) shapes.push_back({{"batch", batch}, {"size", size}});
    any.save(path, {.shapes = shapes});
    // In a program without the network's definition:
    const engine loaded = engine::load(path);
    const result scores = loaded.run(pictures, {4, 3, 64, 64});
    // [/save]
    CHECK(scores.values == any.run(pictures, {4, 3, 64, 64}).values);
}

TEST_CASE("a picture of each thread in one run") {
    lamina_test::random_source random("shapes guide");
    network net;
    any_picture::define(net);
    const lamina_test::random_weights file(net, random);
    const std::vector<float> picture = random.numbers(3 * 64 * 64, -1, 1);
    const engine any(plan<any_picture>, file.opened());
    // [batcher]
    batcher requests(any, {.dim = "batch", .most = 4, .delay = std::chrono::milliseconds(5)});
    // In each thread of a service:
    const results mine = requests.run({{"picture", picture}});
    // [/batcher]
    CHECK(mine["scores"].dims == shape{1, 10});
    CHECK(mine["scores"].values == any.run(picture).values);
}
