// SPDX-License-Identifier: Apache-2.0
// Networks of examples/zoo whose batch and sizes change: at shapes drawn in each run their results are, bit for bit,
// those of an engine of that shape alone, and near those of a plan that knows of no other shape. Some small
// networks are drawn; LAMINA_TEST_ZOO_SHAPES=PATTERN takes all that match, '*' every one (hours). Without a run, in
// seconds a network: their steps at other shapes are those of a plan for that shape, and read the same weights, but for
// tiles, which change no result. LAMINA_TEST_ZOO_STEPS=PATTERN takes all that match.
#include "examples/zoo/changing.hpp"
#include "examples/zoo/networks.hpp"
#include "examples/zoo/resnet.hpp"
#include "support/planned_shapes.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"

#include <lamina/core/pattern.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>
#include <lamina/planner/check_shapes.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/engine_shapes.hpp>
#include <lamina/runtime/engine_state.hpp>
#include <lamina/runtime/shared_weights.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

using namespace lamina_test;
using lamina::network;

namespace {

// [changing]
using pictures_of_any_size = zoo::changing<zoo::resnet<50>,
    zoo::changes{.batch = {.max = 8},
        .height = {.min = 96, .opt = 224, .max = 320, .step = 32},
        .width = {.min = 96, .opt = 224, .max = 320, .step = 32}}>;
// [/changing]

/// One of the list as a network with dims. Planners take a function without an object, so that one network at a
/// time is the current one.
struct current {
    static inline const zoo::entry* entry = nullptr;
    static inline zoo::changes wanted;
    static inline lamina::shape usual;

    static void choose(const zoo::entry& of) {
        entry = &of;
        wanted = zoo::small_changes(of);
        network net;
        of.define(net, nullptr);
        usual = net.nodes[0].dims;
    }
    static void define(network& net) {
        const lamina::shape dims = zoo::changing_input(net, usual, wanted);
        entry->define(net, &dims);
    }
};

using shapes_of_current = planned_shapes<current>;

/// Networks whose numbers are compared with each other: one that is a little off may choose another box.
bool chooses(const network& net) {
    return std::ranges::any_of(net.nodes, [](const lamina::node& n) {
        return n.kind == lamina::op::topk || n.kind == lamina::op::argmax;
    });
}

/// The current network at random values of its dims.
struct drawn_shape {
    std::vector<int> values;
    network net;

    drawn_shape(const lamina::dynamic_array<lamina::dim_range>& ranges, random_source& random) {
        std::vector<lamina::dim_value> chosen;
        for (const lamina::dim_range& r : ranges) {
            values.push_back(r.min + r.step * random.integer(0, r.steps()));
            chosen.push_back({r.at, values.back()});
        }
        net.chosen = chosen;
        current::define(net);
        net.chosen = {};  // its end is here
        lamina::check(net);
        for (const lamina::problem& found : net.problems)
            FAIL(std::string(full_sentence(found).view()));
    }
    std::string text() const { return std::string(lamina::detail::values_text(net.ranges).view()); }
};

using outputs = std::map<std::string, std::vector<float>>;
using inputs = std::map<std::string, std::vector<float>>;

inputs draw_inputs(const lamina::plan_records& plan, random_source& random) {
    inputs out;
    for (const lamina::plan_binding& b : plan.inputs)
        out[std::string(b.name)] = random.numbers(static_cast<std::size_t>(b.dims.count()));
    return out;
}

/// Sets inputs with the extents that they have in `at`, and runs. Whole numbers are 0 and 1, which all tables have.
outputs run(lamina::context& on, const lamina::plan_records& at, const inputs& values) {
    for (const lamina::plan_binding& b : at.inputs) {
        const std::vector<float>& given = values.at(std::string(b.name));
        if (b.type == lamina::dtype::f32) {
            on.set_input(b.name, given, b.dims);
            continue;
        }
        std::vector<int> whole;
        for (const float x : given) whole.push_back(x > 0);
        on.set_input(b.name, whole, b.dims);
    }
    on.run();
    outputs out;
    for (const lamina::plan_binding& b : at.outputs) {
        CHECK(on.dims(b.name) == b.dims);
        std::vector<float>& to = out[std::string(b.name)];
        const auto keep = [&](const auto& found) { to.assign(found.begin(), found.end()); };
        if (b.type == lamina::dtype::f32)
            keep(on.get(b.name));
        else
            keep(on.get<int>(b.name));
    }
    return out;
}

outputs run_alone(const lamina::engine& engine, const inputs& values) {
    lamina::context alone = engine.make_context();
    return run(alone, engine.plan(), values);
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), 4 * a.size()) == 0;
}

