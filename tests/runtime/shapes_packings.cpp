// SPDX-License-Identifier: Apache-2.0
// Weights that an engine packs in a second way, for shapes that would choose it.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include "support/random.hpp"
#include "support/random_weights.hpp"
#include "support/temporary.hpp"

using namespace lamina;

namespace {

/// A product of wide 3x3 filters: the more pixels, the larger Winograd's tile.
struct wide_filters {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 8});
        const auto x = net.input("x", {batch, 256, 4, 26});
        net.output("y", x | conv2d{"conv", {.out = 256, .kernel = 3, .pad = 1}} | relu{});
    }
};

std::string transform_of(const shape_words& made) {
    const plan_view plan = plan_view::open(std::as_bytes(std::span(made.words)));
    for (const plan_weight& w : plan->weights)
        if (!w.transform.empty()) return std::string(w.transform);
    return {};
}

}  // namespace

TEST_CASE("a second packing of weights, where memory is given for it") {
    lamina_test::random_source random("runtime shapes_packings");
    network net;
    wide_filters::define(net);
    const lamina_test::random_weights file(net, random);
    const shape_planner& planner = *plan<wide_filters>.shapes;
    const std::vector<int> eight{8};
    const shape_words kept = planner.plan(eight), own = planner.plan_own(eight);
    REQUIRE(transform_of(kept) == transform_of(planner.plan(std::vector<int>{1})));
    REQUIRE(transform_of(own) != transform_of(kept));

    const std::vector<float> x = random.numbers(8 * 256 * 4 * 26, -1, 1);
    const engine alone_kept(std::as_bytes(std::span(kept.words)), file.opened());
    const engine alone_own(std::as_bytes(std::span(own.words)), file.opened());
    const std::vector<float> wanted_kept = alone_kept.run(x).values,
                             wanted_own = alone_own.run(x).values;
    REQUIRE(wanted_kept != wanted_own);  // other sums: which one ran can be told
    const std::uint64_t much = std::uint64_t{256} << 20;
    for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1000}, much}) {
        const engine made(
            plan<wide_filters>, file.opened(), device::best(), {.packing_bytes = bytes});
        const bool has_own = bytes == much;
        const engine at = made.at({{"batch", 8}});
        CHECK(at.run(x).values == (has_own ? wanted_own : wanted_kept));
        CHECK(at.report().fold_ms == 0);  // what it needs was packed before
        if (at.report().launches < at.plan().steps.size())
            for (const engine_report::kernel_row& row : at.report().kernels)
                CHECK(row.note == "shared with another shape");
        // Small shapes, and those of a tuned engine.
        const std::vector<float> one(x.begin(), x.begin() + 256 * 4 * 26);
        CHECK(made.run(one).values == engine(plan<wide_filters>, file.opened()).run(one).values);
        CHECK(made.tuned(timing_cache()).run(x, {8, 256, 4, 26}).values
            == (has_own ? wanted_own : wanted_kept));
        // Files have what their shapes need.
        const lamina_test::temporary_folder folder;
        const std::string path = (folder.path / "net.plan").string();
        made.save(path, {.shapes = {{{"batch", 8}}}});
        CHECK(engine::load(path).run(x, {8, 256, 4, 26}).values
            == (has_own ? wanted_own : wanted_kept));
    }
}
