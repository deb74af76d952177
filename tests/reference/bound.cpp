// SPDX-License-Identifier: Apache-2.0
// Error bounds: wide enough for any right way to add up, for any numbers; narrow enough to see a
// wrong index, a lost tap, a lost bias, and sums in half where floats were promised.
#include "support/near.hpp"
#include "support/random_weights.hpp"

#include <lamina/define.hpp>
#include <lamina/runtime/half.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <limits>

using namespace lamina;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr arithmetic in_float{}, in_half{dtype::f16}, in_bfloat{dtype::bf16};

float to_half_and_back(float x) { return from_half(to_half(x)); }
float stored_in(dtype storage, float x) {
    return storage == dtype::f16 ? to_half_and_back(x)
        : storage == dtype::bf16 ? from_bfloat(to_bfloat(x))
                                 : x;
}

/// How a convolution is done, rightly or with one fault.
struct way {
    dtype storage = dtype::f32;
    int lanes = 1;  ///< partial sums, one behind the other or side by side
    bool backwards = false;
    bool half_sums = false;  ///< fault: partial sums are rounded to half
    int lost_tap = -1;       ///< fault: this product is left out
    int shift = 0;           ///< fault: columns are read that far to the right
    bool with_bias = true;   ///< fault if not
};

constexpr int channels = 6, size = 9, outs = 5, taps = channels * 25;

void define_conv(network& net) {
    net.output("y",
        net.input("x", {1, channels, size, size})
            | conv2d{"conv", {.out = outs, .kernel = 5, .pad = 2, .bias = true}});
}

std::vector<float> convolve(const std::vector<float>& x, std::span<const float> weight,
    std::span<const float> bias, const way& by) {
    const auto kept = [&](float v) { return stored_in(by.storage, v); };
    std::vector<float> out;
    for (int o = 0; o < outs; ++o)
        for (int row = 0; row < size; ++row)
            for (int column = 0; column < size; ++column) {
                float sums[16] = {};
                for (int i = 0; i < taps; ++i) {
                    const int tap = by.backwards ? taps - 1 - i : i;
                    const int c = tap / 25, h = row - 2 + tap / 5 % 5;
                    const int w = column - 2 + tap % 5 + by.shift;
                    if (tap == by.lost_tap || h < 0 || h >= size || w < 0 || w >= size) continue;
                    float& sum = sums[i % by.lanes];
                    sum += kept(weight[static_cast<std::size_t>(o * taps + tap)])
                        * kept(x[static_cast<std::size_t>((c * size + h) * size + w)]);
                    if (by.half_sums) sum = to_half_and_back(sum);
                }
                float sum = by.with_bias ? bias[static_cast<std::size_t>(o)] : 0;
                for (int lane = 0; lane < by.lanes; ++lane) sum += sums[lane];
                out.push_back(kept(sum));
            }
    return out;
}

bound_check try_conv(const way& by, int draw) {
    lamina_test::random_source random("bound" + std::to_string(draw));
    network net;
    define_conv(net);
    const lamina_test::random_weights weights(net, random);
    reference_tensor x({1, channels, size, size});
    x.values = random.numbers(x.values.size());
    const arithmetic promised{by.storage};
    const reference oracle(net, weights.lookup());
    const auto values = oracle.run({{"x", x}}, promised);
    const std::vector<float> found
        = convolve(x.values, weights.lookup()("conv.weight"), weights.lookup()("conv.bias"), by);
    return check_bound(std::span<const float>(found), oracle.output(values, "y"), promised);
}

