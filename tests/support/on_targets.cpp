// SPDX-License-Identifier: Apache-2.0
// The inside of on_targets.hpp, compiled once for all the tests that use it.
#include "on_targets.hpp"

#include "near.hpp"
#include "random.hpp"
#include "random_weights.hpp"
#include "torch_goldens.hpp"

#include <doctest/doctest.h>
#include <lamina/compile.hpp>
#include <lamina/debug.hpp>
#include <lamina/run.hpp>

#include <cmath>
#include <cstring>
#include <string>
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
    if (!data.empty())
        std::memcpy(file.data() + 8 + header.size(), data.data(), data.size() * 4);
    return file;
}

/// Random inputs: floats in [-1, 1), indices in [0, rows).
lamina::reference_inputs random_inputs(
    const lamina::network& net, random_source& random, int rows = 4) {
    lamina::reference_inputs inputs;
    for (const lamina::node& n : net.nodes) {
        if (n.kind != lamina::op::input) continue;
        lamina::reference_tensor& x = inputs[std::string(n.at.view())];
        x.dims = n.dims;
        x.type = n.type;
        const auto count = static_cast<std::size_t>(n.dims.count());
        if (n.type == lamina::dtype::i32)
            for (std::size_t i = 0; i < count; ++i) x.indices.push_back(random.integer(0, rows - 1));
        else
            x.values = random.numbers(count);
    }
    return inputs;
}

/// A network's outputs on every target of the default device against the reference.
/// Whether each index that an argmax (argmin) found points at a value as large (small) as the expected one, within
/// the tolerance: rounding to half makes ties, and either winner is right.
bool is_tied(const lamina::node& n, const lamina::reference_tensor& in, std::span<const int> found,
    std::span<const int> expected, double tolerance) {
    const int axis = n.attr.axis, extent = in.dims[axis];
    std::size_t inner = 1;
    for (int i = axis + 1; i < in.dims.rank; ++i) inner *= static_cast<std::size_t>(in.dims[i]);
    for (std::size_t k = 0; k < expected.size(); ++k) {
        if (found[k] < 0 || found[k] >= extent) return false;
        const auto value = [&](int index) {
            const std::size_t row = k / inner * static_cast<std::size_t>(extent);
            return in.values[(row + static_cast<std::size_t>(index)) * inner + k % inner];
        };
        const double best = value(expected[k]);
        if (!(std::abs(best - value(found[k])) <= tolerance * std::abs(best))) return false;
    }
    return true;
}

void check_on_targets(const lamina::network& net, const lamina::weights& file,
    const lamina::weights_lookup& find, const lamina::reference_inputs& inputs,
    const tolerances& allowed) {
    const lamina::reference oracle(net, find);
    const auto values = oracle.run(inputs);
    // Numbers are constants of the kernels on gpu; with half storage they are arguments here, so
    // that both ways are tried and more programs are shared.
    lamina::target gpu_half = lamina::gpu.half();
    gpu_half.bakes_numbers = false;
    std::vector<lamina::target> goals{
        lamina::cpu.winograd(allowed.winograd), lamina::gpu, lamina::cpu.half(), gpu_half};
    if (!allowed.goals.empty()) goals.assign(allowed.goals.begin(), allowed.goals.end());
    for (const lamina::target& goal : goals) {
        const bool is_half = goal.storage == lamina::dtype::f16;
        const double tolerance = is_half ? allowed.fp16 : allowed.fp32;
        if (tolerance == 0 || (!allowed.gpu && goal.images != lamina::cpu.images)) continue;
        const std::string label = std::string(goal.label()) + (is_half ? " with half storage" : "");
        INFO(label);
        const lamina::run_time_plan plan = lamina::plan_at_run_time(net, goal);
        const lamina::engine engine(plan, file);
        lamina::context run = engine.make_context();
        for (const auto& [name, x] : inputs) {
            if (x.type == lamina::dtype::i32)
                run.set_input(name, x.indices);
            else
                run.set_input(name, x.values);
        }
        run.run();
        for (const lamina::output_binding& out : net.outputs) {
            const std::string name(out.at.view());
            const lamina::reference_tensor& expected = oracle.output(values, name);
            difference off;
            if (expected.type == lamina::dtype::i32) {
                off = same(run.get<int>(name), expected.indices);
                const lamina::node& n = net.nodes[static_cast<std::size_t>(out.node)];
                if (!off.is_near && is_half && n.kind == lamina::op::argmax)
                    off.is_near
                        = is_tied(n, values[static_cast<std::size_t>(n.inputs[0])],
                            run.get<int>(name), expected.indices, tolerance);
            } else
                off = near(run.get(name), expected.values, tolerance);
            CHECK_MESSAGE(off.is_near, name, ": ", off.what);
            if (!off.is_near)
                MESSAGE(compare_steps(run, values, {tolerance, tolerance * 10}).sentence());
        }
    }
}

/// False after saying what is wrong with the network.
bool is_sound(const lamina::network& net) {
    for (const lamina::problem& found : net.problems)
        FAIL_CHECK(std::string(full_sentence(found).view()));
    return net.problems.empty();
}

}  // namespace

void check_on_devices(std::span<const torch_case> cases, double half_tolerance) {
    REQUIRE(!cases.empty());
    for (const torch_case& of : cases) {
        INFO(std::string(of.name));
        lamina::network net;
        of.define(net);
        if (!is_sound(net)) continue;
        const std::vector<std::byte> bytes = weights_for(net, golden_weights(of));
        check_on_targets(net, lamina::weights::from_bytes(bytes, of.name), golden_weights(of),
            golden_inputs(of), {of.tolerance, half_tolerance});
    }
}

void check_on_devices(const char* name, void (*define)(lamina::network&), tolerances allowed) {
    INFO(std::string(name));
    random_source random(name);
    lamina::network net;
    define(net);
    if (!is_sound(net)) return;
    const random_weights weights(net, random);
    check_on_targets(
        net, weights.opened(), weights.lookup(), random_inputs(net, random), allowed);
}

}  // namespace lamina_test
