// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/fold_weights.hpp and half.hpp: recipes against the same sums done one by one.
#include <doctest/doctest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <lamina/plan/check_plan.hpp>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/fold_weights.hpp>
#include <lamina/runtime/half.hpp>

#include "../support/faults.hpp"
#include "../support/hand_plan.hpp"
#include "../support/hand_weights.hpp"
#include "../support/temporary.hpp"

using namespace lamina;
using lamina_test::caught;
using lamina_test::fault_of;
using lamina_test::hand_plan;
using lamina_test::hand_weights;
using lamina_test::temporary_folder;
using lamina_test::write_file;

namespace {

std::vector<float> random_floats(std::size_t count, float low, float high, unsigned seed) {
    std::mt19937 next(seed);
    std::uniform_real_distribution<float> any(low, high);
    std::vector<float> out(count);
    for (float& value : out) value = any(next);
    return out;
}

/// conv [5,3,2,2] -> [O/4][I][h][w][4 of O], scaled by two batch norms along O, and its bias.
struct conv_case {
    hand_plan plan;
    hand_weights file;
    std::vector<float> conv = random_floats(60, -1, 1, 1), bias = random_floats(5, -1, 1, 2);
    std::vector<float> weight[2], shift[2], mean[2], variance[2];

    explicit conv_case(dtype type = dtype::f32) {
        plan_records& r = plan.records;
        r.parameters = {{"conv.weight", {5, 3, 2, 2}}, {"conv.bias", {5}}};
        file.add("conv.weight", {5, 3, 2, 2}, conv).add("conv.bias", {5}, bias);
        std::vector<plan_fold> folds;
        for (int n = 0; n < 2; ++n) {
            const std::string at = plan.keep("bn" + std::to_string(n)).data();
            const unsigned seed = 10u * static_cast<unsigned>(n);
            weight[n] = random_floats(5, 0.5f, 2, seed + 3);
            shift[n] = random_floats(5, -1, 1, seed + 4);
            mean[n] = random_floats(5, -1, 1, seed + 5);
            variance[n] = random_floats(5, 0.1f, 2, seed + 6);
            const std::pair<const char*, std::vector<float>*> parts[] = {{".weight", &weight[n]},
                {".bias", &shift[n]}, {".running_mean", &mean[n]}, {".running_var", &variance[n]}};
            const int first = static_cast<int>(r.parameters.size());
            for (auto [suffix, values] : parts) {
                r.parameters.push_back({plan.keep(at + suffix), {5}});
                file.add(at + suffix, {5}, *values);
            }
            folds.push_back({first, first + 1, first + 2, first + 3, 1e-5f});
        }
        plan_weight w;
        w.source = 0;
        w.folds = folds;
        w.dims = {5, 3, 2, 2};
        w.inner = plan.ints({4, 1, 1, 1});
        w.order = plan.order({0, 2, 4, 6, 1, 3, 5, 7});
        w.type = type;
        w.bytes = 8 * 3 * 2 * 2 * size_bytes(type);
        r.weights.push_back(w);
        plan_weight b;
        b.source = 1;
        b.role = weight_role::shift;
        b.folds = folds;
        b.dims = {5};
        b.inner = plan.ints({8});
        b.order = plan.order({0, 1});
        b.offset = 512;
        b.bytes = 32;
        r.weights.push_back(b);
        r.weight_bytes = 576;
    }
    double scale(int n, std::size_t o) const {
        return weight[n][o] / std::sqrt(variance[n][o] + static_cast<double>(1e-5f));
    }
    double expected_bias(std::size_t o, double x) const {
        for (int n = 0; n < 2; ++n) x = (x - mean[n][o]) * scale(n, o) + shift[n][o];
        return x;
    }
};

std::vector<std::byte> folded(const hand_plan& plan, const weights& file, bool strict = true,
    const std::vector<std::string>& ignore = {}) {
    std::vector<std::byte> out(plan.records.weight_bytes);
    // Recipes of these tests must be ones that the reader lets through.
    hand_plan relu;
    make_relu(relu);
    relu.records.parameters = plan.records.parameters;
    relu.records.weights = plan.records.weights;
    relu.records.weight_bytes = plan.records.weight_bytes;
    check_plan(relu.records);
    fold_weights(plan.records, file, strict, out, ignore);
    return out;
}

template <class Number> Number at(const std::vector<std::byte>& bytes, std::size_t index) {
    Number value;
    std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
    return value;
}

}  // namespace

