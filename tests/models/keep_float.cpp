// SPDX-License-Identifier: Apache-2.0
// Plans with storage of 16 bits some of whose steps keep floats: right within the bounds of the storage,
// and the very numbers of an fp32 plan where all steps do.
#include "support/on_targets.hpp"
#include "support/planned.hpp"
#include "support/random.hpp"
#include "support/random_weights.hpp"

#include <lamina/run.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace lamina;
using namespace lamina_test;

namespace {

constexpr target narrow[] = {cpu.half(), cpu_avx2.bf16(), gpu.half(), gpu.bf16()};

/// Kept steps beside others: a residual, a concat that cannot be written in place, a pool, a head.
void images(network& net) {
    const tensor x
        = net.input("x", {2, 3, 12, 12}) | conv2d{"a", {.out = 32, .kernel = 3, .pad = 1}} | relu{};
    const tensor y = x | conv2d{"b", {.out = 32, .kernel = 3, .pad = 1, .bias = true}} | silu{};
    net.keep(y, dtype::f32);
    const tensor z = concat({add(x, y), x | conv2d{"c", {.out = 16}}, y});
    const tensor pooled = z | max_pool{{.kernel = 2}} | conv2d{"d", {.out = 21, .kernel = 3}};
    net.output(
        "scores", pooled | global_avg_pool{} | flatten{} | linear{"head.fc", 10} | softmax{1});
    net.keep("head.*", dtype::f32);
    net.output("y", y);
}

void rows(network& net) {
    const tensor t = net.input("t", {2, 21, 40}) | linear{"in", 40};
    const tensor q = t | linear{"q", 40}, v = t | linear{"v", 40};
    const tensor seen = attention(q, t, v);
    net.keep(seen, dtype::f32);
    const tensor u = add(seen, t) | layer_norm{"norm"};
    net.keep("norm", dtype::f32);
    net.output("y", matmul(u, v, {.transpose_b = true}) | softmax{2});
    net.output("z", (u | linear{"out", 37}) | slice{1, {.start = 3}} | relu{});
}

/// A step of several outputs, of which only kept steps read the first, and one that keeps floats itself.
void states(network& net) {
    const tensor t = net.input("t", {5, 2, 12});
    const auto [y, h, c] = t | lstm{"a", {.hidden_size = 20}};
    const auto [z, last] = y | gru{"b", {.hidden_size = 19}};
    net.keep("b", dtype::f32);
    net.output("z", z | linear{"head", 7});
    net.output("h", h | relu{});
    net.output("c", c * 0.5f);
    net.output("last", last);
}

/// Every layer keeps floats.
void all_kept(network& net) {
    const tensor x = net.input("x", {1, 3, 9, 9})
        | conv2d{"a", {.out = 20, .kernel = 3, .pad = 1, .bias = true}}
        | conv2d{"b", {.out = 19, .kernel = 3}};
    const tensor pooled = x | global_avg_pool{};
    net.keep(pooled, dtype::f32);
    net.output("y", pooled | flatten{} | linear{"c", 7});
    net.keep("?", dtype::f32);
}

/// Sines and cosines of a diffusion's steps, and of positions behind a layer and a state.
void angles(network& net) {
    const tensor steps = net.input("steps", {2}, dtype::i32);
    const tensor rates = cast(arange(net, 0, 16), dtype::f32) * (-9.2103404f / 16) | lamina::exp{};
    const tensor angle = (cast(steps, dtype::f32) | unsqueeze{1}) * rates;
    net.output("turns", concat({angle | lamina::cos{}, angle | lamina::sin{}}, 1));
    const tensor x = net.input("x", {2, 24}) | linear{"a", 16};
    net.output("snake", x + (x | lamina::sin{} | lamina::square{}));
    net.output("y", x + (angle | lamina::sin{}) | linear{"b", 9});
}

/// Norms and sums whose terms leave the range of a half, and divisors that it does not hold.
void sums(network& net) {
    const tensor x = net.input("x", {3, 70});
    net.output("unit", x | lp_normalize{});
    net.output("cubic", x | lp_normalize{{.p = 3}});
    net.output("norm", x | reduce_l2{1});
    net.output("squares", x | lamina::square{} | reduce_sum{1});
    net.output("rms", x * ((x | lamina::square{} | reduce_mean{1, true}) + 1e-12f | rsqrt{}));
    net.output("product", x | slice{1, {.stop = 4}} | reduce_prod{1});
    net.output("folded",
        x | lamina::square{} | reshape{{3, 7, 10}} | reduce_mean{{1, 2}} | lamina::sqrt{});
}
/// The same of pools: 19 channels, and windows.
void pooled_sums(network& net) {
    const tensor x = net.input("x", {2, 19, 9, 8}) * 100.f;
    net.output("across", x | local_response_norm{5, {.alpha = 1e-3f}});
    net.output("within", x | lp_pool{{.kernel = 3, .pad = 1}});
    net.output("conv",
        x | conv2d{"a", {.out = 21, .kernel = 3, .pad = 1}} | lp_pool{{.p = 3, .kernel = 2}});
}

std::vector<float> run_for(const network& net, const random_weights& weights,
    const std::vector<float>& x, const lamina::target& target) {
    const engine made(plan_at_run_time(net, target), weights.opened());
    return made.run({{"x", x}})["y"].values;
}

}  // namespace