/// The largest difference over the largest magnitude.
double difference(const std::vector<float>& found, const std::vector<float>& wanted) {
    REQUIRE(found.size() == wanted.size());
    double off = 0, largest = 1e-30;
    for (std::size_t i = 0; i < found.size(); ++i) {
        largest = std::max(largest, std::fabs(double{wanted[i]}));
        off = std::max(off, std::fabs(double{found[i]} - double{wanted[i]}));
    }
    return off / largest;
}

/// At `count` random shapes, and once more at the first one.
void check_shapes(const zoo::entry& of, int count, random_source& random) {
    INFO(std::string(of.name));
    current::choose(of);
    network net;
    lamina::define_and_check<current>(net);
    for (const lamina::problem& found : net.problems)
        FAIL(std::string(full_sentence(found).view()));
    const random_weights file(net, random);
    const lamina::target target = lamina::target_for(lamina::device::best());
    const shapes_of_current planned(target);
    const lamina::engine made(planned, file.opened());
    lamina::context changing = made.make_context();
    inputs first_values;
    std::vector<int> first;
    outputs of_first;
    for (int round = 0; round < count; ++round) {
        const drawn_shape at(net.ranges, random);
        INFO(at.text());
        const lamina::shape_words words = shapes_of_current::plan(at.values);
        REQUIRE(words.fault.empty());
        const lamina::engine fixed(std::as_bytes(std::span(words.words)), file.opened());
        const inputs given = draw_inputs(fixed.plan(), random);
        const outputs found = run(changing, fixed.plan(), given);
        const outputs wanted = run_alone(fixed, given);
        for (const auto& [name, all] : wanted) CHECK_MESSAGE(same_bits(found.at(name), all), name);
        if (round == 0) {
            // Plans for one shape may choose other tactics, whose sums are in another order.
            const lamina::engine plain(lamina::plan_at_run_time(at.net, target), file.opened());
            if (!chooses(at.net))
                for (const auto& [name, all] : run_alone(plain, given))
                    CHECK_MESSAGE(difference(found.at(name), all) < 1e-3, name);
            first = at.values;
            first_values = given;
            of_first = found;
        } else if (round + 1 == count) {
            const lamina::shape_words again = shapes_of_current::plan(first);
            const lamina::plan_view plan
                = lamina::plan_view::open(std::as_bytes(std::span(again.words)), "first");
            for (const auto& [name, all] : run(changing, *plan, first_values))
                CHECK_MESSAGE(same_bits(of_first.at(name), all), name);
        }
    }
}

/// What a step's kernel is called with or has as a constant, by name.
std::map<std::string, std::string> numbers_of(
    const lamina::plan_records& plan, const lamina::plan_step& step) {
    const lamina::detail::kernel_lines lines(plan.kernels[step.kernel].defines);
    std::map<std::string, std::string> out;
    for (const auto& [name, text] : lines.constants)
        out[std::string(name)] = text.substr(text.starts_with(' '));
    REQUIRE(lines.arguments.size() == step.numbers.size());
    for (std::size_t i = 0; i < lines.arguments.size(); ++i)
        CHECK(out.emplace(lines.arguments[i], std::to_string(step.numbers[i])).second);
    return out;
}

bool has_tactic(const lamina::plan_kernel& kernel, std::uint32_t wanted) {
    return std::ranges::find(kernel.tactics, wanted) != kernel.tactics.end();
}

/// The shapes of the current network as an engine has them before it packs and builds.
struct shapes_without_programs {
    shapes_of_current planned;
    lamina::detail::engine_shapes all;

