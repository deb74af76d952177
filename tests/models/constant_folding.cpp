// SPDX-License-Identifier: Apache-2.0
// What weights alone decide is computed when an engine is made: the reference's numbers on every target, and the
// bits that runs without constant folding give.
#include "support/faults.hpp"
#include "support/hand_weights.hpp"
#include "support/inputs.hpp"
#include "support/on_targets.hpp"
#include "support/quick_kernels.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"
#include "support/temporary.hpp"

#include <doctest/doctest.h>
#include <lamina/debug.hpp>
#include <lamina/define.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <bit>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

using namespace lamina;

namespace {

constexpr target all_targets[] = {cpu, cpu_avx2, gpu, cpu.half(), gpu.bf16()};
constexpr target of_floats[] = {cpu, cpu_avx2, cpu_neon, gpu};

/// Swin's mask: a bias from a table, and which windows' parts see each other.
void windows(network& net) {
    constexpr int windows = 4, places = 9, heads = 2;
    const tensor x = net.input("x", {2, windows, heads, places, 8});
    std::vector<int> pairs(places * places), parts(windows * places);
    for (int i = 0; i < places * places; ++i) pairs[static_cast<std::size_t>(i)] = 7 * i % 25;
    for (int i = 0; i < windows * places; ++i) parts[static_cast<std::size_t>(i)] = i * i % 3;
    tensor mask = gather(net.parameter("table", {25, heads}), net.constant(pairs), 0)
        | reshape{{places, places, heads}}
        | permute{{2, 0, 1}}
        | reshape{{1, 1, heads, places, places}};
    const tensor part = net.constant(parts, {1, windows, 1, places, 1});
    const tensor differ = ne(part, part | reshape{{1, windows, 1, 1, places}});
    mask = mask + cast(differ, dtype::f32) * -1e9f;
    net.output("y", attention(x, x, x | lamina::tanh{}, {.mask = mask}));
}

/// A table of positions that is resized for a picture, and factors of its channels, for images in blocks.
void positions(network& net) {
    const tensor x = net.input("x", {2, 3, 12, 10})
        | conv2d{"patches", {.out = 24, .kernel = 2, .stride = 2, .bias = true}};
    const tensor table = net.parameter("table", {1, 24, 4, 4})
        | resize{{.size = {6, 5}, .mode = bicubic, .coordinates = half_pixel}};
    const tensor factor = net.parameter("factor", {24}) | lamina::tanh{} | reshape{{1, 24, 1, 1}};
    net.output("y", ((x + table) * factor) | conv2d{"last", {.out = 5, .kernel = 3}});
    net.output("rows", x | max_pool{{.kernel = 2}} | flatten{});
}

/// A factor of a product with its rows normalised, which two products and the caller read; joined biases.
void weight_norm(network& net) {
    const tensor x = net.input("x", {3, 16});
    const tensor v = net.parameter("v", {12, 16});
    const tensor w = (v | lp_normalize{{.p = 2, .axis = 1}}) * net.parameter("g", {12, 1});
    const tensor y = matmul(x, w, {.transpose_b = true});
    net.output("w", w);
    net.output("y", y + concat({net.parameter("b1", {5}), net.parameter("b2", {7}) | relu{}}, 0));
    net.output("again", matmul(y | relu{}, w));
}

/// Nothing but constants, of each type; a scalar; what it is made of is read by an input's layers too.
void constants_alone(network& net) {
    const tensor a = net.parameter("a", {2, 3, 4});
    const tensor count = (net.constant({5, 6, 7}) * 3) | cumsum{0};
    net.output("a", a | softmax{2} | permute{{2, 0, 1}});
    net.output("count", count);
    net.output("above", gt(a, 0.125f));
    net.output("sum", a | reduce_sum{});
    net.output("x", net.input("x", {4}) * (a | reduce_mean{{0, 1}}) + a);
}

struct result_bits {
    std::string at;
    std::vector<std::uint32_t> words;
    bool operator==(const result_bits&) const = default;
};

std::vector<result_bits> bits_of(const engine& made, const reference_inputs& inputs) {
    context run = made.make_context();
    for (const auto& [name, x] : inputs) run.set_input(name, x.values);
    run.run();
    std::vector<result_bits> out;
    for (const plan_binding& b : made.plan().outputs) {
        result_bits& one = out.emplace_back(result_bits{std::string(b.name), {}});
        if (b.type == dtype::i32)
            for (const int value : run.get<int>(b.name))
                one.words.push_back(static_cast<std::uint32_t>(value));
        else if (b.type == dtype::boolean)
            for (const std::uint8_t value : run.get<std::uint8_t>(b.name))
                one.words.push_back(value);
        else
            for (const float value : run.get(b.name))
                one.words.push_back(std::bit_cast<std::uint32_t>(value));
    }
    return out;
}

/// A network with its weights and inputs.
struct instance {
    network net;
    lamina_test::random_source random;
    lamina_test::random_weights weights;
    reference_inputs inputs;

