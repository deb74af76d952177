// SPDX-License-Identifier: Apache-2.0
// The tactics of the gpu class on matrix units: every tile and split, shapes that fill none, in half,
// tf32 and bf16. Devices without them run the plans by the portable tactics. CTest runs this file once
// more with LAMINA_ABILITIES="mma wgmma": then any device computes what matrix units would by plain code.
#include "models/check_plan_runs.hpp"
#include "support/hand_weights.hpp"

#include <cmath>
#include <cstdlib>
#include <set>

using namespace lamina;
using namespace lamina_test;

namespace {

std::size_t at2(int row, int columns, int column) {
    return static_cast<std::size_t>(row * columns + column);
}

bool has_units() { return device::best().facts().is_able("mma"); }

/// The precisions of matrix units; on a CPU, where plain code or the portable tactics take the units' place,
/// one of them, drawn for each case and in each run (LAMINA_TEST_LONG: all).
std::vector<lamina::target> precisions() {
    if (device::best().facts().type == device_type::gpu || tests_are_long())
        return {gpu.half(), gpu.tf32(), gpu.bf16()};
    static random_source random("precisions");
    const int which = random.integer(0, 2);
    return {which == 0 ? gpu.half() : which == 1 ? gpu.tf32() : gpu.bf16()};
}

std::string name_of(const lamina::target& target) {
    return target.stores_floats() ? "tf32" : std::string(to_text(target.numbers.storage));
}

void conv(network& net, const shape& in, const conv2d_options& options) {
    const auto x = net.input("image", in) | relu{};
    net.output("out", x | conv2d{"conv", options} | silu{});
}
void product(network& net, const shape& a, const shape& b, const matmul_options& options) {
    const auto left = net.input("a", a) | silu{};
    const auto right = net.input("b", b) | silu{};
    net.output("out", mul(matmul(left, right, options), 0.5f));
}

/// The tactics that need matrix units.
std::vector<std::string> unit_tactics(const std::function<void(network&)>& define,
    const lamina::target& target, std::string_view family) {
    return tactics_of(define, target, family, true);
}

/// By the plan's own choice, and by every tactic where there are matrix units; by some where plain code
/// takes their place, which is slow.
void check_all(const std::function<void(network&)>& define, const lamina::target& target,
    std::string_view family) {
    const auto tactics = unit_tactics(define, target, family);
    REQUIRE(tactics.size() > 2);
    check_runs(define, target, {family, "", has_units()});
    if (!has_units()) return;
    const bool all = device::best().facts().type == device_type::gpu;
    bool tried[2] = {};  // with plain code: the last tactic of each kind
    for (std::size_t i = tactics.size(); i-- > 0;) {
        bool& is_done = tried[tactics[i].starts_with("wgmma")];
        if (is_done && !all) continue;
        is_done = true;
        INFO(tactics[i]);
        check_runs(define, target, {family, tactics[i]});
    }
}

/// By the plan's own choice, which needs matrix units and has to run on them where there are any.
void check_one(const std::function<void(network&)>& define, const lamina::target& target,
    std::string_view family) {
    CHECK(!unit_tactics(define, target, family).empty());
    check_runs(define, target, {family, "", has_units()});
}

}  // namespace

TEST_CASE("every tile and split of a convolution on matrix units is right") {
    for (const lamina::target& target : precisions()) {
        INFO(name_of(target));
        check_all(
            [](network& net) {
                conv(net, {1, 72, 11, 7}, {.out = 70, .kernel = 3, .pad = 1, .bias = true});
            },
            target, "conv2d_tiled");
    }
}

TEST_CASE("every tile and split of a convolution with a pool behind it is right") {
    const auto define = [](const shape& in, const conv2d_options& options) {
        return [in, options](network& net) {
            const auto x = net.input("image", in) | relu{};
            net.output("out", x | conv2d{"conv", options} | silu{} | max_pool{{.kernel = 2}});
        };
    };
    const conv2d_options first{.out = 70, .kernel = 3, .pad = 1, .bias = true};
    for (const lamina::target& target : precisions()) {
        INFO(name_of(target));
        check_all(define({1, 72, 11, 7}, first), target, "conv2d_tiled");
        check_one(define({2, 64, 8, 12}, {.out = 16, .kernel = 1}), target, "conv2d_tiled");
        check_one(define({3, 20, 6, 5}, {.out = 33, .kernel = 3}), target, "conv2d_tiled");
    }
}