    shapes_without_programs(const lamina::target& target, const lamina::device& dev)
        : planned(target) {
        all.source = std::make_shared<lamina::detail::shape_source>(*planned.shapes);
        all.first = std::make_shared<lamina::detail::engine_state>(
            lamina::plan_view::open(planned, "opt"), dev);
        all.first->threads = 2;
        lamina::detail::prepare_programs(all, *all.first);
        all.programs.ready = all.programs.kernels().size();
    }

    /// Whether an argument reads the weights that it reads in a plan for this shape alone.
    void check_weights(const lamina::plan_records& alone, const lamina::plan_argument& wanted,
        const lamina::detail::array_places& places, const lamina::plan_argument& found) const {
        std::size_t at = 0;
        while (at + 1 < alone.weights.size() && alone.weights[at + 1].offset <= wanted.offset) ++at;
        const std::uint64_t begin = found.offset - (wanted.offset - alone.weights[at].offset);
        const auto& arrays = found.index ? places.further : all.first->plan->weights;
        const auto same = std::ranges::find(arrays, begin, &lamina::plan_weight::offset);
        REQUIRE(same != arrays.end());
        CHECK(lamina::detail::same_recipe(*same, alone.weights[at]));
    }

    /// Compares the steps of a shape with those of a plan for it alone. Returns how many find no kernel.
    std::size_t check(const std::vector<int>& values) const {
        const lamina::detail::planned_shape own = lamina::detail::plan_shape_beside(
            *all.source, *all.first->plan, all.packings, values);
        const lamina::plan_records& alone = *own.plan;
        lamina::plan_records made = alone;
        lamina::detail::rewritten_steps rewritten;
        lamina::detail::move_arrays(made, own.places);
        const std::size_t missing
            = lamina::detail::use_built(made, all.programs, rewritten, all.first->threads);
        REQUIRE(made.steps.size() == alone.steps.size());
        for (std::size_t i = 0; i < made.steps.size(); ++i) {
            INFO(step_text(alone, i));
            const lamina::plan_step &found = made.steps[i], &wanted = alone.steps[i];
            const lamina::plan_kernel& kernel = alone.kernels[wanted.kernel];
            CHECK(made.kernels[found.kernel].family == kernel.family);
            CHECK(numbers_of(made, found) == numbers_of(alone, wanted));
            CHECK(has_tactic(kernel, found.tactic));
            for (const std::uint32_t t : made.kernels[found.kernel].tactics)
                CHECK(has_tactic(kernel, t));
            CHECK(std::ranges::equal(found.extents, wanted.extents));
            REQUIRE(found.arguments.size() == wanted.arguments.size());
            for (std::size_t a = 0; a < found.arguments.size(); ++a) {
                const lamina::plan_argument &x = found.arguments[a], &y = wanted.arguments[a];
                CHECK((x.space == y.space && x.type == y.type));
                if (y.space == lamina::memory_space::weights)
                    check_weights(alone, y, own.places, x);
                else
                    CHECK((x.index == y.index && x.offset == y.offset));
            }
        }
        return missing;
    }
};

/// At `count` random shapes: the steps that would build a kernel.
std::size_t check_steps(const zoo::entry& of, int count, random_source& random) {
    INFO(std::string(of.name));
    current::choose(of);
    network net;
    lamina::define_and_check<current>(net);
    const lamina::device dev = lamina::device::best();
    const shapes_without_programs shapes(lamina::target_for(dev), dev);
    std::size_t missing = 0;
    for (int round = 0; round < count; ++round) {
        const drawn_shape at(net.ranges, random);
        INFO(at.text());
        missing += shapes.check(at.values);
    }
    return missing;
}

