// SPDX-License-Identifier: Apache-2.0
// Runs of the same input give the same bits, however often and whatever runs beside them: work-groups that
// share sums, threads that share a launch, and contexts that share a device.
#include "examples/resnet20/resnet20.hpp"
#include "models/check_plan_runs.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

using namespace lamina;
using lamina_test::random_source;

namespace {

bool on_gpu() { return device::best().facts().type == device_type::gpu; }

/// Two layers of an encoder, whose longest products have few rows and so are split among groups on matrix units.
void encoder(network& net) {
    tensor x = net.input("tokens", {2, 50, 192});
    for (int layer = 0; layer < 2; ++layer) {
        const name at("layer", layer);
        const tensor y = x | layer_norm{at / "norm1"};
        const auto heads = [&](const char* which) {
            return y | linear{at / which, 192} | reshape{{2, 50, 3, 64}} | permute{{0, 2, 1, 3}};
        };
        const tensor mixed = attention(heads("q"), heads("k"), heads("v"))
            | permute{{0, 2, 1, 3}}
            | reshape{{2, 50, 192}}
            | linear{at / "out", 192};
        x = add(x, mixed);
        x = add(x,
            x
                | layer_norm{at / "norm2"}
                | linear{at / "up", on_gpu() ? 1536 : 768}  // narrower where kernels take long
                | gelu_erf{}
                | linear{at / "down", 192});
    }
    net.output("encoded", x);
}

template <int Batch> void pictures(network& net) {
    zoo::resnet20<zoo::shortcut::projection, Batch>::define(net);
}

/// A residual block as deep networks end: few pixels and many channels, whose sums are split among groups.
void deep_block(network& net) {
    const tensor x = net.input("image", {2, 256, 8, 8}) | relu{};
    const tensor y = x | conv2d{"conv1", {.out = 64, .kernel = 3, .pad = 1}} | relu{};
    net.output("out", add(y | conv2d{"conv2", {.out = 256, .kernel = 3, .pad = 1}}, x) | relu{});
}

std::vector<std::uint32_t> bits_of(context& run) {
    std::vector<std::uint32_t> out;
    for (const plan_binding& b : run.plan().outputs) {
        const auto values = run.get(b.name);
        const std::size_t before = out.size();
        out.resize(before + values.size());
        std::memcpy(out.data() + before, values.data(), values.size() * sizeof(float));
    }
    return out;
}

/// How many of `runs` runs give other bits than the first.
int differing_runs(const engine& of, const std::vector<float>& input, int runs) {
    context run = of.make_context();
    run.set_input(of.inputs()[0].name, input);
    run.run();
    const std::vector<std::uint32_t> first = bits_of(run);
    int differing = 0;
    for (int i = 1; i < runs; ++i) {
        run.run();
        differing += bits_of(run) != first;
    }
    return differing;
}

/// Steps whose groups add up shares of one sum, by the names of their tactics.
std::size_t split_steps(const engine& of) {
    std::size_t steps = 0;
    for (std::size_t i = 0; i < of.plan().steps.size(); ++i)
        steps += of.tactic(i).find("_split") != std::string_view::npos;
    return steps;
}

/// Without what races nothing is shown: threads share a launch of many steps, groups the sums of a product if
/// the network is one that `splits`.
void check_that_it_races(const engine& of, const target& to, bool splits) {
    if (to.is_cpu()) CHECK(of.report().launches < of.plan().steps.size());
    if (!to.may_use_matrix_units() || !of.device_of().facts().is_able("mma")) return;
    CHECK(lamina_test::steps_on_units(of) > 0);
    if (splits) CHECK(split_steps(of) > 0);
}

/// 1000 runs on a GPU (LAMINA_TEST_LONG: and elsewhere), half of them each in two contexts at once.
template <class Define>
void check_bits(const char* name, Define define, const target& to, bool splits = true) {
    const int runs = on_gpu() || lamina_test::tests_are_long() ? 500 : 6;
    random_source random(name);
    network net;
    define(net);
    REQUIRE(net.problems.empty());
    const lamina_test::quick_kernels quick(to);
    const run_time_plan plan = plan_at_run_time(net, to);
    const lamina_test::random_weights numbers(net, random);
    const engine made(plan, numbers.opened(), device::best());
    check_that_it_races(made, to, splits);
    std::array<std::vector<float>, 2> inputs;
    for (std::vector<float>& values : inputs)
        values = random.numbers(static_cast<std::size_t>(made.inputs()[0].dims.count()));
    std::array<int, 2> differing{};
    std::thread other([&] { differing[1] = differing_runs(made, inputs[1], runs); });
    differing[0] = differing_runs(made, inputs[0], runs);
    other.join();
    CHECK(differing[0] == 0);
    CHECK(differing[1] == 0);
}

}  // namespace

TEST_CASE("racing: runs of ResNet-20 give the same bits") {
    if (on_gpu()) {
        check_bits("racing pictures in half", pictures<8>, gpu.half(), false);
        check_bits("racing pictures", pictures<8>, gpu);
    } else {
        check_bits("racing pictures", pictures<1>, cpu);
    }
}

TEST_CASE("racing: runs of a residual block of many channels give the same bits") {
    if (!on_gpu()) return;  // no groups share a sum there
    check_bits("racing block in half", deep_block, gpu.half());
    check_bits("racing block", deep_block, gpu.tf32());
}

TEST_CASE("racing: runs of an encoder with attention give the same bits") {
    check_bits("racing encoder in half", encoder, gpu.half());
    check_bits("racing encoder", encoder, on_gpu() ? gpu.tf32() : cpu);
}
