// SPDX-License-Identifier: Apache-2.0
// Saved plans of several shapes: an engine that loads one has them without the network's definition.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include <lamina/plan.hpp>
#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/rewrite.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/batcher.hpp>
#include <lamina/runtime/mapped_file.hpp>

#include "../support/faults.hpp"
#include "../support/temporary.hpp"
#include "support/changing_networks.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::counting;
using lamina_test::fault_of;
using lamina_test::plain;
using lamina_test::with_ramp;

namespace {

struct pictures {
    static constexpr void define(network& net) {
        const int batch = net.dim("batch", {.max = 5});
        const int size = net.dim("size", {.min = 8, .opt = 16, .max = 40, .step = 4});
        auto x = net.input("image", {batch, 3, size, size});
        x = x | conv2d{"stem", {.out = 16, .kernel = 3, .pad = 1}} | batch_norm{"bn"} | relu{};
        auto y = x | conv2d{"body", {.out = 16, .kernel = 3, .pad = 1}} | relu{};
        net.output("scores", x + y | global_avg_pool{} | linear{"fc", 10} | softmax{});
    }
};

template <class Net> lamina_test::random_weights weights_for(lamina_test::random_source& random) {
    network net;
    Net::define(net);
    return {net, random};
}

std::vector<float> image_of(lamina_test::random_source& random, int batch, int size) {
    return random.numbers(static_cast<std::size_t>(batch * 3 * size * size), -1, 1);
}

const load_options trusted{.trust = trust::binaries};

/// A saved plan of several shapes, whose records may be changed: the file with right hashes.
std::vector<std::byte> changed(const std::string& path,
    const std::function<void(plan_records&)>& change,
    const std::function<void(plan_records&)>& change_inner = {}) {
    const mapped_file file(path);
    const plan_parts parts = split_plan(file.bytes(), path);
    const plan_view plan = plan_view::open(parts.plan);
    plan_records records = *plan;
    std::vector<std::byte> inner;
    if (change_inner) {
        plan_records other = *plan.shapes().at(0);
        change_inner(other);
        inner = rewrite_plan(other);
        records.shapes[0].plan = inner;
    }
    change(records);
    std::vector<std::byte> out = rewrite_plan(records);
    plan_trailer end;
    end.plan_bytes = out.size();
    out.resize((out.size() + 63) / 64 * 64);
    end.segment_offset = out.size();
    end.segment_bytes = parts.segment.size();
    end.plan_hash = plan_hash(out, end.plan_bytes);
    out.insert(out.end(), parts.segment.begin(), parts.segment.end());
    const auto trailer = std::as_bytes(std::span(&end, 1));
    out.insert(out.end(), trailer.begin(), trailer.end());
    return out;
}

}  // namespace