/// A network of linear layers on [4, 32], relus and norms, in floats or with other storage.
std::vector<float> run_rows(
    const network& net, const weights_lookup& find, std::vector<float> x, dtype storage) {
    const auto kept = [&](float v) { return stored_in(storage, v); };
    for (const node& n : net.nodes) {
        const auto columns = static_cast<std::size_t>(n.dims[1]);
        std::vector<float> y;
        if (n.kind == op::input) continue;
        if (n.kind == op::pointwise) {
            for (float v : x) y.push_back(v > 0 ? v : 0);
        } else if (n.kind == op::linear) {
            const auto w = find((n.at / "weight").view()), b = find((n.at / "bias").view());
            const std::size_t inputs = w.size() / columns;
            for (std::size_t row = 0; row < x.size() / inputs; ++row)
                for (std::size_t o = 0; o < columns; ++o) {
                    float sum = 0;
                    for (std::size_t i = 0; i < inputs; ++i)
                        sum += kept(w[o * inputs + i]) * x[row * inputs + i];
                    y.push_back(kept(sum + b[o]));
                }
        } else {
            const auto w = find((n.at / "weight").view()), b = find((n.at / "bias").view());
            for (std::size_t row = 0; row < x.size() / columns; ++row) {
                float mean = 0, square = 0;
                for (std::size_t i = 0; i < columns; ++i) mean += x[row * columns + i];
                mean /= static_cast<float>(columns);
                for (std::size_t i = 0; i < columns; ++i) {
                    const float off = x[row * columns + i] - mean;
                    square += off * off;
                }
                const float factor
                    = 1 / std::sqrt(square / static_cast<float>(columns) + n.attr.scalars[0]);
                for (std::size_t i = 0; i < columns; ++i)
                    y.push_back(kept((x[row * columns + i] - mean) * factor * w[i] + b[i]));
            }
        }
        x = std::move(y);
    }
    return x;
}

void define_rows(network& net) {
    tensor x = net.input("x", {4, 32});
    for (int i = 0; i < 6; ++i)
        x = x | linear{name("fc", i), 32 + 16 * (i % 3)} | relu{} | layer_norm{name("norm", i)};
    net.output("y", x);
}

/// `found` against one value with one spread.
bool is_within(float found, float wanted, float spread, const arithmetic& by = in_float) {
    reference_tensor expected({1});
    expected.values = {wanted};
    expected.spread = {spread};
    return check_bound(std::span<const float>(&found, 1), expected, by).holds;
}

}  // namespace

TEST_CASE("bounds hold for every right way to add up, whatever is drawn") {
    for (int draw = 0; draw < 20; ++draw) {
        CAPTURE(lamina_test::test_seed());
        for (const way& by : {way{}, way{.backwards = true}, way{.lanes = 16},
                 way{.storage = dtype::f16}, way{.storage = dtype::f16, .lanes = 4},
                 way{.storage = dtype::bf16}, way{.storage = dtype::bf16, .lanes = 4}}) {
            const bound_check found = try_conv(by, draw);
            CHECK_MESSAGE(found.holds, found.sentence());
            CHECK(found.unjudged == 0);
        }
    }
}

TEST_CASE("bounds see a fault of one index, one tap, the bias or half sums") {
    // Of several draws: one may have weights of about 0 where a tap is lost.
    constexpr int draws = 8;
    constexpr std::size_t nearly_all = draws * outs * size * size * 9 / 10;
    const auto outside = [](const way& by) {
        std::size_t sum = 0;
        for (int draw = 0; draw < draws; ++draw) sum += try_conv(by, draw).outside;
        return sum;
    };
    for (const dtype storage : {dtype::f32, dtype::f16, dtype::bf16}) {
        CAPTURE(lamina_test::test_seed());
        // Of bfloat16, one tap of 150 is about the roundings of the others.
        const std::size_t share = storage == dtype::bf16 ? 4 : 1;
        CHECK(outside({.storage = storage, .shift = 1}) > nearly_all / share);
        CHECK(outside({.storage = storage, .with_bias = false}) > nearly_all / 2 / share);
        if (storage != dtype::bf16)
            CHECK(outside({.storage = storage, .lost_tap = 62}) > nearly_all / 2);
    }
    CHECK(outside({.half_sums = true}) > nearly_all);
}

TEST_CASE("bounds follow errors through many layers, and stay narrow") {
    for (int draw = 0; draw < 10; ++draw) {
        CAPTURE(lamina_test::test_seed());
        lamina_test::random_source random("bound of rows " + std::to_string(draw));
        network net;
        define_rows(net);
        const lamina_test::random_weights weights(net, random);
        reference_tensor x({4, 32});
        x.values = random.numbers(x.values.size());
        for (const arithmetic& by : {in_float, in_half, in_bfloat}) {
            const reference oracle(net, weights.lookup());
            const auto values = oracle.run({{"x", x}}, by);
            const reference_tensor& expected = oracle.output(values, "y");
            const auto found = run_rows(net, weights.lookup(), x.values, by.storage);
            const bound_check off = check_bound(std::span<const float>(found), expected, by);
            CHECK_MESSAGE(off.holds, off.sentence());
            for (const float spread : expected.spread)
                CHECK(allowed_spreads * static_cast<double>(spread) < 1500 * by.unit());
        }
    }
}

