// SPDX-License-Identifier: Apache-2.0
// The inside of exact_values.hpp, compiled once for all the tests that use it.
#include "exact_values.hpp"

#include <doctest/doctest.h>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/reference/reference.hpp>
#include <lamina/run.hpp>

#include <cmath>
#include <cstring>
#include <span>

namespace lamina_test {
namespace {

const named_numbers* find(const std::vector<named_numbers>& all, std::string_view name) {
    for (const named_numbers& one : all)
        if (one.name == name) return &one;
    return nullptr;
}

/// What the network asks for, as the bytes of a weights file.
std::vector<std::byte> file_of(
    const lamina::network& net, const std::vector<named_numbers>& weights) {
    std::string header = "{";
    std::vector<float> data;
    for (const lamina::parameter& p : net.parameters) {
        const std::string name(p.at.view());
        const named_numbers* given = find(weights, name);
        REQUIRE_MESSAGE(given, name);
        const std::size_t begin = data.size() * 4, end = begin + given->values.size() * 4;
        std::string dims;
        for (int axis = 0; axis < p.dims.rank; ++axis)
            dims += (axis ? "," : "") + std::to_string(p.dims[axis]);
        header += (header.size() > 1 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":[)" + dims
            + R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(end) + "]}";
        data.insert(data.end(), given->values.begin(), given->values.end());
    }
    header += "}";
    std::vector<std::byte> file(8 + header.size() + data.size() * 4);
    for (std::size_t i = 0; i < 8; ++i) file[i] = std::byte(header.size() >> (8 * i));
    std::memcpy(file.data() + 8, header.data(), header.size());
    if (!data.empty()) std::memcpy(file.data() + 8 + header.size(), data.data(), data.size() * 4);
    return file;
}

void compare(std::span<const float> found, std::span<const float> wanted, double tolerance) {
    REQUIRE(found.size() == wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double is = found[i], should = wanted[i];
        const bool same = std::isnan(should) ? std::isnan(is)
            : std::isinf(should)
            ? is == should
            : std::fabs(is - should) <= tolerance * std::fmax(1, std::fabs(should));
        CHECK_MESSAGE(same, "element ", i, " is ", is, ", expected ", should);
    }
}

void compare(std::span<const int> found, std::span<const int> wanted) {
    REQUIRE(found.size() == wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        CHECK_MESSAGE(
            found[i] == wanted[i], "element ", i, " is ", found[i], ", expected ", wanted[i]);
}

}  // namespace

void check_values(void (*define)(lamina::network&), const std::vector<named_numbers>& inputs,
    const std::vector<named_numbers>& outputs, const std::vector<named_numbers>& weights) {
    lamina::network net;
    define(net);
    lamina::check(net);
    for (const lamina::problem& found : net.problems)
        FAIL(std::string(full_sentence(found).view()));
    const auto bytes = file_of(net, weights);
    const auto file = lamina::weights::from_bytes(bytes, "test weights");

    const lamina::reference oracle(net, [&](std::string_view name) -> std::span<const float> {
        const named_numbers* given = find(weights, name);
        return given ? std::span<const float>(given->values) : std::span<const float>();
    });
    lamina::reference_inputs values;
    for (const lamina::node& n : net.nodes) {
        if (n.kind != lamina::op::input) continue;
        const named_numbers* given = find(inputs, n.at.view());
        REQUIRE_MESSAGE(given, std::string(n.at.view()));
        lamina::reference_tensor x(n.dims, n.type);
        x.values = given->values;
        x.indices = given->indices;
        values[given->name] = x;
    }
    const auto computed = oracle.run(values);
    for (const named_numbers& wanted : outputs) {
        INFO("reference, ", wanted.name);
        const lamina::reference_tensor& found = oracle.output(computed, wanted.name);
        compare(found.values, wanted.values, 1e-6);
        compare(found.indices, wanted.indices);
    }

    for (const lamina::target& plain :
        {lamina::cpu, lamina::cpu_avx2, lamina::cpu_neon, lamina::gpu})
        for (const bool is_half : {false, true}) {
            const lamina::target target = is_half ? plain.half() : plain;
            INFO(std::string(target.label()), std::string(is_half ? " with half storage" : ""));
            const lamina::run_time_plan plan = lamina::plan_at_run_time(net, target);
            const lamina::engine engine(plan, file);
            lamina::context run = engine.make_context();
            for (const auto& [name, x] : values) {
                if (x.type == lamina::dtype::i32)
                    run.set_input(name, x.indices);
                else
                    run.set_input(name, x.values);
            }
            run.run();
            for (const named_numbers& wanted : outputs) {
                INFO(wanted.name);
                for (const lamina::output_binding& out : net.outputs) {
                    if (out.at.view() != wanted.name) continue;
                    if (net.nodes[static_cast<std::size_t>(out.node)].type == lamina::dtype::i32)
                        compare(run.get<int>(wanted.name), wanted.indices);
                    else
                        compare(run.get(wanted.name), wanted.values, is_half ? 1e-3 : 1e-6);
                }
            }
        }
}

}  // namespace lamina_test