TEST_CASE("a saved plan of several shapes has them, with and without binaries") {
    lamina_test::random_source random("runtime shapes_save 1");
    const lamina_test::random_weights file = weights_for<pictures>(random);
    const lamina_test::temporary_folder folder;
    const engine made(plan<pictures>, file.opened());
    const std::vector<std::vector<int>> shapes{{1, 16}, {3, 16}, {5, 40}, {2, 8}};
    std::vector<std::vector<float>> images;
    for (const auto& s : shapes) images.push_back(image_of(random, s[0], s[1]));
    for (const bool with_binaries : {false, true}) {
        const std::string path = (folder.path / "net.plan").string();
        made.save(path,
            {.with_binaries = with_binaries,
                .shapes = {{{"batch", 3}}, {{"batch", 5}, {"size", 40}},
                    {{"batch", 2}, {"size", 8}}, {{"batch", 3}}, {}}});
        const engine loaded = engine::load(path, device::best(), trusted);
        REQUIRE(loaded.dims().size() == 2);
        CHECK(loaded.dims()[1].opt == 16);
        CHECK(loaded.plan().shapes.size() == 3);
        context run = loaded.make_context();
        for (std::size_t i = 0; i < shapes.size(); ++i) {
            const int batch = shapes[i][0], size = shapes[i][1];
            const shape_words own = plan<pictures>.shapes->plan(shapes[i]);
            const engine alone(std::as_bytes(std::span(own.words)), file.opened());
            const std::vector<float> wanted = alone.run(images[i]).values;
            run.set_input("image", images[i], {batch, 3, size, size}).run();
            CHECK(run.dims("scores") == shape{batch, 10});
            const auto got = run.get("scores");
            CHECK(std::vector<float>(got.begin(), got.end()) == wanted);
            const engine at = loaded.at({{"batch", batch}, {"size", size}});
            CHECK(at.run(images[i]).values == wanted);
            // Programs are those of the file, or built once for all of its shapes.
            for (const engine_report::kernel_row& row : at.report().kernels) {
                CAPTURE(row.note);
                if (with_binaries) CHECK(row.note != "built");
                if (i && at.report().launches < at.plan().steps.size())
                    CHECK(row.note == "shared with another shape");
            }
        }
        if (with_binaries)
            for (const engine_report::kernel_row& row : loaded.report().kernels)
                CHECK(row.note == "binary: from the plan");

        // What was loaded is saved again, all of it or a part.
        const std::string again = (folder.path / "again.plan").string();
        loaded.at({{"batch", 3}}).save(again, {.shapes = {{{"batch", 2}, {"size", 8}}}});
        const engine part = engine::load(again);
        CHECK(part.dims()[0].opt == 3);
        CHECK(part.run(images[1]).values == made.at({{"batch", 3}}).run(images[1]).values);
        CHECK(part.run(images[3], {2, 3, 8, 8}).values == made.run(images[3], {2, 3, 8, 8}).values);
        CHECK_THROWS_AS(part.at({{"batch", 5}, {"size", 40}}), error);
    }
}

TEST_CASE("a shape that a file lacks is one sentence with the nearest ones") {
    lamina_test::random_source random("runtime shapes_save 2");
    const lamina_test::random_weights file = weights_for<pictures>(random);
    const lamina_test::temporary_folder folder;
    const std::string path = (folder.path / "net.plan").string();
    const engine made(plan<pictures>, file.opened());
    made.save(path, {.shapes = {{{"batch", 4}}, {{"size", 40}}, {{"batch", 5}, {"size", 20}}}});
    const mapped_file bytes(path);
    const engine loaded = engine::load(bytes.bytes(), "net.plan");
    context run = loaded.make_context();
    const char* sentence
        = "net.plan has no plan at batch 5, size 16; of its 4 shapes the nearest are batch 4, size "
          "16; batch 5, size 20 and batch 1, size 16; run one of these, or save the engine with "
          "that shape too (save_options::shapes)";
    for (const std::function<void()>& call : std::vector<std::function<void()>>{
             [&] { loaded.at({{"batch", 5}}); }, [&] { run.reshape({{"batch", 5}}); },
             [&] { run.set_input("image", image_of(random, 5, 16), {5, 3, 16, 16}); },
             [&] { loaded.run(image_of(random, 5, 16), {5, 3, 16, 16}); },
             [&] { loaded.prepare({{{"batch", 5}}}); },
             [&] {
                 loaded.save((folder.path / "x.plan").string(), {.shapes = {{{"batch", 5}}}});
             }}) {
        const caught fault = fault_of(call);
        CHECK(fault.code == errc::shape);
        CHECK(fault.what == sentence);
    }
    CHECK(run.dims("image") == shape{1, 3, 16, 16});
    // A value that no plan could have is told as ever.
    CHECK(fault_of([&] {
        loaded.at({{"size", 18}});
    }).says("dim 'size' cannot be 18, it is 8 to 40 in steps of 4"));

    // A file of one shape has no dims.
    made.save(path);
    const engine one = engine::load(path);
    CHECK(one.dims().empty());
    CHECK(fault_of([&] { one.at({{"batch", 2}}); }).says("its shapes are fixed"));
    const engine fixed(plan<plain>, weights());
    CHECK(fault_of([&] { fixed.save(path, {.shapes = {{{"n", 2}}}}); }).says("has no dims"));
}