TEST_CASE("weights: two batch norms folded into a blocked convolution equal the sums one by one") {
    for (const dtype type : {dtype::f32, dtype::f16, dtype::bf16}) {
        conv_case c(type);
        const auto packed = folded(c.plan, c.file.open());
        std::size_t to = 0;
        for (std::size_t o = 0; o < 2; ++o)
            for (std::size_t i = 0; i < 12; ++i)
                for (std::size_t lane = 0; lane < 4; ++lane, ++to) {
                    const std::size_t out = o * 4 + lane;
                    const double wanted
                        = out < 5 ? c.conv[out * 12 + i] * c.scale(0, out) * c.scale(1, out) : 0;
                    if (type == dtype::f32)
                        CHECK(at<float>(packed, to) == doctest::Approx(wanted).epsilon(1e-6));
                    else if (type == dtype::f16)
                        CHECK(from_half(at<std::uint16_t>(packed, to))
                            == doctest::Approx(wanted).epsilon(1e-3));  // fp16 has 11 bits
                    else
                        CHECK(
                            at<std::uint16_t>(packed, to) == to_bfloat(static_cast<float>(wanted)));
                }
        for (std::size_t o = 0; o < 8; ++o)
            CHECK(at<float>(packed, 128 + o)
                == doctest::Approx(o < 5 ? c.expected_bias(o, c.bias[o]) : 0).epsilon(1e-6));
    }
}

TEST_CASE(
    "weights: a finite number that the plan's type does not hold is refused by name and value") {
    // Element 31 is in the third output channel.
    conv_case plain(dtype::f16);
    for (plan_weight& w : plain.plan.records.weights) w.folds.clear();
    plain.conv[31] = -1e5f;
    const auto fault_with = [](conv_case& c, const char* type = "F32", double large = 0) {
        hand_weights file;
        std::vector<double> doubles(c.conv.begin(), c.conv.end());
        if (large) doubles[31] = large;
        if (large)
            file.add("conv.weight", type, {5, 3, 2, 2}, doubles);
        else
            file.add("conv.weight", {5, 3, 2, 2}, c.conv);
        file.add("conv.bias", {5}, c.bias);
        for (int n = 0; n < 2; ++n) {
            const std::string at = "bn" + std::to_string(n);
            file.add(at + ".weight", {5}, c.weight[n]).add(at + ".bias", {5}, c.shift[n]);
            file.add(at + ".running_mean", {5}, c.mean[n]);
            file.add(at + ".running_var", {5}, c.variance[n]);
        }
        return fault_of([&] { folded(c.plan, file.open()); });
    };
    caught fault = fault_with(plain);
    CHECK(fault.code == errc::tensor_value);
    CHECK_MESSAGE(
        fault.says("tensor 'conv.weight' holds -100000 at element 31, the plan stores f16, "
                   "which holds up to 65504; plan with precision::fp32"),
        fault.what);
    plain.conv[31] = 65519;  // rounds to 65504
    CHECK(fault_with(plain).what.empty());

    conv_case wide(dtype::bf16);
    for (plan_weight& w : wide.plan.records.weights) w.folds.clear();
    wide.conv[31] = std::numeric_limits<float>::max();
    fault = fault_with(wide);
    CHECK_MESSAGE(fault.says("at element 31, the plan stores bf16, which holds up to 3.389531e+38; "
                             "plan with precision::fp32"),
        fault.what);

    conv_case norms(dtype::f16);
    norms.conv[31] = 1;
    norms.weight[1][2] = 1e6f;
    fault = fault_with(norms);
    CHECK_MESSAGE(fault.says("tensor 'conv.weight' becomes "), fault.what);
    CHECK(fault.says("once batch norm 'bn0', 'bn1' is folded into it, the plan stores f16"));
    CHECK(fault.says(" at element 2"));  // 24 to 35, whichever is first too large

    conv_case floats(dtype::f32);
    for (plan_weight& w : floats.plan.records.weights) w.folds.clear();
    fault = fault_with(floats, "F64", 1e300);
    CHECK_MESSAGE(
        fault.says("tensor 'conv.weight' holds 1e+300 at element 31, the plan stores f32, "
                   "which holds up to 3.402823e+38; scale"),
        fault.what);

    conv_case alone;
    alone.weight[0][3] = alone.weight[1][3] = 1e30f;
    for (plan_weight& w : alone.plan.records.weights) {
        w.source = -1;
        w.dims = {5};
        w.inner = alone.plan.ints({1});
        w.order = alone.plan.order({0, 1});
        w.bytes = 20;
    }
    fault = fault_with(alone);
    CHECK_MESSAGE(fault.says("batch norm 'bn0', 'bn1' s"), fault.what);
    CHECK(fault.says("at element 3, the plan stores f32"));
}

