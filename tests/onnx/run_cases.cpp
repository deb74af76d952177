// SPDX-License-Identifier: Apache-2.0
// Builds the networks that cases.py describes, runs each with the reference and, where asked, on the
// device with a plan for each target, and compares with the expected outputs.
//   run_cases FOLDER reference|TARGET... [--first N --every K] [--seconds S]
//   TARGET is cpu, cpu_avx2, cpu_neon or gpu, with :fp16 or :bf16 for such storage.
// Storage of 16 bits is compared with what the reference makes of inputs that such bits hold.
// Prints one line a case and target: "ok TARGET NAME", "no TARGET NAME: what differs" or, once S seconds
// are over, "late TARGET NAME".
#include "build_case.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using nlohmann::json;
using namespace lamina;
using lamina_test::built_case;
using lamina_test::numbers_file;

namespace {

/// Empty if an output is the expected one: its extents (one of a scalar's element is a scalar too), and
/// each element within `relative` of itself or `absolute` of the tensor's largest; NaN equals NaN.
std::string difference_of(const std::string& at, const reference_tensor& wanted, const shape& dims,
    std::span<const float> got, double relative, double absolute) {
    if (!(dims == wanted.dims))
        return at + " is " + to_text(dims).c_str() + ", expected " + to_text(wanted.dims).c_str();
    double largest = 0;
    for (float v : wanted.values)
        if (std::isfinite(v)) largest = std::fmax(largest, std::fabs(v));
    for (std::size_t i = 0; i < wanted.values.size(); ++i) {
        const double a = got[i], b = wanted.values[i];
        if (a == b || (std::isnan(a) && std::isnan(b))) continue;
        if (std::fabs(a - b) <= relative * std::fabs(b) + absolute * largest) continue;
        return at + ": element " + std::to_string(i) + " is " + std::to_string(a) + ", expected "
            + std::to_string(b);
    }
    return {};
}

std::string difference_of(const std::string& at, const reference_tensor& wanted, const shape& dims,
    std::span<const std::int32_t> got) {
    if (!(dims == wanted.dims))
        return at + " is " + to_text(dims).c_str() + ", expected " + to_text(wanted.dims).c_str();
    for (std::size_t i = 0; i < wanted.indices.size(); ++i)
        if (got[i] != wanted.indices[i])
            return at + ": element " + std::to_string(i) + " is " + std::to_string(got[i])
                + ", expected " + std::to_string(wanted.indices[i]);
    return {};
}

std::string run_reference(const built_case& of) {
    const reference oracle(of.net, of.lookup());
    const auto values = oracle.run(of.inputs);
    for (const auto& [at, wanted] : of.expected) {
        const reference_tensor& got = oracle.output(values, at);
        if (got.type != wanted.type) return at + " has another element type";
        const std::string off = is_integer(got.type)
            ? difference_of(at, wanted, got.dims, got.indices)
            : difference_of(at, wanted, got.dims, got.values, of.relative, 1e-5);
        if (!off.empty()) return off;
    }
    return {};
}

/// What 16 bits hold of the inputs, and what the reference makes of that: 10001 is no half, and the expected
/// softmax is that of 10001.
void narrow(built_case& of, dtype storage) {
    for (auto& [at, x] : of.inputs)
        for (float& v : x.values)
            v = storage == dtype::f16 ? from_half(to_half(v)) : from_bfloat(to_bfloat(v));
    const reference oracle(of.net, of.lookup());
    const auto values = oracle.run(of.inputs);
    for (auto& [at, wanted] : of.expected) wanted = oracle.output(values, at);
}

std::string run_device(built_case of, const lamina::target& target, const device& dev) {
    if (is_narrow(target.numbers.storage)) narrow(of, target.numbers.storage);
    const std::vector<std::byte> file = of.file();
    const engine ready(
        plan_at_run_time(of.net, target), weights::from_bytes(file, "weights of the case"), dev);
    context c = ready.make_context();
    for (const auto& [at, x] : of.inputs) {
        if (x.type == dtype::i32)
            c.set_input(at, x.indices);
        else if (x.type == dtype::u8)
            c.set_input(at, std::vector<std::uint8_t>(x.indices.begin(), x.indices.end()));
        else if (is_integer(x.type))
            c.set_input(at, std::vector<std::int8_t>(x.indices.begin(), x.indices.end()));
        else
            c.set_input(at, x.values);
    }
    c.run();
    const double off_storage = target.numbers.storage == dtype::f16 ? 4e-3
        : target.numbers.storage == dtype::bf16                     ? 3.2e-2
                                                                    : 0;
    for (const auto& [at, wanted] : of.expected) {
        shape dims;
        for (const output_binding& out : of.net.outputs)
            if (out.at.view() == at) dims = of.net.nodes[static_cast<std::size_t>(out.node)].dims;
        const auto widened
            = [&](auto bytes) { return std::vector<std::int32_t>(bytes.begin(), bytes.end()); };
        const std::string off = wanted.type == dtype::i32
            ? difference_of(at, wanted, dims, c.get<std::int32_t>(at))
            : wanted.type == dtype::i8
            ? difference_of(at, wanted, dims, widened(c.get<std::int8_t>(at)))
            : is_integer(wanted.type)
            ? difference_of(at, wanted, dims, widened(c.get<std::uint8_t>(at)))
            : difference_of(at, wanted, dims, c.get(at), std::max({of.relative, off_storage, 1e-4}),
                  std::max(off_storage, 1e-5));
        if (!off.empty()) return off;
    }
    return {};
}

target target_of(std::string word) {
    const bool is_half = word.ends_with(":fp16"), is_bfloat = word.ends_with(":bf16");
    if (is_half || is_bfloat) word.resize(word.size() - 5);
    const std::map<std::string, target> words{
        {"cpu", cpu}, {"cpu_avx2", cpu_avx2}, {"cpu_neon", cpu_neon}, {"gpu", gpu}};
    target out = words.at(word);
    out.sizes = size_form::arguments;  // programs are shared among cases
    return is_half ? out.half() : is_bfloat ? out.bf16() : out;
}

}  // namespace