TEST_CASE("weights that only some shapes have are in the file once") {
    lamina_test::random_source random("runtime shapes_save 3");
    const lamina_test::random_weights file = weights_for<with_ramp>(random);
    const lamina_test::temporary_folder folder;
    const std::string path = (folder.path / "net.plan").string();
    const engine made(plan<with_ramp>, file.opened());
    const auto check = [&](const engine& loaded, std::vector<int> all) {
        for (const int n : all) {
            const std::vector<float> x = random.numbers(static_cast<std::size_t>(n) * 4, -1, 1);
            CHECK(loaded.run(x, {n, 4}).values == made.run(x, {n, 4}).values);
        }
    };
    made.save(path, {.shapes = {{{"n", 9}}, {{"n", 3}}}});
    check(engine::load(path), {4, 9, 3, 9});
    made.at({{"n", 7}}).save(path, {.shapes = {{{"n", 2}}}});
    const engine other = engine::load(path);
    CHECK(other.plan().inputs[0].dims == shape{7, 4});
    check(other, {7, 2});
    made.at({{"n", 3}}).save(path);
    CHECK(engine::load(path).dims().empty());
    check(engine::load(path), {3});
}

TEST_CASE("states and a batcher go with the shapes of a file") {
    const lamina_test::temporary_folder folder;
    const std::string path = (folder.path / "net.plan").string();
    const engine made(plan<counting>, weights());
    made.save(path, {.shapes = {{{"rows", 2}}, {{"rows", 6}}}});
    const engine loaded = engine::load(path, device::best(), {.reserve_arena = false});
    context run = loaded.make_context();
    run.set_input("x", std::vector<float>{1, 2, 3, 4}).run();
    run.set_input("x", std::vector<float>(24, 1), {6, 4}).run();
    CHECK(run.get("sum")[0] == 7);
    run.reshape({{"rows", 1}}).set_input("x", std::vector<float>(4, 10)).run();
    CHECK(run.get("sum")[3] == 20);

    lamina_test::random_source random("runtime shapes_save 4");
    const lamina_test::random_weights file = weights_for<pictures>(random);
    const engine pictures_made(plan<pictures>, file.opened());
    pictures_made.save(path, {.shapes = {{{"batch", 2}}, {{"batch", 4}}}});
    const engine pictures_loaded = engine::load(path);
    batcher requests(
        pictures_loaded, {.dim = "batch", .most = 4, .delay = std::chrono::milliseconds(100)});
    std::vector<std::future<results>> answers;
    std::vector<std::vector<float>> images;
    for (int i = 0; i < 3; ++i) {  // joined to three, which run as four
        images.push_back(image_of(random, 1, 16));
        answers.push_back(requests.submit({{"image", images.back()}}));
    }
    for (std::size_t i = 0; i < 3; ++i) {
        const result one = pictures_made.run(images[i]);
        const results got = answers[i].get();
        for (std::size_t k = 0; k < one.values.size(); ++k)
            CHECK(got["scores"].values[k] == doctest::Approx(one.values[k]).epsilon(1e-4));
    }
}

