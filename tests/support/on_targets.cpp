// SPDX-License-Identifier: Apache-2.0
// The inside of on_targets.hpp, compiled once for all the tests that use it.
#include "on_targets.hpp"

#include "inputs.hpp"
#include "near.hpp"
#include "quick_kernels.hpp"
#include "random.hpp"
#include "random_weights.hpp"
#include "torch_goldens.hpp"

#include <doctest/doctest.h>
#include <lamina/debug.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace lamina_test {
namespace {

/// What a network asks for, as the bytes of a weights file.
std::vector<std::byte> weights_for(const lamina::network& net, const lamina::weights_lookup& find) {
    std::string header = "{";
    std::vector<float> data;
    for (const lamina::parameter& p : net.parameters) {
        const std::span<const float> values = find(p.at.view());
        const std::size_t begin = data.size() * 4, end = begin + values.size() * 4;
        std::string dims;
        for (int axis = 0; axis < p.dims.rank; ++axis)
            dims += (axis ? "," : "") + std::to_string(p.dims[axis]);
        header += (header.size() > 1 ? ",\"" : "\"") + std::string(p.at.view())
            + R"(":{"dtype":"F32","shape":[)" + dims + R"(],"data_offsets":[)"
            + std::to_string(begin) + "," + std::to_string(end) + "]}";
        data.insert(data.end(), values.begin(), values.end());
    }
    header += "}";
    std::vector<std::byte> file(8 + header.size() + data.size() * 4);
    for (std::size_t i = 0; i < 8; ++i) file[i] = std::byte(header.size() >> (8 * i));
    std::memcpy(file.data() + 8, header.data(), header.size());
    if (!data.empty()) std::memcpy(file.data() + 8 + header.size(), data.data(), data.size() * 4);
    return file;
}

/// Random inputs: floats in [-1, 1), indices in [0, rows).
lamina::reference_inputs random_inputs(
    const lamina::network& net, random_source& random, int rows = 4) {
    return make_inputs(net, [&](lamina::reference_tensor& x, std::size_t count) {
        if (!is_integer(x.type) && x.type != lamina::dtype::boolean) {
            x.values = random.numbers(count);
            return;
        }
        const int largest = x.type == lamina::dtype::boolean ? 1 : rows - 1;
        for (std::size_t i = 0; i < count; ++i) x.indices.push_back(random.integer(0, largest));
    });
}

/// On a GPU plans for CPUs are of little use, and their long kernels take its compiler long: one in eight is
/// kept there, drawn in each run, and one of all where all are such (LAMINA_TEST_LONG: all).
void leave_most_cpu_plans(std::vector<lamina::target>& targets) {
    static random_source random("plans for CPUs on GPUs");
    if (tests_are_long() || lamina::device::best().facts().type != lamina::device_type::gpu) return;
    const lamina::target one = targets[static_cast<std::size_t>(
        random.integer(0, static_cast<int>(targets.size()) - 1))];
    std::erase_if(
        targets, [](const lamina::target& on) { return on.is_cpu() && random.integer(0, 7) > 0; });
    if (targets.empty()) targets.push_back(one);
}

/// The cpu and the gpu class with storage of 16 bits, which of the two types each has is drawn; both types on both
/// where the tests are long. Numbers are constants of the gpu class's kernels, here they are arguments, so that
/// both ways are tried and more programs are shared.
std::vector<lamina::target> narrow_targets(random_source& random) {
    const bool swaps = random.integer(0, 1);
    std::vector<lamina::target> narrow{swaps ? lamina::cpu.bf16() : lamina::cpu.half(),
        swaps ? lamina::gpu.half() : lamina::gpu.bf16()};
    if (tests_are_long())
        narrow = {lamina::cpu.half(), lamina::cpu.bf16(), lamina::gpu.half(), lamina::gpu.bf16()};
    for (lamina::target& one : narrow)
        if (!one.is_cpu()) one.sizes = lamina::size_form::arguments;
    return narrow;
}

std::vector<lamina::target> targets_of(const which_targets& where, random_source& random) {
    std::vector<lamina::target> out{lamina::cpu.winograd(where.winograd)};
    if (where.gpu) out.push_back(lamina::gpu);
    for (const lamina::target& one : narrow_targets(random))
        if (one.is_cpu() ? where.cpu_narrow : where.gpu && where.gpu_narrow) out.push_back(one);
    return out;
}

/// The cpu class in floats and the gpu class with storage of 16 bits, or the other way round.
std::vector<lamina::target> targets_of_case(random_source& random) {
    std::vector<lamina::target> out = narrow_targets(random);
    const bool gpu_is_narrow = random.integer(0, 1);
    if (!tests_are_long())
        std::erase_if(out, [&](const lamina::target& on) { return on.is_cpu() == gpu_is_narrow; });
    if (gpu_is_narrow || tests_are_long()) out.push_back(lamina::cpu);
    if (!gpu_is_narrow || tests_are_long()) out.push_back(lamina::gpu);
    return out;
}

/// A network's outputs on these targets of the default device against the reference.
void check_on_targets(const lamina::network& net, const lamina::weights& file,
    const lamina::weights_lookup& find, const lamina::reference_inputs& inputs,
    std::vector<lamina::target> targets, judged_elements* judged = nullptr) {
    const lamina::reference oracle(net, find);
    std::vector<std::pair<lamina::plan_arithmetic, std::vector<lamina::reference_tensor>>> known;
    const auto values_in = [&](const lamina::plan_arithmetic& by) -> const auto& {
        for (const auto& [one, values] : known)
            if (one == by) return values;
        return known.emplace_back(by, oracle.run(inputs, by)).second;
    };
    leave_most_cpu_plans(targets);
    for (const lamina::target& target : targets) {
        INFO(std::string(target.label()), " with storage in ",
            std::string(to_text(target.numbers.storage)), ", seed ", test_seed());
        const lamina::run_time_plan plan = lamina::plan_at_run_time(net, target);
        const quick_kernels quick(target);
        const lamina::engine engine(plan, file);
        const lamina::plan_arithmetic of_plan = lamina::arithmetic_of(engine.plan(), net);
        const auto& values = values_in(of_plan);
        lamina::context run = engine.make_context();
        for (const auto& [name, x] : inputs) {
            if (x.type == lamina::dtype::i32)
                run.set_input(name, x.indices);
            else if (is_integer(x.type))
                run.set_input(name, std::vector<std::int8_t>(x.indices.begin(), x.indices.end()));
            else
                run.set_input(name, x.values);
        }
        run.run();
        for (const lamina::output_binding& out : net.outputs) {
            const std::string name(out.at.view());
            const lamina::reference_tensor& expected = oracle.output(values, name);
            const lamina::arithmetic& by = of_plan.at(out.node);
            const auto compare
                = [&](auto found) { return near(found, expected, by, judged != nullptr); };
            const difference off = expected.type == lamina::dtype::i32 ? compare(run.get<int>(name))
                : expected.type == lamina::dtype::i8 ? compare(run.get<std::int8_t>(name))
                : is_integer(expected.type)          ? compare(run.get<std::uint8_t>(name))
                                                     : compare(run.get(name));
            if (judged) {
                judged->compared += off.compared;
                judged->unjudged += off.unjudged;
            }
            CHECK_MESSAGE(off.is_near, name, ": ", off.what);
            if (!off.is_near) MESSAGE(lamina::compare_steps(run, oracle, inputs).sentence());
        }
    }
}

/// False after saying what is wrong with the network.
bool is_sound(const lamina::network& net) {
    for (const lamina::problem& found : net.problems)
        FAIL_CHECK(std::string(full_sentence(found).view()));
    return net.problems.empty();
}

/// A network's outputs for random weights and inputs on these targets against the reference.
void check_with_random_numbers(const char* name, void (*define)(lamina::network&),
    random_source& random, std::vector<lamina::target> targets, judged_elements* judged = nullptr) {
    INFO(std::string(name));
    lamina::network net;
    define(net);
    if (!is_sound(net)) return;
    const random_weights weights(net, random);
    const lamina::reference_inputs inputs = random_inputs(net, random);
    check_on_targets(net, weights.opened(), weights.lookup(), inputs, std::move(targets), judged);
}

}  // namespace

void check_on_devices(std::span<const torch_case> cases) {
    REQUIRE(!cases.empty());
    if (!has_source_file(goldens_file)) return;
    random_source random("targets of recorded cases");
    for (const torch_case& of : cases) {
        INFO(std::string(of.name));
        lamina::network net;
        of.define(net);
        if (!is_sound(net)) continue;
        const std::vector<std::byte> bytes = weights_for(net, golden_weights(of));
        check_on_targets(net, lamina::weights::from_bytes(bytes, of.name), golden_weights(of),
            golden_inputs(of), targets_of_case(random));
    }
}

void check_on_devices(const char* name, void (*define)(lamina::network&), which_targets where) {
    random_source random(name);
    check_with_random_numbers(name, define, random, targets_of(where, random), where.judged);
}

void check_on_devices(
    const char* name, void (*define)(lamina::network&), std::span<const lamina::target> listed) {
    random_source random(name);
    check_with_random_numbers(
        name, define, random, random.some_of(listed, (listed.size() + 1) / 2));
}

}  // namespace lamina_test