TEST_CASE("weights: without a source a scale starts from ones and a shift from zeros") {
    conv_case c;
    for (plan_weight& w : c.plan.records.weights) {
        w.source = -1;
        w.dims = {5};
        w.inner = c.plan.ints({1});
        w.order = c.plan.order({0, 1});
        w.bytes = 20;
    }
    const auto packed = folded(c.plan, c.file.open());
    for (std::size_t o = 0; o < 5; ++o) {
        CHECK(at<float>(packed, o) == doctest::Approx(c.scale(0, o) * c.scale(1, o)));
        CHECK(at<float>(packed, 128 + o) == doctest::Approx(c.expected_bias(o, 0)));
    }
}

TEST_CASE("weights: any permutation of cut axes, padded or not, puts each element in its place") {
    std::mt19937 next(7);
    for (int round = 0; round < 60; ++round) {
        const int rank = 1 + static_cast<int>(next() % 4);
        hand_plan plan;
        plan_weight w;
        std::vector<std::int32_t> inner;
        std::vector<std::uint8_t> order;
        std::vector<int> dims;
        std::size_t bytes = 4;
        for (int axis = 0; axis < rank; ++axis) {
            dims.push_back(1 + static_cast<int>(next() % 7));
            w.dims.push(dims.back());
            inner.push_back(1 + static_cast<int>(next() % 4));
            bytes *= static_cast<std::size_t>(
                (dims.back() + inner.back() - 1) / inner.back() * inner.back());
            order.push_back(static_cast<std::uint8_t>(2 * axis));
            order.push_back(static_cast<std::uint8_t>(2 * axis + 1));
        }
        std::shuffle(order.begin(), order.end(), next);
        w.source = 0;
        w.inner = inner;
        w.order = order;
        w.bytes = plan.records.weight_bytes = bytes;
        plan.records.parameters.push_back({"w", w.dims});
        plan.records.weights.push_back(w);
        std::vector<float> values(static_cast<std::size_t>(w.dims.count()));
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
        hand_weights file;
        file.add("w", dims, values);
        const auto packed = folded(plan, file.open());

        for (std::size_t i = 0; i < bytes / 4; ++i) {
            // The sub-axes' indices of packed element i, innermost last.
            int sub[12] = {};
            std::size_t rest = i;
            for (std::size_t k = order.size(); k-- > 0;) {
                const int axis = order[k] / 2, cut = inner[static_cast<std::size_t>(axis)];
                const int extent = order[k] % 2 ? cut : (w.dims[axis] + cut - 1) / cut;
                sub[order[k]] = static_cast<int>(rest % static_cast<std::size_t>(extent));
                rest /= static_cast<std::size_t>(extent);
            }
            std::size_t source = 0;
            bool inside = true;
            for (int axis = 0; axis < rank; ++axis) {
                const int index
                    = sub[2 * axis] * inner[static_cast<std::size_t>(axis)] + sub[2 * axis + 1];
                inside = inside && index < w.dims[axis];
                source = source * static_cast<std::size_t>(w.dims[axis])
                    + static_cast<std::size_t>(index);
            }
            CHECK(at<float>(packed, i) == (inside ? values[source] : 0.0f));
        }
    }
}