TEST_CASE("damaged tables of shapes are refused") {
    lamina_test::random_source random("runtime shapes_save 5");
    const lamina_test::random_weights file = weights_for<pictures>(random);
    const lamina_test::temporary_folder folder;
    const std::string path = (folder.path / "net.plan").string();
    const engine made(plan<pictures>, file.opened());
    made.save(path, {.shapes = {{{"batch", 3}}}});
    const auto loads = [](const std::vector<std::byte>& bytes) {
        return fault_of([&] { engine::load(bytes, "net.plan"); });
    };
    CHECK_NOTHROW(engine::load(changed(path, [](plan_records&) {}), "net.plan"));
    static constexpr std::int32_t three[] = {3}, same[] = {1, 16}, six[] = {6, 16},
                                  other[] = {4, 16}, axes[] = {0, -1, 2, 1};
    struct attack {
        const char* sentence;
        std::function<void(plan_records&)> change;
    };
    const attack attacks[] = {
        {"shape 0 has 1 values, the plan has 2 dims", [](auto& r) { r.shapes[0].values = three; }},
        {"shape 0 is there twice", [](auto& r) { r.shapes[0].values = same; }},
        {"shape 1 is there twice", [](auto& r) { r.shapes.push_back(r.shapes[0]); }},
        {"shape 0 has 6 for dim 'batch', which is none of its values",
            [](auto& r) { r.shapes[0].values = six; }},
        {"whose axis 0 should be 4", [](auto& r) { r.shapes[0].values = other; }},
        {"goes from 1 to 5 by 0 and is 1", [](auto& r) { r.dims[0].step = 0; }},
        {"goes from 5 to 5 by 1 and is 1", [](auto& r) { r.dims[0].min = 5; }},
        {"goes from -1 to 5 by 1", [](auto& r) { r.dims[0].min = -1; }},
        {"dim 'batch' is there twice", [](auto& r) { r.dims[1].name = "batch"; }},
        {"dim 0 has no name", [](auto& r) { r.dims[0].name = ""; }},
        {"says of 0 axes which dims they are, its inputs have 4", [](auto& r) { r.axes = {}; }},
        {"says of 4 axes",
            [](auto& r) {
                r.dims.clear();
                r.shapes.clear();
            }},
        {"names dim 2, the plan has 2", [](auto& r) { r.axes = axes; }},
        {"whose axis 0 should be 2", [](auto& r) { r.dims[0].opt = 2; }},
        {"bytes, 16 to", [](auto& r) { r.shapes[0].plan = r.shapes[0].plan.first(8); }},
        {"bytes that", [](auto& r) { r.shapes[0].plan = r.shapes[0].plan.first(2000); }},
    };
    for (const attack& a : attacks) {
        const caught fault = loads(changed(path, a.change));
        CAPTURE(a.sentence);
        CAPTURE(fault.what);
        CHECK((fault.code == errc::plan_limits || fault.code == errc::plan_damaged));
        CHECK(fault.says(a.sentence));
    }
    const mapped_file whole(path);
    const std::vector<std::byte> again(
        split_plan(whole.bytes(), path).plan.begin(), split_plan(whole.bytes(), path).plan.end());
    const attack inner[] = {
        {"has dims, weights or texts of its own", [](auto& r) { r.prelude = "x"; }},
        {"reads weights of", [](auto& r) { r.weight_bytes -= 64; }},
        {"is for another target", [](auto& r) { r.target = "gpu"; }},
        {"has inputs or outputs of other names", [](auto& r) { r.outputs[0].name = "x"; }},
        {"has inputs or outputs of other names", [](auto& r) { r.inputs[0].type = dtype::i32; }},
        {"has other states",
            [](auto& r) {
                r.states.push_back({"x", dtype::f32, {1}, 0});
                r.state_bytes = 128;
            }},
        {"it is of one shape and has plans of 1 others in it",
            [&](auto& r) {
                static constexpr std::int32_t value[] = {2}, all[] = {-1, -1, -1, -1};
                r.dims.push_back({"n", 1, 1, 2, 1});
                r.axes = all;
                r.shapes.push_back({value, again});
            }},
        {"of the arena, which has 128", [](auto& r) { r.arena_bytes = 128; }},
        {"takes bytes", [](auto& r) { r.steps[0].arguments[0].offset = 1u << 30; }},
        {"names kernel", [](auto& r) { r.steps[0].kernel = 1000; }},
    };
    for (const attack& a : inner) {
        const caught fault = loads(changed(path, [](plan_records&) {}, a.change));
        CAPTURE(a.sentence);
        CAPTURE(fault.what);
        CHECK(fault.code == errc::plan_limits);
        CHECK(fault.says(a.sentence));
        CHECK(fault.says("batch 3, size 16"));
    }
    // Code of another shape's plan needs the same trust.
    CHECK(loads(changed(
                    path, [](plan_records&) {},
                    [](auto& r) { r.binaries.push_back({"device", 0, 0, {}}); }))
              .code
        == errc::plan_trust);
    CHECK(loads(changed(
                    path, [](plan_records&) {},
                    [](auto& r) { r.kernels[0].text = "__kernel void evil() {}"; }))
              .code
        == errc::plan_trust);
}