TEST_CASE("bounds of Winograd's filtering are wider at every output, in corners of padding too") {
    network net;
    net.output("y",
        net.input("x", {1, 4, 9, 8})
            | conv2d{"conv", {.out = 3, .kernel = 3, .pad = {0, 2, 1, 0}}});
    lamina_test::random_source random("winograd bound");
    const lamina_test::random_weights weights(net, random);
    reference_tensor x({1, 4, 9, 8});
    x.values = random.numbers(x.values.size(), 0.5f, 1);
    const reference oracle(net, weights.lookup());
    const auto direct = oracle.run({{"x", x}}, in_float);
    const auto transformed = oracle.run({{"x", x}}, arithmetic{dtype::f32, 4});
    const std::vector<float>& narrow = oracle.output(direct, "y").spread;
    const std::vector<float>& wide = oracle.output(transformed, "y").spread;
    for (std::size_t i = 0; i < wide.size(); ++i) CHECK(wide[i] > 4 * narrow[i]);
}

TEST_CASE("bounds hold where a sum begins at its bias, its own or that of a folded batch_norm") {
    constexpr int inputs = 8192, outputs = 32;
    for (const bool folded : {false, true})
        for (const float input_size : {1.0f, 1e-3f}) {
            CAPTURE(folded);
            CAPTURE(input_size);
            network net;
            const tensor x = net.input("x", {1, inputs, 1, 1});
            const tensor sum = x | conv2d{"conv", {.out = outputs, .bias = !folded}};
            net.output("y", folded ? sum | batch_norm{"bn"} : sum);
            lamina_test::random_source random("sums from a bias");
            const lamina_test::random_weights weights(net, random);
            reference_tensor given({1, inputs, 1, 1});
            given.values = random.numbers(inputs, -input_size, input_size);
            const reference oracle(net, weights.lookup());
            const auto values = oracle.run({{"x", given}}, in_float);
            const auto find = weights.lookup();
            const std::span<const float> w = find("conv.weight");
            // With fewer than all products: a fault.
            const auto run = [&](int products) {
                std::vector<float> found;
                for (std::size_t o = 0; o < outputs; ++o) {
                    double scale = 1, shift = folded ? 0 : find("conv.bias")[o];
                    if (folded) {
                        scale = find("bn.weight")[o]
                            / std::sqrt(static_cast<double>(find("bn.running_var")[o]) + 1e-5);
                        shift = find("bn.bias")[o] - scale * find("bn.running_mean")[o];
                    }
                    auto y = static_cast<float>(shift);
                    for (std::size_t i = 0; i < static_cast<std::size_t>(products); ++i)
                        y += static_cast<float>(scale * w[o * inputs + i]) * given.values[i];
                    found.push_back(y);
                }
                return check_bound(
                    std::span<const float>(found), oracle.output(values, "y"), in_float);
            };
            const bound_check right = run(inputs);
            CHECK_MESSAGE(right.holds, right.sentence());
            CHECK(right.unjudged == 0);
            if (input_size == 1.0f) CHECK(run(inputs - 64).outside > outputs / 2);
        }
}

TEST_CASE("bounds: what only moves is exact, and what was given as floats") {
    network net;
    const tensor x = net.input("x", {2, 3, 4, 4});
    net.output("y",
        concat({x, x | permute{{0, 1, 3, 2}}})
            | pad{{.left = 1, .value = 2}}
            | slice{1, {.start = 1, .stop = 5}}
            | max_pool{{.kernel = 2}}
            | reshape{{4, -1}});
    reference_tensor given({2, 3, 4, 4});
    given.values = lamina_test::random_source("exact").numbers(given.values.size());
    const reference oracle(net, [](std::string_view) { return std::span<const float>(); });
    const auto exact = oracle.run({{"x", given}}, in_float),
               half = oracle.run({{"x", given}}, in_half);
    auto values = oracle.output(exact, "y").values;
    CHECK(check_bound(std::span<const float>(values), oracle.output(exact, "y"), in_float).holds);
    values[7] = std::nextafter(std::nextafter(std::nextafter(values[7], 9.f), 9.f), 9.f);
    values[7] = values[7] * 1.000001f;
    CHECK_FALSE(
        check_bound(std::span<const float>(values), oracle.output(exact, "y"), in_float).holds);
    CHECK(check_bound(std::span<const float>(values), oracle.output(half, "y"), in_half).holds);
}