int main(int count, char** arguments) try {
    std::vector<std::string> targets;
    std::size_t first = 0, every = 1;
    double seconds = 1e9;
    for (int i = 2; i < count; ++i) {
        const std::string word = arguments[i];
        if (word.starts_with("--") && i + 1 < count) {
            const double value = std::stod(arguments[++i]);
            if (word == "--first") first = static_cast<std::size_t>(value);
            if (word == "--every") every = static_cast<std::size_t>(value);
            if (word == "--seconds") seconds = value;
        } else
            targets.push_back(word);
    }
    if (count < 3 || targets.empty())
        throw std::runtime_error("run_cases FOLDER reference|TARGET...");
    const std::string folder = arguments[1];
    const numbers_file numbers(folder + "/numbers.bin");
    std::ifstream in(folder + "/cases.json");
    const json cases = json::parse(in);
    const auto begin = std::chrono::steady_clock::now();
    std::optional<device> dev;
    for (std::size_t i = first; i < cases.size(); i += every) {
        const std::string at = cases[i].at("name");
        for (const std::string& target : targets) {
            const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
            if (passed.count() > seconds) {
                std::cout << "late " << target << ' ' << at << '\n';
                continue;
            }
            std::string off;
            try {
                const built_case of(cases[i], numbers);
                if (target != "reference" && !dev) dev = device::best();
                off = target == "reference" ? run_reference(of)
                                            : run_device(of, target_of(target), *dev);
            } catch (const std::exception& e) {
                off = e.what();
            }
            for (char& c : off)
                if (c == '\n') c = ' ';
            std::cout << (off.empty() ? "ok " : "no ") << target << ' ' << at
                      << (off.empty() ? "" : ": ") << off << std::endl;
        }
    }
    return 0;
} catch (const std::exception& e) {
    std::cerr << "run_cases: " << e.what() << '\n';
    return 2;
}
