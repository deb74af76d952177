// SPDX-License-Identifier: Apache-2.0
// The executor around the ops: what it asks for, what it refuses, what PyTorch does not show.
#include "support/near.hpp"
#include "support/random.hpp"

#include <lamina/layers/activation.hpp>
#include <lamina/layers/binary.hpp>
#include <lamina/layers/conv2d.hpp>
#include <lamina/reference/binary.hpp>
#include <lamina/reference/pointwise.hpp>
#include <lamina/reference/reference.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace lamina;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

reference_tensor values(const shape& dims, std::vector<float> numbers) {
    reference_tensor out(dims);
    out.values = std::move(numbers);
    return out;
}

/// One weights tensor for every name.
weights_lookup always(const std::vector<float>& numbers) {
    return [&numbers](std::string_view) { return std::span<const float>(numbers); };
}

void doubled_plus_one(const float* const* inputs, const float* const*, float* output, const shape*,
    const shape& dims, const float* scalars) {
    for (std::int64_t i = 0; i < dims.count(); ++i) output[i] = inputs[0][i] * scalars[0] + 1;
}

template <class Call> std::string refused(errc code, Call call) {
    try {
        call();
    } catch (const error& fault) {
        CHECK(fault.code() == code);
        return fault.what();
    }
    FAIL_CHECK("nothing was thrown");
    return {};
}

}  // namespace

TEST_CASE("reference: gives every node's value, at the node's place") {
    network net;
    const tensor x = net.input("x", {3});
    const tensor y = x | relu{};
    const tensor z = add(x, y);
    net.output("z", z);
    const std::vector<float> none;
    const reference oracle(net, always(none));
    const auto all = oracle.run({{"x", values({3}, {-1, 2, 3})}});
    REQUIRE(all.size() == net.nodes.size());
    CHECK(all[static_cast<std::size_t>(y.id)].values == std::vector<float>{0, 2, 3});
    CHECK(all[static_cast<std::size_t>(z.id)].values == std::vector<float>{-1, 4, 6});
    CHECK(&oracle.output(all, "z") == &all[static_cast<std::size_t>(z.id)]);
    refused(errc::output_missing, [&] { oracle.output(all, "y"); });
}

TEST_CASE("reference: missing and misshapen inputs and weights are named with both sides") {
    network net;
    net.output("y", net.input("x", {1, 1, 2, 2}) | conv2d{"stem", {.out = 1}});
    const std::vector<float> one{2}, two{2, 3}, none;
    CHECK(refused(errc::tensor_missing, [&] { reference(net, always(none)); }).find("'stem.weight'")
        != std::string::npos);
    CHECK(refused(errc::tensor_shape, [&] { reference(net, always(two)); }).find("has 2 elements")
        != std::string::npos);
    const auto as_line = [&](std::string_view) { return found_weights(one, shape{1}); };
    CHECK(refused(errc::tensor_shape, [&] { reference(net, as_line); })
        == "the tensor 'stem.weight' is 1, the network needs 1x1x1x1; check the layer's sizes against "
           "the exported model");
    const reference oracle(net, always(one));
    refused(errc::input_missing, [&] { oracle.run({}); });
    const auto sentence
        = refused(errc::input_shape, [&] { oracle.run({{"x", values({4}, {1, 2, 3, 4})}}); });
    CHECK(sentence.find("is 4 with") != std::string::npos);
    CHECK(sentence.find("takes 1x1x2x2") != std::string::npos);
    refused(errc::input_shape, [&] { oracle.run({{"x", values({1, 1, 2, 2}, {1, 2, 3})}}); });
    refused(errc::input_dtype, [&] { oracle.run({{"x", reference_tensor({4}, dtype::i32)}}); });
}