TEST_CASE("every tile and split of a convolution of a concat is right") {
    const auto define = [](const shape& in, int second, const conv2d_options& options) {
        return [in, second, options](network& net) {
            const auto x = net.input("a", in) | relu{};
            const auto z = net.input("b", {in.n, second, in.h, in.w}) | silu{};
            net.output("out", concat({x, z}) | conv2d{"conv", options} | silu{});
        };
    };
    const conv2d_options first{.out = 70, .kernel = 3, .pad = 1, .bias = true};
    for (const lamina::target& target : precisions()) {
        INFO(name_of(target));
        check_all(define({1, 48, 11, 7}, 32, first), target, "conv2d_tiled");
        check_one(define({2, 64, 8, 12}, 16, {.out = 16, .kernel = 1}), target, "conv2d_tiled");
        check_one(define({3, 16, 6, 5}, 80, {.out = 33, .kernel = 3}), target, "conv2d_tiled");
    }
}

TEST_CASE("every tile and split of a product on matrix units is right") {
    for (const lamina::target& target : precisions()) {
        INFO(name_of(target));
        check_all([](network& net) { product(net, {2, 37, 520}, {2, 520, 72}, {}); }, target,
            "matmul_tiled");
    }
}

TEST_CASE("convolutions on matrix units take every option") {
    const std::pair<shape, conv2d_options> cases[] = {
        {{2, 24, 9, 7}, {.out = 20, .kernel = 3, .pad = 1, .bias = true}},
        {{3, 64, 14, 14}, {.out = 64, .kernel = 1}},
        {{1, 20, 8, 8}, {.out = 33, .kernel = 1}},
        {{1, 18, 11, 6}, {.out = 6, .kernel = {3, 2}, .stride = {2, 1}, .pad = {0, 1, 2, 0}}},
        {{1, 5, 13, 13}, {.out = 7, .kernel = 5, .stride = 2, .pad = lamina::same, .bias = true}},
        {{2, 16, 12, 10}, {.out = 70, .kernel = 3, .pad = {2, 2}, .dilation = 2}},
        {{1, 48, 6, 6}, {.out = 64, .kernel = 3, .pad = 1, .groups = 2, .bias = true}},
        {{2, 40, 5, 7}, {.out = 48, .kernel = 3, .stride = 2, .pad = 1, .groups = 2}},
        {{3, 6, 5, 5}, {.out = 1, .kernel = 5, .pad = 2}},
        {{1, 256, 7, 7}, {.out = 130, .kernel = 3, .pad = 1}},
    };
    for (const auto& [in, options] : cases)
        for (const lamina::target& target : precisions()) {
            INFO(std::string(to_text(in).view()) << " out " << options.out);
            check_one([&](network& net) { conv(net, in, options); }, target, "conv2d_tiled");
        }
}

TEST_CASE("products on matrix units take transposed, broadcast and odd operands") {
    for (const lamina::target& target : precisions()) {
        const auto check = [&](const shape& a, const shape& b, matmul_options options) {
            INFO(std::string(to_text(a).view()) << " x " << std::string(to_text(b).view()));
            check_one([&](network& net) { product(net, a, b, options); }, target, "matmul_tiled");
        };
        check({20, 24}, {24, 36}, {});
        check({3, 17, 20}, {3, 20, 9}, {});
        check({2, 3, 12, 8}, {2, 3, 40, 8}, {.transpose_b = true});
        check({2, 3, 16, 24}, {3, 16, 8}, {.transpose_a = true});
        check({2, 1, 7, 9}, {5, 9, 11}, {});
        check({8, 16}, {8, 8}, {.transpose_a = true, .transpose_b = true});
        check({5, 1000}, {1000, 13}, {});
    }
}

TEST_CASE("linear layers on matrix units, with rows and columns that fill no tile") {
    for (const lamina::target& target : precisions())
        for (const auto& [in, out] : {std::pair(shape{70, 48}, 52), std::pair(shape{9, 31}, 6),
                 std::pair(shape{2, 11, 40}, 33), std::pair(shape{197, 64}, 200)}) {
            INFO(std::string(to_text(in).view()) << " out " << out);
            check_one(
                [&](network& net) {
                    const auto x = net.input("x", in) | silu{};
                    const auto y = x | linear{"fc", {.out = out}} | silu{};
                    net.output("out", add(y | linear{"fc2", {.out = in[in.rank - 1]}}, x));
                },
                target, "matmul_tiled");
        }
}