/// What depends on the image's size: how many values are kept, among how many boxes, the windows of a pool, short and
/// long axes.
void define_kept(network& net, const lamina::shape* dims) {
    using namespace lamina;
    const tensor x = net.input("image", dims ? *dims : lamina::shape{1, 3, 64, 64})
        | conv2d{"conv", {.out = 16, .kernel = 3, .stride = 4, .pad = 1}};
    const int pixels = x.dims.h * x.dims.w;
    const tensor rows = x | flatten{2} | transpose{1, 2};
    const tensor scores = rows | slice{2, {.start = 4, .stop = 5}} | squeeze{2} | sigmoid{};
    net.output("most", (scores | topk{pixels / 3}).values);
    net.output("few", (scores | topk{.k = pixels / 9, .largest = false}).indices);
    const tensor boxes = rows | slice{2, {.stop = 4}};
    net.output("boxes",
        nms(concat({boxes, boxes + 2.f}, 2) | slice{2, {.stop = 4}}, scores | unsqueeze{1},
            {.most = 9})
            .scores);
    net.output("pooled", x | adaptive_avg_pool{{3, 2}} | lamina::tanh{});
    net.output("deeper", x | adaptive_max_pool{{1, 4}});
    net.output("scaled", (x | softmax{3}) * (x | silu{}));
}
constexpr zoo::entry kept{"kept", define_kept};

/// Quick to build: their engines hold few kernels.
constexpr const char* small[]
    = {"lenet", "squeezenet1_1", "mobilenet_v1", "resnet18", "yolov3_tiny", "crnn", "mtcnn_pnet"};

}  // namespace

TEST_CASE("networks of the zoo at random shapes give what engines of these shapes give") {
    random_source random("zoo shapes");
    if (const char* pattern = std::getenv("LAMINA_TEST_ZOO_SHAPES")) {
        for (const zoo::entry& of : zoo::networks()) {
            if (!lamina::matches(pattern, of.name)) continue;
            std::printf("%s\n", of.name);
            std::fflush(stdout);
            check_shapes(of, 4, random);
        }
        return;
    }
    const int count = static_cast<int>(std::size(small));
    check_shapes(*zoo::find(small[random.integer(0, count - 1)]), 2, random);
}

TEST_CASE("networks of the zoo at random shapes have the steps of plans for these shapes") {
    random_source random("zoo shapes, steps");
    const std::span<const zoo::entry> all = zoo::networks();
    if (const char* pattern = std::getenv("LAMINA_TEST_ZOO_STEPS")) {
        for (const zoo::entry& of : all) {
            if (!lamina::matches(pattern, of.name)) continue;
            const std::size_t missing = check_steps(of, 4, random);
            std::printf("%s: %zu steps without a kernel\n", of.name, missing);
            std::fflush(stdout);
        }
        return;
    }
    for (int i = 0; i < 3; ++i)
        check_steps(
            all[static_cast<std::size_t>(random.integer(0, static_cast<int>(all.size()) - 1))], 2,
            random);
}

TEST_CASE("kept values, boxes and windows that follow from the image find a built kernel") {
    random_source random("kept values");
    CHECK(check_steps(kept, 40, random) == 0);
    check_shapes(kept, 3, random);
}

TEST_CASE(
    "every network of the zoo takes any batch, and most take pictures and texts of any size") {
    random_source random("zoo shapes, plans");
    int of_any_size = 0;
    for (const zoo::entry& of : zoo::networks()) {
        INFO(std::string(of.name));
        current::choose(of);
        network net;
        lamina::define_and_check<current>(net);
        for (const lamina::problem& found : net.problems)
            FAIL_CHECK(std::string(full_sentence(found).view()));
        REQUIRE(!net.ranges.empty());
        of_any_size += net.ranges.size() > 1;
        const drawn_shape at(net.ranges, random);
        INFO(at.text());
        const auto plan = lamina::plan_at_run_time(at.net, lamina::cpu);
        const auto view = lamina::plan_view::open(plan);
        CHECK(view->inputs[0].dims == at.net.nodes[0].dims);
    }
    CHECK(of_any_size * 10 > static_cast<int>(zoo::networks().size()) * 8);
}

TEST_CASE("a network of the zoo is one with dims by its type") {
    network net;
    lamina::define_and_check<pictures_of_any_size>(net);
    CHECK(net.problems.empty());
    CHECK(std::string(lamina::detail::values_text(net.ranges).view())
        == "batch 1, height 224, width 224");
    const lamina::dim_value chosen[] = {{"batch", 5}, {"width", 96}};
    network other;
    other.chosen = chosen;
    pictures_of_any_size::define(other);
    CHECK(other.nodes[0].dims == lamina::shape{5, 3, 224, 96});
}