TEST_CASE("reference: a custom layer runs the user's function, or says that it has none") {
    network net;
    const tensor x = net.input("x", {2});
    node made;
    made.kind = op::custom;
    made.dims = x.dims;
    made.inputs = {x.id};
    made.attr.scalars[0] = 2;
    made.custom.reference = doubled_plus_one;
    net.output("y", net.add({"doubled", {}, std::source_location::current()}, made));
    const std::vector<float> none;
    const auto all = reference(net, always(none)).run({{"x", values({2}, {3, -1})}});
    CHECK(all.back().values == std::vector<float>{7, -1});

    net.nodes.back().custom.reference = nullptr;
    refused(
        errc::self_test, [&] { reference(net, always(none)).run({{"x", values({2}, {3, -1})}}); });
}

TEST_CASE("reference: NaN goes through functions, maxima and reductions as in PyTorch") {
    using reference_op::apply;
    using reference_op::apply_to_two;
    for (const function f : {function::relu, function::clamp, function::hard_swish, function::silu,
             function::gelu_erf, function::min_scalar, function::max_scalar})
        CHECK(std::isnan(apply(f, static_cast<double>(not_a_number), 0.0, 6.0)));
    for (const function f : {function::min, function::max}) {
        CHECK(std::isnan(apply_to_two(f, static_cast<double>(not_a_number), 1)));
        CHECK(std::isnan(apply_to_two(f, 1, static_cast<double>(not_a_number))));
    }

    network net;
    const tensor x = net.input("x", {1, 1, 1, 4});
    node made;
    made.inputs = {x.id};
    made.dims = {1, 1, 1, 1};
    made.kind = op::pool;
    made.attr.kind = static_cast<int>(pool_kind::max);
    made.attr.win.kernel_w = 4;
    const subject who{"test", {}, std::source_location::current()};
    net.add(who, made);
    made.kind = op::reduce;
    made.attr.mask = 8;
    for (const reduce_kind kind : {reduce_kind::max, reduce_kind::min}) {
        made.attr.kind = static_cast<int>(kind);
        net.add(who, made);
    }
    made.kind = op::argmax;
    made.type = dtype::i32;
    made.attr.axis = 3;
    net.add(who, made);
    const std::vector<float> none;
    const reference oracle(net, always(none));
    const auto with_nan
        = oracle.run({{"x", values({1, 1, 1, 4}, {1, not_a_number, 5, not_a_number})}});
    for (std::size_t i = 1; i < 4; ++i) CHECK(std::isnan(with_nan[i].values[0]));
    CHECK(with_nan[4].indices[0] == 1);
    const auto without = oracle.run({{"x", values({1, 1, 1, 4}, {1, -infinity, 5, infinity})}});
    CHECK(without[1].values[0] == infinity);
    CHECK(without[2].values[0] == infinity);
    CHECK(without[3].values[0] == -infinity);
    CHECK(without[4].indices[0] == 3);
}

TEST_CASE("reference: a convolution is linear in its input") {
    network net;
    net.output("y",
        net.input("x", {2, 3, 7, 5})
            | conv2d{"c", {.out = 4, .kernel = 3, .stride = 2, .pad = {0, 1, 2, 1}}});
    lamina_test::random_source random("a convolution is linear in its input");
    const std::vector<float> weight = random.numbers(4 * 3 * 3 * 3);
    const std::vector<float> a = random.numbers(2 * 3 * 7 * 5), b = random.numbers(2 * 3 * 7 * 5);
    std::vector<float> sum(a.size());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = a[i] + b[i];

    const reference oracle(net, always(weight));
    const auto of = [&](const std::vector<float>& x) {
        return oracle.run({{"x", values({2, 3, 7, 5}, x)}}).back().values;
    };
    std::vector<float> expected = of(a);
    const std::vector<float> second = of(b);
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += second[i];
    // Sums of inputs are rounded to floats before, results after.
    const reference_tensor whole
        = oracle.run({{"x", values({2, 3, 7, 5}, sum)}}, arithmetic{}).back();
    const auto off = lamina_test::near(std::span<const float>(expected), whole, arithmetic{});
    CHECK_MESSAGE(off.is_near, off.what);
}