TEST_CASE("weights: f16, bf16 and f64 files are read") {
    const std::vector<double> wanted = {1.5, -2.0, 0.25};
    const auto packed_from = [&](auto number, const char* type) {
        hand_plan plan;
        plan.records.parameters.push_back({"w", {3}});
        plan_weight w;
        w.source = 0;
        w.dims = {3};
        w.inner = plan.ints({1});
        w.order = plan.order({0, 1});
        w.bytes = plan.records.weight_bytes = 12;
        plan.records.weights.push_back(w);
        std::vector<decltype(number(0.0))> values;
        for (double value : wanted) values.push_back(number(value));
        hand_weights file;
        file.add("w", type, {3}, values);
        return folded(plan, file.open());
    };
    const auto half = [](double v) { return to_half(static_cast<float>(v)); };
    const auto bfloat = [](double v) {
        return static_cast<std::uint16_t>(
            std::bit_cast<std::uint32_t>(static_cast<float>(v)) >> 16);
    };
    for (const auto& packed : {packed_from(half, "F16"), packed_from(bfloat, "BF16"),
             packed_from([](double v) { return v; }, "F64")})
        for (std::size_t i = 0; i < 3; ++i) CHECK(at<float>(packed, i) == wanted[i]);
    const auto whole = [](double v) { return static_cast<std::int32_t>(v); };
    const caught fault = fault_of([&] { packed_from(whole, "I32"); });
    CHECK(fault.code == errc::tensor_dtype);
    CHECK(fault.says("'w' is of type i32"));
}

TEST_CASE("weights: large ones are packed in parts, and are the same numbers") {
    constexpr int rows = 1003, columns = 2100, group = 32;
    std::vector<float> values = random_floats(std::size_t{rows} * columns, -1, 1, 5);
    for (const int axis : {0, 1}) {
        const int extent = axis ? columns : rows;
        const auto factor = random_floats(static_cast<std::size_t>(extent), 1, 2, 6);
        hand_weights file;
        file.add("w", {rows, columns}, values).add("f", {extent}, factor);
        hand_plan plan;
        plan.records.parameters = {{"w", {rows, columns}}, {"f", {extent}}};
        plan_weight w;
        w.source = 0;
        w.axis = axis;
        w.folds.push_back({.weight = 1});
        w.dims = {rows, columns};
        w.inner = plan.ints({group, 1});
        w.order = plan.order({0, 2, 3, 1});
        w.bytes = (rows + group - 1) / group * group * columns * 4;
        plan.records.weights.push_back(w);
        plan.records.weight_bytes = w.bytes;
        const weights opened = file.open();
        const auto packed = folded(plan, opened);
        std::size_t wrong = 0;
        for (std::size_t r = 0; r < (rows + group - 1) / group * group; ++r)
            for (std::size_t c = 0; c < columns; ++c) {
                const float wanted
                    = r < rows ? values[r * columns + c] * factor[axis ? c : r] : 0.0f;
                const std::size_t to = (r / group * columns + c) * group + r % group;
                wrong += std::abs(at<float>(packed, to) - wanted) > 1e-6f;
            }
        CHECK(wrong == 0);
    }
    hand_weights broken;
    values[1'900'001] = std::numeric_limits<float>::infinity();
    broken.add("w", {rows, columns}, values);
    hand_plan plan;
    plan.records.parameters = {{"w", {rows, columns}}};
    plan_weight w;
    w.source = 0;
    w.dims = {rows, columns};
    w.inner = plan.ints({group, 1});
    w.order = plan.order({0, 2, 3, 1});
    w.bytes = (rows + group - 1) / group * group * columns * 4;
    plan.records.weights.push_back(w);
    plan.records.weight_bytes = w.bytes;
    const weights opened = broken.open();
    CHECK(fault_of([&] { folded(plan, opened); }).says("infinity at element 1900001"));
}

TEST_CASE("weights: large transformed filters are packed in parts, and are the same numbers") {
    constexpr int out = 250, in = 700;
    const auto values = random_floats(std::size_t{out} * in * 9, -1, 1, 7);
    hand_weights file;
    file.add("w", {out, in, 3, 3}, values);
    hand_plan plan;
    plan.records.parameters = {{"w", {out, in, 3, 3}}};
    plan_weight w;
    w.source = 0;
    w.dims = {out, in, 4, 4};
    w.inner = plan.ints({16, 16, 1, 1});
    w.order = plan.order({0, 4, 5, 6, 7, 2, 3, 1});
    w.transform = "winograd_2_3";
    w.bytes = std::uint64_t{256} * 704 * 16 * 4;
    plan.records.weights.push_back(w);
    plan.records.weight_bytes = w.bytes;
    std::vector<float> whole(static_cast<std::size_t>(w.bytes / 4));
    detail::pack_winograd(w, dtype::f32, std::as_bytes(std::span(values)).data(), nullptr, nullptr,
        std::as_writable_bytes(std::span(whole)).data());
    const weights opened = file.open();
    const auto packed = folded(plan, opened);
    CHECK(std::memcmp(packed.data(), whole.data(), whole.size() * 4) == 0);
}