    template <class Define>
    instance(const std::string& name, Define define)
        : net(made(define)), random(name), weights(net, random),
          inputs(lamina_test::random_floats(net, random)) {}
    engine on(const target& made_for) const {
        return engine(plan_at_run_time(net, made_for), weights.opened());
    }

private:
    template <class Define> static network made(Define define) {
        network out;
        define(out);
        check(out);
        for (const problem& p : out.problems) FAIL_CHECK(full_sentence(p).c_str());
        REQUIRE(out.problems.empty());
        return out;
    }
};

/// Expressions of parameters that end in a function without rounding: a compiler contracts no product and sum
/// across the cut then, and bits are equal.
class random_constants {
public:
    random_constants(network& net, lamina_test::random_source& random)
        : net_(net), random_(random) {}

    tensor make(const shape& dims) {
        tensor x = net_.parameter(name("p", ++count_), dims);
        for (int i = random_.integer(1, 4); i > 0; --i) x = layer(x);
        if (random_.integer(0, 2) == 0) known_.push_back(x);
        return max(x, -0.75f);
    }

private:
    network& net_;
    lamina_test::random_source& random_;
    std::vector<tensor> known_;
    int count_ = 0;

    tensor layer(const tensor& x) {
        const int axis = random_.integer(0, x.dims.rank - 1), extent = x.dims[axis];
        switch (random_.integer(0, 9)) {
        case 0:
            return x * 0.75f + 0.5f;
        case 1:
            return (x | relu{}) - 0.25f;
        case 2:
            return x * net_.parameter(name("p", ++count_), {x.dims[x.dims.rank - 1]});
        case 3:
            return gather(x,
                net_.constant(std::vector<int>(static_cast<std::size_t>(extent), extent - 1)) - 0,
                axis);
        case 4:
            return x | softmax{axis};
        case 5:
            return x | flip{axis};
        case 6:
            return (x | reduce_mean{axis, keep_dims}) + x;
        case 7:
            return where(gt(x, 0.1f), x, x * 0.25f);
        case 8:
            for (const tensor& other : known_)
                if (other.dims == x.dims) return x + other;
            return x | relu{};
        default: {
            const tensor all = concat({x, net_.parameter(name("p", ++count_), x.dims)}, axis);
            return all | slice{axis, {.start = extent / 2, .stop = extent / 2 + extent}};
        }
        }
    }
};

void random_network(network& net, lamina_test::random_source& random) {
    random_constants constants(net, random);
    const int channels = random.integer(1, 2) * random.integer(3, 17), side = random.integer(2, 7);
    tensor x = net.input("x", {random.integer(1, 2), channels, side, side + 1});
    for (int i = 0; i < 6; ++i) {
        const shape& d = x.dims;
        switch (random.integer(0, d.rank == 4 ? 4 : 3)) {
        case 0:
            x = x + constants.make({d[d.rank - 1]});
            break;
        case 1: {
            shape dims = d;
            for (int axis = 0; axis < d.rank; ++axis)
                if (random.integer(0, 2) == 0) dims.at(axis) = 1;
            x = max(x, constants.make(dims));
            break;
        }
        case 2: {
            const int width = random.integer(1, 20);
            x = matmul(x, constants.make({d[d.rank - 1], width}));
            break;
        }
        case 3:
            x = x | softmax{d.rank - 1};
            break;
        default:
            x = x
                | conv2d{
                    name("conv", i), {.out = random.integer(2, 20), .kernel = 1, .bias = true}};
            if (random.integer(0, 2) == 0) x = x | flatten{};
        }
        if (random.integer(0, 5) == 0) net.output(name("constant", i), constants.make({3, 4}));
    }
    net.output("y", x);
}

}  // namespace