TEST_CASE("kept floats: plans of 16 bits with kept steps give what the reference gives") {
    check_on_devices("images with kept steps", images, narrow);
    check_on_devices("rows with kept steps", rows, narrow);
    check_on_devices("states of kept and other steps", states, narrow);
}

TEST_CASE("kept floats: where every step keeps floats the numbers are those of an fp32 plan") {
    random_source random("all kept");
    network net;
    all_kept(net);
    const random_weights weights(net, random);
    const std::vector<float> x = random.numbers(243);
    for (const lamina::target& target : {cpu, gpu}) {
        const auto full = run_for(net, weights, x, target);
        CHECK(run_for(net, weights, x, target.half()) == full);
        CHECK(run_for(net, weights, x, target.bf16()) == full);
    }
}

TEST_CASE("kept floats: steps, values and weights have the types that the network asks for") {
    network net;
    images(net);
    for (const lamina::target& target : narrow) {
        const planner::module m = planned(net, target);
        int kept = 0;
        for (const planner::step& s : m.steps) {
            if (s.is_copy) continue;
            const node& anchor = net.nodes[planner::at(s.anchor)];
            const bool wanted = anchor.at == "b" || anchor.at == "head.fc";
            CAPTURE(std::string(anchor.at.view()));
            const bool floats = s.numbers.storage == dtype::f32;
            CHECK(floats == wanted);
            kept += floats;
            if (wanted) CHECK(s.output.type == dtype::f32);
            if (wanted)
                for (const planner::view& v : s.inputs) CHECK(v.type == dtype::f32);
        }
        CHECK(kept == 2);
        const run_time_plan plan = plan_at_run_time(net, target);
        const plan_view opened = plan_view::open(plan.data());
        CHECK(plan_table(*opened).find("precision") != std::string::npos);
        int floats = 0;
        for (const plan_step& s : opened->steps)
            floats += s.output >= 0 && opened->kernels[s.kernel].family != "pointwise"
                && precision_of(*opened, s) == dtype::f32;
        CHECK(floats == 2);
    }
    network several;
    states(several);
    for (const lamina::target& target : narrow)
        for (const planner::step& s : planned(several, target).steps)
            for (const planner::further_output& also : s.further)
                if (also.seen.storage >= 0) CHECK(also.seen.type == s.output.type);
    // An fp32 plan keeps floats anyway.
    for (const planner::step& s : planned(net, cpu).steps) CHECK(s.numbers.storage == dtype::f32);
}