TEST_CASE("a first convolution gathers the caller's float picture for matrix units") {
    for (const lamina::target& target : precisions())
        check_one(
            [](network& net) {
                const auto x = net.input("image", {2, 3, 17, 15});
                net.output("out",
                    x
                        | conv2d{"conv", {.out = 24, .kernel = 7, .stride = 2, .pad = 3}}
                        | batch_norm{"bn"}
                        | relu{});
            },
            target, "conv2d_tiled");
    for (const lamina::target& target : precisions())
        check_one(
            [](network& net) {
                const auto x = net.input("image", {2, 3, 24, 32});
                net.output(
                    "out", x | conv2d{"conv", {.out = 72, .kernel = 8, .stride = 8, .bias = true}});
            },
            target, "conv2d_tiled");
}

TEST_CASE("residual adds, activations and a concat in place are the epilogue on matrix units") {
    for (const lamina::target& target : precisions())
        check_one(
            [](network& net) {
                const auto x = net.input("image", {2, 8, 9, 9}) | silu{};
                const auto left = x | conv2d{"left", {.out = 16, .kernel = 3, .pad = 1}} | relu{};
                const auto right = x | conv2d{"right", {.out = 24, .kernel = 1, .bias = true}};
                const auto both = concat({left, right});
                const auto more
                    = both | conv2d{"more", {.out = 40, .kernel = 3, .pad = 1}} | batch_norm{"bn"};
                net.output("out", add(more, both) | relu{});
            },
            target, "conv2d_tiled");
}

TEST_CASE("split products give the same bits in every run") {
    network net;
    conv(net, {1, 512, 7, 7}, {.out = 512, .kernel = 3, .pad = 1});
    random_source random("split");
    const random_weights weights(net, random);
    const run_time_plan plan = plan_at_run_time(net, gpu.half());
    const auto tactics = unit_tactics(
        [](network& of) { conv(of, {1, 512, 7, 7}, {.out = 512, .kernel = 3, .pad = 1}); },
        gpu.half(), "conv2d_tiled");
    const auto split = std::find_if(tactics.begin(), tactics.end(),
        [](const std::string& t) { return t.find("_split") != t.npos; });
    REQUIRE(split != tactics.end());
    const quick_kernels quick(gpu.half());
    const engine made(plan, weights.opened(), device::best(),
        {.tuning = always("conv2d_tiled", has_units() ? *split : "")});
    CHECK(steps_by(made, {"conv2d_tiled", has_units() ? *split : ""}) == 1);
    context run = made.make_context();
    const auto values = random.numbers(512 * 49);
    std::vector<float> first;
    for (int i = 0; i < (device::best().facts().type == device_type::gpu ? 1000 : 3); ++i) {
        run.set_input("image", values);
        run.run();
        const auto out = run.get("out");
        if (first.empty()) first.assign(out.begin(), out.end());
        REQUIRE(std::equal(first.begin(), first.end(), out.begin()));
    }
}

TEST_CASE("fp32 plans have no tactic that rounds") {
    CHECK(unit_tactics([](network& net) { conv(net, {1, 64, 8, 8}, {.out = 64, .kernel = 3}); },
        gpu, "conv2d_tiled")
            .empty());
}

TEST_CASE("attention on matrix units is right, with causal and other masks and odd lengths") {
    const auto cases = attention_cases({
        {{4, 1, 72}, {4, 33, 72}, {4, 33, 8}},
        {{1, 2, 40, 128}, {1, 2, 300, 128}, {1, 2, 300, 128}},
    });
    for (const attention_case& c : cases) {
        INFO(std::string(to_text(c.q).view()) << " " << std::string(to_text(c.v).view()));
        const auto define = [&](network& net) { c.define(net, true); };
        for (const lamina::target& target : precisions()) {
            if (c.causal && c.mask)
                check_all(define, target, "attention");
            else
                check_one(define, target, "attention");
        }
    }
}