TEST_CASE("weights: a number that is not finite is found anywhere, the largest ones pass") {
    const auto find = [](dtype type, const auto& numbers) {
        weight_view tensor;
        tensor.name = "numbers";
        tensor.type = type;
        tensor.bytes = std::as_bytes(std::span(numbers));
        return detail::first_not_finite(tensor);
    };
    const auto try_all = [&](dtype type, auto largest, auto infinity, auto nan, auto minus) {
        for (std::size_t count : {1, 7, 16, 33, 4096, 4113}) {
            std::vector numbers(count, largest);
            for (std::size_t i = 1; i < count; i += 2) numbers[i] = minus;
            CHECK(find(type, numbers) == count);
            for (std::size_t at = 0; at < count; at += count > 100 ? 61 : 1)
                for (const auto bad : {infinity, nan}) {
                    const auto before = numbers[at];
                    numbers[at] = bad;
                    CHECK(find(type, numbers) == at);
                    numbers[at] = before;
                }
        }
    };
    using single = std::numeric_limits<float>;
    using twofold = std::numeric_limits<double>;
    using half = std::uint16_t;
    try_all(dtype::f32, single::max(), -single::infinity(), single::quiet_NaN(), single::lowest());
    try_all(
        dtype::f64, twofold::max(), -twofold::infinity(), twofold::quiet_NaN(), twofold::lowest());
    try_all(dtype::f16, half{0x7bff}, half{0xfc00}, half{0x7e01}, half{0xfbff});
    try_all(dtype::bf16, half{0x7f7f}, half{0xff80}, half{0x7fc1}, half{0xff7f});
}

TEST_CASE("weights: of several broken tensors the first one is told, however many threads look") {
    hand_plan plan;
    hand_weights file;
    for (int i = 0; i < 40; ++i) {
        const std::string name = "w" + std::to_string(i);
        std::vector<float> values(3000, 1.0f);
        if (i >= 10) values[17] = std::numeric_limits<float>::infinity();
        file.add(name, {3000}, values);
        plan.records.parameters.push_back({plan.keep(name), {3000}});
        plan_weight w;
        w.source = i;
        w.dims = {3000};
        w.inner = plan.ints({1});
        w.order = plan.order({0, 1});
        w.offset = plan.records.weight_bytes;
        w.bytes = 12000;
        plan.records.weights.push_back(w);
        plan.records.weight_bytes += 12032;
    }
    const weights opened = file.open();
    for (int round = 0; round < 20; ++round) {
        const caught fault = fault_of([&] { folded(plan, opened); });
        CHECK(fault.code == errc::tensor_value);
        CHECK(fault.says("tensor 'w10' holds infinity at element 17"));
    }
}