TEST_CASE("angles that no layer computed stay float in plans of 16 bits") {
    network net;
    angles(net);
    REQUIRE(net.problems.empty());
    random_source random("angles");
    const random_weights weights(net, random);
    const std::vector<float> x = random.numbers(48);
    // Half holds each of them, bfloat16 neither the first nor what the rates make of it.
    const std::vector<int> steps{random.integer(513, 999), random.integer(0, 255)};
    for (const lamina::target& target : narrow) {
        CAPTURE(std::string(to_text(target.numbers.storage)));
        const engine made(plan_at_run_time(net, target), weights.opened());
        context c = made.make_context();
        c.set_input("steps", steps).set_input("x", x).run();
        const auto turns = c.get("turns");
        double most = 0;
        for (int row = 0; row < 2; ++row)
            for (int i = 0; i < 32; ++i) {
                const float rate = std::exp(static_cast<float>(i % 16) * (-9.2103404f / 16));
                const double angle = static_cast<double>(
                    static_cast<float>(steps[static_cast<std::size_t>(row)]) * rate);
                const double wanted = i < 16 ? std::cos(angle) : std::sin(angle);
                most = std::max(most,
                    std::fabs(wanted
                        - static_cast<double>(turns[static_cast<std::size_t>(32 * row + i)])));
            }
        // Half a unit in the last place of what is stored; rates are floats, a step of 999 has 6e-5 by them.
        CHECK(most < (target.numbers.storage == dtype::f16 ? 4e-4 : 2.1e-3));
    }
    check_on_devices("angles", angles, narrow);
}

TEST_CASE("sums and their terms stay float in plans of 16 bits") {
    network net;
    sums(net);
    REQUIRE(net.problems.empty());
    random_source random("sums");
    const random_weights weights(net, random);
    // A row whose squares no half holds, one of zeros, one whose squares are 0 as halves; all of few bits.
    std::vector<float> x(210);
    for (std::size_t i = 0; i < 70; ++i) x[i] = 2 * static_cast<float>(random.integer(128, 255));
    for (std::size_t i = 140; i < 210; ++i)
        x[i] = 0x1p-22f * static_cast<float>(random.integer(-127, 127));
    for (const lamina::target& target : narrow) {
        CAPTURE(std::string(to_text(target.numbers.storage)));
        const engine made(plan_at_run_time(net, target), weights.opened());
        context c = made.make_context();
        c.set_input("x", x).run();
        const dtype stored = target.numbers.storage;
        // The error of floats that 70 terms and a power have, and that of a factor and a result in 16 bits.
        const auto check = [&](const std::string& at, std::size_t row, double wanted,
                               bool is_stored, std::size_t i) {
            CAPTURE(at);
            CAPTURE(row);
            const double got = static_cast<double>(c.get(at)[i]);
            CHECK(std::fabs(got - wanted)
                <= std::fabs(wanted) * (2e-5 + (is_stored ? 2 * unit_of(stored) : 0)));
        };
        for (std::size_t row = 0; row < 3; ++row) {
            const auto at = [&](std::size_t i) { return static_cast<double>(x[70 * row + i]); };
            double squares = 0, cubes = 0, product = 1;
            for (std::size_t i = 0; i < 70; ++i) {
                squares += at(i) * at(i);
                cubes += std::pow(std::fabs(at(i)), 3);
                if (i < 4) product *= at(i);
            }
            check("norm", row, std::sqrt(squares), false, row);
            check("squares", row, squares, false, row);
            check("folded", row, std::sqrt(squares / 70), false, row);
            check("product", row, product, false, row);
            for (const std::size_t i : {std::size_t{0}, std::size_t{69}}) {
                check("unit", row, at(i) / std::max(std::sqrt(squares), 1e-12), true, 70 * row + i);
                check("cubic", row, at(i) / std::max(std::cbrt(cubes), 1e-12), true, 70 * row + i);
                check("rms", row, at(i) / std::sqrt(squares / 70 + 1e-12), true, 70 * row + i);
            }
        }
    }
    check_on_devices("sums of pools", pooled_sums, narrow);
}