TEST_CASE("attention on matrix units: rows masked everywhere, by least numbers, for whole tiles") {
    // 37 queries and 150 keys fill no tile; the first two tiles of keys are 128 at most.
    constexpr int queries = 37, keys = 150, depth = 16;
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr float most = std::numeric_limits<float>::max();
    random_source random("masked rows");
    const std::vector<float> q = random.numbers(queries * depth), k = random.numbers(keys * depth),
                             v = random.numbers(keys * depth);
    std::vector<float> mask;
    for (int row = 0; row < queries; ++row)
        for (int key = 0; key < keys; ++key)
            mask.push_back(row % 7 == 0 ? -infinity
                    : row % 7 == 1      ? -most
                    : row % 7 == 2      ? -1e9f
                    : row % 7 == 3      ? (key < 140 ? -infinity : 0)
                    : row % 7 == 4      ? (key > 3 ? -infinity : 0)
                    : row % 7 == 5      ? (key == 149 ? 0 : -most)
                                        : random.number());
    for (const bool causal : {false, true})
        for (const bool computed : {false, true}) {  // stored as the plan's numbers are
            CAPTURE(causal);
            CAPTURE(computed);
            network net;
            const auto q_ = net.input("q", {1, queries, depth}) | lamina::abs{};
            const auto k_ = net.input("k", {1, keys, depth}) | lamina::abs{};
            const auto v_ = net.input("v", {1, keys, depth}) | lamina::abs{};
            tensor m = net.input("mask", {queries, keys});
            if (computed) m = lamina::min(m, 2.0f);
            net.output("out", attention(q_, k_, v_, {.causal = causal, .mask = m}));
            const random_weights none(net, random);
            for (const lamina::target& target : precisions()) {
                CAPTURE(name_of(target));
                const double allowed = target.numbers.storage == dtype::bf16 ? 3e-2 : 3e-3;
                const run_time_plan plan = plan_at_run_time(net, target);
                const quick_kernels quick(target);
                const lamina::engine engine(plan, none.opened());
                lamina::context run = engine.make_context();
                run.set_input("q", q).set_input("k", k).set_input("v", v);
                run.set_input("mask", mask).run();
                const auto found = run.get("out");
                for (int row = 0; row < queries; ++row) {
                    std::vector<double> shares;
                    double greatest = -std::numeric_limits<double>::infinity(), sum = 0;
                    for (int key = 0; key < keys; ++key) {
                        double score = 0;
                        for (int d = 0; d < depth; ++d)
                            score += std::fabs(static_cast<double>(q[at2(row, depth, d)])
                                * static_cast<double>(k[at2(key, depth, d)]));
                        // A mask that is far larger than the scores leaves nothing of them.
                        const auto hide = static_cast<double>(mask[at2(row, keys, key)]);
                        score = hide < -1e8 ? hide : score / 4 + hide;
                        if (causal && key > row) score = -std::numeric_limits<double>::infinity();
                        shares.push_back(score);
                        greatest = std::max(greatest, score);
                    }
                    for (double& share : shares) {
                        share = std::isinf(greatest) ? 0 : std::exp(share - greatest);
                        sum += share;
                    }
                    for (int d = 0; d < depth; ++d) {
                        double wanted = 0;
                        for (int key = 0; key < keys; ++key)
                            if (sum > 0)
                                wanted += shares[static_cast<std::size_t>(key)] / sum
                                    * std::fabs(static_cast<double>(v[at2(key, depth, d)]));
                        CAPTURE(row);
                        CHECK(std::fabs(found[at2(row, depth, d)] - wanted) <= allowed * wanted);
                    }
                }
            }
        }
}

TEST_CASE("queries, keys and values may be parts of one product, heads side by side") {
    check_one(
        [](network& net) {
            const auto x = net.input("x", {2, 50, 48}) | silu{};
            const auto parts = split(x | linear{"qkv", {.out = 144}}, {48, 48, 48}, 2);
            const auto heads = [](const tensor& t) {
                return t | reshape{{2, 50, 3, 16}} | permute{{0, 2, 1, 3}};
            };
            const auto seen = attention(heads(parts[0]), heads(parts[1]), heads(parts[2]));
            const auto y = seen | permute{{0, 2, 1, 3}} | reshape{{2, 50, 48}};
            net.output("out", y | linear{"out", {.out = 48}});
        },
        gpu.half(), "attention");
}