TEST_CASE("constant folding: every target computes the reference's numbers") {
    lamina_test::check_on_devices("windows", windows, all_targets);
    lamina_test::check_on_devices("positions", positions, all_targets);
    lamina_test::check_on_devices("weight norm", weight_norm, all_targets);
    lamina_test::check_on_devices("constants alone", constants_alone, all_targets);
}

TEST_CASE("constant folding: the same bits as computed in every run") {
    for (const auto& [name, define] :
        {std::pair("windows", &windows), std::pair("weight norm", &weight_norm),
            std::pair("constants alone", &constants_alone)})
        for (const target& made_for : of_floats) {
            INFO(std::string(name), " for ", std::string(made_for.label()));
            const instance of(name, define);
            const lamina_test::quick_kernels quick(made_for);  // both, or other sums are contracted
            const engine with = of.on(made_for), without = of.on(made_for.constant_folding(false));
            CHECK(with.plan().steps.size() < without.plan().steps.size());
            CHECK(with.report().constants_ms > 0);
            CHECK(without.report().constants_ms == 0);
            CHECK(bits_of(with, of.inputs) == bits_of(without, of.inputs));
        }
}

TEST_CASE("constant folding: random networks give the same bits as computed in every run") {
    int folded = 0;
    for (int number = 0; number < 6; ++number) {
        lamina_test::random_source random("constant folding " + std::to_string(number));
        const instance of("weights of constant folding " + std::to_string(number),
            [&](network& net) { random_network(net, random); });
        const target& made_for = of_floats[number % 4];
        INFO("seed ", lamina_test::test_seed(), ", network ", number, " for ",
            std::string(made_for.label()));
        const lamina_test::quick_kernels quick(made_for);  // both, or other sums are contracted
        const engine with = of.on(made_for), without = of.on(made_for.constant_folding(false));
        folded += !with.plan().constants.empty();
        CHECK(with.plan().steps.size() <= without.plan().steps.size());
        CHECK(bits_of(with, of.inputs) == bits_of(without, of.inputs));
    }
    CHECK(folded > 0);
}

TEST_CASE(
    "constant folding: steps are compared with the reference by the nodes that they compute") {
    for (const target& made_for : {cpu, gpu}) {
        const instance of("windows", windows);
        const lamina_test::quick_kernels quick(made_for);
        const engine made = of.on(made_for);
        context run = made.make_context();
        const reference oracle(of.net, of.weights.lookup());
        const step_comparison found = compare_steps(run, oracle, of.inputs);
        CHECK_MESSAGE(found.same, found.sentence());
        CHECK(found.compared > 1);
    }
}

TEST_CASE("constant folding: a missing tensor's message suggests none that another layer reads") {
    network net;
    const tensor x = net.input("x", {4});
    net.output("y", x * net.parameter("scale1", {4}) + net.parameter("scale2", {4}) * 2.f);
    const run_time_plan plan = plan_at_run_time(net, cpu);
    REQUIRE(plan.constant_steps == 1);
    lamina_test::hand_weights file;
    file.add("scale1", {4}, std::vector<float>(4, 1.0f));
    const auto found = lamina_test::fault_of([&] { engine(plan, file.open()); });
    CHECK(found.code == errc::tensor_missing);
    CHECK(found.says("no tensor 'scale2', and none of a name like it"));
}

TEST_CASE("constant folding: saved plans, other devices and tuned engines have what was computed") {
    const instance of("windows", windows);
    const engine made = of.on(cpu);
    const auto expected = bits_of(made, of.inputs);
    const lamina_test::temporary_folder folder;
    const std::string path = (folder.path / "windows.plan").string();
    made.save(path);
    const engine loaded = engine::load(path);
    CHECK(loaded.plan().constants.empty());
    CHECK(loaded.plan().steps.size() == made.plan().steps.size());
    CHECK(bits_of(loaded, of.inputs) == expected);
    CHECK(bits_of(loaded.on(device::best()), of.inputs) == expected);
    CHECK(bits_of(made.on(device::best(), {.threads = 1}), of.inputs) == expected);
    CHECK(bits_of(made.tuned(timing_cache()), of.inputs) == expected);
    loaded.save(path);
    CHECK(bits_of(engine::load(path), of.inputs) == expected);
}