TEST_CASE("weights: missing, misshapen, extra and broken tensors are told by name") {
    conv_case wrong_name;
    wrong_name.plan.records.parameters[0].name = "conv.wieght";
    caught fault = fault_of([&] { folded(wrong_name.plan, wrong_name.file.open()); });
    CHECK(fault.code == errc::tensor_missing);
    CHECK(fault.says("no tensor 'conv.wieght'; nearest is 'conv.weight'"));

    conv_case wrong_shape;
    wrong_shape.plan.records.parameters[0].dims = {5, 3, 4, 1};
    fault = fault_of([&] { folded(wrong_shape.plan, wrong_shape.file.open()); });
    CHECK(fault.code == errc::tensor_shape);
    CHECK(fault.says("is 5x3x2x2, the network needs 5x3x4x1"));

    conv_case extra;
    extra.file.add("bn0.num_batches_tracked", "I64", {}, std::vector<std::int64_t>{5});
    for (const char* name : {"head.a", "head.b", "head.c", "head.d"})
        extra.file.add(name, {1}, {1.0f});
    const weights file = extra.file.open();
    fault = fault_of([&] { folded(extra.plan, file); });
    CHECK(fault.code == errc::tensor_unused);
    CHECK(fault.says("4 tensors are not read by the network: 'head.a', 'head.b', 'head.c', ..."));
    CHECK(
        fault.says("(a missing .bias = true?), or make the engine with {.ignore = {\"head.*\"}}"));
    CHECK(fault_of([&] { folded(extra.plan, file, false); }).code == errc{});
    CHECK(fault_of([&] { folded(extra.plan, file, true, {"head.?"}); }).code == errc{});
    CHECK(fault_of([&] {
        folded(extra.plan, file, true, {"head.a", "*.b"});
    }).says("2 tensors are not read by the network: 'head.c', 'head.d'"));
    for (const bool strict : {true, false}) {
        fault = fault_of([&] { folded(extra.plan, file, strict, {"head.*", "aux.*"}); });
        CHECK(fault.code == errc::option);
        CHECK(fault.says("no tensor is called 'aux.*', which engine_options::ignore names"));
    }

    conv_case without_bias;
    without_bias.plan.records.parameters[1].name = "other.bias";
    without_bias.file.add("other.weight", {1}, {1.0f});
    fault = fault_of([&] { folded(without_bias.plan, without_bias.file.open()); });
    CHECK(fault.says("no tensor 'other.bias'; it has 'other.weight' without a bias; write .bias = "
                     "false, or remove .bias = true"));

    // What the others read is no candidate for a missing name.
    conv_case none_like_it;
    none_like_it.plan.records.parameters[0].name = "conv.weighs_more_or_less_the_same";
    fault = fault_of([&] { folded(none_like_it.plan, none_like_it.file.open()); });
    CHECK(fault.says("'conv.weighs_more_or_less_the_same', and none of a name like it"));

    for (const float bad :
        {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        hand_plan plan;
        plan.records.parameters.push_back({"w", {5000}});
        plan_weight w;
        w.source = 0;
        w.dims = {5000};
        w.inner = plan.ints({1});
        w.order = plan.order({0, 1});
        w.bytes = plan.records.weight_bytes = 20000;
        plan.records.weights.push_back(w);
        std::vector<float> values(5000, 1.0f);
        values[4321] = bad;
        hand_weights broken;
        broken.add("w", {5000}, values);
        fault = fault_of([&] { folded(plan, broken.open()); });
        CHECK(fault.code == errc::tensor_value);
        CHECK(fault.says("tensor 'w' holds"));
        CHECK(fault.says("at element 4321"));
    }

    conv_case negative;
    negative.variance[0][2] = -1;
    hand_weights again;
    again.add("conv.weight", {5, 3, 2, 2}, negative.conv).add("conv.bias", {5}, negative.bias);
    for (int n = 0; n < 2; ++n) {
        const std::string name = "bn" + std::to_string(n);
        again.add(name + ".weight", {5}, negative.weight[n]);
        again.add(name + ".bias", {5}, negative.shift[n]);
        again.add(name + ".running_mean", {5}, negative.mean[n]);
        again.add(name + ".running_var", {5}, negative.variance[n]);
    }
    fault = fault_of([&] { folded(negative.plan, again.open()); });
    CHECK(fault.code == errc::tensor_value);
    CHECK(fault.says("'bn0.running_var'"));
}

TEST_CASE("half: every fp16 number survives, and floats round to the nearest even") {
    for (std::uint32_t bits = 0; bits < 65536; ++bits) {
        const float value = from_half(static_cast<std::uint16_t>(bits));
        if (std::isnan(value))
            CHECK((to_half(value) & 0x7c00) == 0x7c00);
        else
            CHECK(to_half(value) == bits);
    }
    CHECK(from_half(0x3c01) == 1.0009765625f);
    CHECK(from_half(0x0001) == 0x1p-24f);
    CHECK(to_half(1.00048828125f) == 0x3c00);  // a tie goes to the even 1
    CHECK(to_half(1.00146484375f) == 0x3c02);  // and to the even one above
    CHECK(to_half(65519.0f) == 0x7bff);
    CHECK(to_half(65520.0f) == 0x7c00);
    CHECK(to_half(-0x1p-25f) == 0x8000);
    CHECK(to_half(0x1.8p-25f) == 0x0001);
    CHECK(to_half(std::numeric_limits<float>::quiet_NaN()) == 0x7e00);
}

TEST_CASE("half: every bf16 number survives, and floats round to the nearest even") {
    for (std::uint32_t bits = 0; bits < 65536; ++bits) {
        const float value = from_bfloat(static_cast<std::uint16_t>(bits));
        if (std::isnan(value))
            CHECK(std::isnan(from_bfloat(to_bfloat(value))));
        else
            CHECK(to_bfloat(value) == bits);
    }
    CHECK(from_bfloat(0x3f81) == 1.0078125f);
    CHECK(to_bfloat(1.00390625f) == 0x3f80);  // a tie goes to the even 1
    CHECK(to_bfloat(1.01171875f) == 0x3f82);  // and to the even one above
    CHECK(to_bfloat(0x1.fefffep127f) == 0x7f7f);
    CHECK(to_bfloat(std::numeric_limits<float>::max()) == 0x7f80);
    CHECK(to_bfloat(std::numeric_limits<float>::lowest()) == 0xff80);
    CHECK(to_bfloat(0x1p-149f) == 0);
    // The payload of a NaN may lie in the lower half of the float alone.
    CHECK(std::isnan(from_bfloat(to_bfloat(std::bit_cast<float>(0x7f800001u)))));
    CHECK(std::isnan(from_bfloat(to_bfloat(std::bit_cast<float>(0xffffffffu)))));
}

TEST_CASE("weights: a prefix before every name is told, and can be opened without") {
    for (const char* const type : {"F32", "F8_E4M3", "F4"}) {
        hand_plan plan;
        plan.records.parameters.push_back({"conv.weight", {4}});
        plan_weight w;
        w.source = 0;
        w.dims = {4};
        w.inner = plan.ints({1});
        w.order = plan.order({0, 1});
        w.bytes = plan.records.weight_bytes = 16;
        plan.records.weights.push_back(w);
        const bool readable = type == std::string("F32");
        hand_weights file;
        if (readable)
            file.add("module.conv.weight", {4}, {1, 2, 3, 4});
        else
            file.add("module.conv.weight", type, {4}, std::vector<char>{1, 2, 3, 4});
        file.add("module.conv.num_batches_tracked", "I64", {}, std::vector<std::int64_t>{5});
        const std::span<const std::byte> bytes = file.bytes();
        const weights opened = weights::from_bytes(bytes, "net.safetensors");
        caught fault = fault_of([&] { folded(plan, opened); });
        CHECK(fault.code == errc::tensor_missing);
        CHECK(fault.says("no tensor 'conv.weight'; every name there begins with 'module.': write "
                         "weights::open(path, {.prefix = \"module.\"}), or export with --strip "
                         "module."));
        const temporary_folder folder;
        write_file(folder / "net.safetensors", bytes);
        const weights without = weights::open(folder / "net.safetensors", {.prefix = "module."});
        CHECK(without.find("conv.weight") != nullptr);
        fault = fault_of([&] { folded(plan, without); });
        if (readable) {
            CHECK(fault.code == errc{});
            CHECK(at<float>(folded(plan, without), 3) == 4);
        } else {
            // Only now, as a layer asks for it.
            CHECK(fault.code == errc::tensor_dtype);
            CHECK(fault.says("tensor 'conv.weight' is of type "
                + std::string(type == std::string("F4") ? "F4" : "f8_e4m3") + ", weights are f32"));
        }
        fault = fault_of([&] { weights::open(folder / "net.safetensors", {.prefix = "modul."}); });
        CHECK(fault.code == errc::option);
        CHECK(fault.says("no tensor begins with the prefix 'modul.', the first is 'module.conv."));

        // The other way round: the network has what the file has not.
        plan.records.parameters[0].name = "backbone.module.conv.weight";
        CHECK(fault_of([&] {
            folded(plan, opened);
        }).says("it has 'module.conv.weight', without 'backbone.': check the layer's name"));
    }
    hand_weights clash;
    clash.add("module.a", {1}, {1}).add("a", {1}, {2});
    const std::span<const std::byte> bytes = clash.bytes();
    CHECK(fault_of([&] {
        weights::from_bytes(bytes, "net", {.prefix = "module."});
    }).says("without the prefix 'module.' two tensors are called 'a'"));
}