namespace {

/// The mean of the relative errors of a product of `depth` numbers from 1 to 2, by a tactic: as a linear layer,
/// or as a convolution of 1x1. 0 if the device lacks what the tactic needs.
/// `behind`: another product makes the factors, x[k] + x[k + 1] / 512, which have more bits than tf32.
double mean_error(int depth, bool is_convolution, const std::string& tactic, bool behind = false) {
    constexpr int rows = 80, columns = 72;
    network net;
    if (is_convolution) {
        auto made = net.input("x", {1, depth, 8, 10}) | relu{};
        if (behind) made = made | conv2d{"mix", {.out = depth, .kernel = 1, .bias = false}};
        net.output(
            "out", made | conv2d{"fc", {.out = columns, .kernel = 1, .bias = false}} | relu{});
    } else {
        auto made = net.input("x", {rows, depth}) | relu{};
        if (behind) made = made | linear{"mix", {.out = depth, .bias = false}};
        net.output("out", made | linear{"fc", {.out = columns, .bias = false}} | relu{});
    }
    random_source random("one sign");
    const auto x = random.numbers(static_cast<std::size_t>(rows * depth), 1, 2);
    const auto w = random.numbers(static_cast<std::size_t>(columns * depth), 1, 2);
    hand_weights file;
    if (is_convolution)
        file.add("fc.weight", {columns, depth, 1, 1}, w);
    else
        file.add("fc.weight", {columns, depth}, w);
    if (behind) {
        std::vector<float> mix(static_cast<std::size_t>(depth * depth), 0.0f);
        for (int k = 0; k < depth; ++k) {
            mix[at2(k, depth, k)] = 1;
            mix[at2(k, depth, (k + 1) % depth)] = 1.0f / 512;
        }
        if (is_convolution)
            file.add("mix.weight", {depth, depth, 1, 1}, mix);
        else
            file.add("mix.weight", {depth, depth}, mix);
    }
    const std::string family = is_convolution ? "conv2d_tiled" : "matmul_tiled";
    const quick_kernels quick(gpu.tf32());
    const run_time_plan plan = plan_at_run_time(net, gpu.tf32());
    if (!takes_tactic(*plan_view::open(plan.data()), {family, tactic})) return 0;
    const engine made(plan, file.open(), device::best(), {.tuning = always(family, tactic)});
    CHECK(steps_by(made, {family, tactic}) >= 1);
    context run = made.make_context();
    run.set_input("x", x);
    run.run();
    const auto out = run.get("out");
    const auto factor = [&](int row, int k) {
        return static_cast<double>(x[is_convolution ? at2(k, rows, row) : at2(row, depth, k)]);
    };
    double sum = 0;
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            double exact = 0;
            for (int k = 0; k < depth; ++k)
                exact += (factor(row, k) + (behind ? factor(row, (k + 1) % depth) / 512 : 0))
                    * static_cast<double>(w[at2(column, depth, k)]);
            sum += static_cast<double>(
                       out[is_convolution ? at2(column, rows, row) : at2(row, columns, column)])
                    / exact
                - 1;
        }
    return sum / (rows * columns);
}

}  // namespace

// A factor whose last bits are cut off is too small by 3.4e-4 in the mean. Rounded to the nearest, sums of 500
// products are off by about 1e-5, either way; 5760 of them and their sums in float by less in the mean.
TEST_CASE("factors are rounded to the nearest in tf32, so that errors do not add up") {
    if (!has_units()) return;  // portable tactics round no factor
    for (const int depth : {512, 524})
        for (const bool is_convolution : {false, true}) {
            const auto define = [&](network& net) {
                if (is_convolution)
                    net.output("out",
                        net.input("x", {1, depth, 8, 10})
                            | relu{}
                            | conv2d{"fc", {.out = 72, .kernel = 1, .bias = false}}
                            | relu{});
                else
                    net.output("out",
                        net.input("x", {80, depth})
                            | relu{}
                            | linear{"fc", {.out = 72, .bias = false}}
                            | relu{});
            };
            const auto tactics = unit_tactics(
                define, gpu.tf32(), is_convolution ? "conv2d_tiled" : "matmul_tiled");
            CHECK(std::any_of(tactics.begin(), tactics.end(),
                [](const std::string& t) { return t.starts_with("wgmma"); }));
            int tried[2] = {};  // plain code is slow
            for (const std::string& tactic : tactics) {
                if (tried[tactic.starts_with("wgmma")]++ > 1
                    && device::best().facts().type != device_type::gpu)
                    continue;
                INFO(tactic << ", depth " << depth << ", seed " << test_seed());
                CHECK(std::fabs(mean_error(depth, is_convolution, tactic)) < 5e-5);
            }
        }
}

// What a product stores is rounded where it is stored: units that take factors from local memory would cut it off.
TEST_CASE("factors that another product made are rounded to the nearest, too") {
    if (!has_units()) return;
    for (const bool is_convolution : {false, true}) {
        INFO(is_convolution << ", seed " << test_seed());
        CHECK(std::fabs(mean_error(512, is_convolution, "wgmma64x64x32_16x64", true)) < 5e-5);
    }
}