TEST_CASE("bounds: a nearest resize takes each spread from where it takes the value") {
    network net;
    const tensor x = net.input("x", {2, 3, 5, 7});
    net.output("y", x | resize{{.scale = {1.75, 2.5}, .mode = nearest, .coordinates = asymmetric}});
    reference_tensor given({2, 3, 5, 7});
    given.values = lamina_test::random_source("nearest").numbers(given.values.size());
    const reference oracle(net, [](std::string_view) { return std::span<const float>(); });
    const auto all = oracle.run({{"x", given}}, in_half);
    const reference_tensor& y = oracle.output(all, "y");
    for (std::size_t i = 0; i < y.values.size(); ++i)
        CHECK(static_cast<double>(y.spread[i])
            == doctest::Approx(in_half.stored(static_cast<double>(y.values[i]))));
}

TEST_CASE("bounds: indices may differ only where candidates are nearer than their bounds") {
    network net;
    net.output("y", (net.input("x", {2, 4}) | lamina::sigmoid{}) | argmax{1});
    reference_tensor given({2, 4});
    given.values = {1, 1.0000001f, 0, -1, 3, 1, 0, -1};
    const reference oracle(net, [](std::string_view) { return std::span<const float>(); });
    const auto values = oracle.run({{"x", given}}, in_float);
    const auto holds = [&](std::vector<int> found) {
        return check_bound(std::span<const int>(found), oracle.output(values, "y"), in_float).holds;
    };
    CHECK(holds({0, 0}));
    CHECK(holds({1, 0}));
    CHECK_FALSE(holds({0, 1}));
}

TEST_CASE("bounds: a denominator or logarithm that may be 0 judges nothing, and is counted") {
    network net;
    const tensor x = net.input("x", {1, 3}) | lamina::sigmoid{};
    net.output("y", (x - 0.5f) | lamina::log{});
    reference_tensor given({1, 3});
    given.values = {0, 1, 2};
    const reference oracle(net, [](std::string_view) { return std::span<const float>(); });
    const auto values = oracle.run({{"x", given}}, in_float);
    const reference_tensor& expected = oracle.output(values, "y");
    std::vector<float> found = expected.values;
    found[0] = not_a_number;
    const bound_check off = check_bound(std::span<const float>(found), expected, in_float);
    CHECK(off.holds);
    CHECK(off.unjudged == 1);
    found[1] *= 1.00001f;
    CHECK_FALSE(check_bound(std::span<const float>(found), expected, in_float).holds);
}

TEST_CASE("bounds: NaN and infinity are what the reference has, except at the end of the range") {
    CHECK(is_within(not_a_number, not_a_number, 0));
    CHECK(is_within(infinity, infinity, 0));
    CHECK_FALSE(is_within(-infinity, infinity, 0));
    CHECK_FALSE(is_within(not_a_number, 1, 0.1f));
    CHECK_FALSE(is_within(infinity, 1, 0.1f));
    CHECK_FALSE(is_within(1, not_a_number, 0.1f));
    CHECK(is_within(infinity, 65500, 10, in_half));
    CHECK_FALSE(is_within(infinity, 65000, 10, in_half));
    CHECK_FALSE(is_within(infinity, 70000, 10, in_half));  // no half, and the plan did not say so
    CHECK(is_within(1.5f, 1, 0.1f));
    CHECK_FALSE(is_within(1.7f, 1, 0.1f));
    CHECK(is_within(5, 1, infinity));
}

TEST_CASE("bounds: values without them are refused") {
    reference_tensor plain({1});
    const float found = 0;
    CHECK_THROWS_WITH(check_bound(std::span<const float>(&found, 1), plain, in_float),
        doctest::Contains("have no error bounds"));
}
