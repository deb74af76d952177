// SPDX-License-Identifier: Apache-2.0
// Compares a network of the zoo with numbers that PyTorch computed, on every target; check.py makes the
// numbers and reads the answers, a JSON object a line.
//
//   zoo_check compare NAME --weights FILE --data FILE... [--target reference cpu cpu_avx2 ...]
//       for each file of data (tensors input.NAME, output.NAME), target and output: how far it is from
//       PyTorch's numbers, and whether that is within the error bounds of the target's arithmetic
//   zoo_check facts [NAME...]     parameters, floating point operations, steps, memory, seconds of planning
//   zoo_check time NAME --weights FILE [--runs 9]      milliseconds of a run, the median of some
//   zoo_check list
#include "networks.hpp"

#include <lamina/debug.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <iostream>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using json = nlohmann::json;
using clock_type = std::chrono::steady_clock;

void say(const json& line) { std::cout << line.dump() << std::endl; }

double seconds_since(clock_type::time_point start) {
    return std::chrono::duration<double>(clock_type::now() - start).count();
}

const zoo::entry& known(const std::string& name) {
    const zoo::entry* found = zoo::find(name);
    if (!found) throw std::runtime_error("there is no network '" + name + "'; see zoo_check list");
    return *found;
}

lamina::network sound(const zoo::entry& of, const lamina::shape* dims = nullptr) {
    lamina::network net = zoo::defined(of, dims);
    if (!net.problems.empty())
        throw std::runtime_error(lamina::full_sentence(net.problems.front()).c_str());
    return net;
}

/// A tensor's bytes as numbers.
template <class Number> std::vector<Number> numbers(const lamina::weight_view& view) {
    std::vector<Number> out(view.bytes.size() / sizeof(Number));
    std::memcpy(out.data(), view.bytes.data(), out.size() * sizeof(Number));
    return out;
}

/// Inputs and PyTorch's outputs of one size.
struct recorded {
    lamina::weights file;
    lamina::reference_inputs inputs;

    explicit recorded(const std::string& path) : file(lamina::weights::open(path)) {
        for (const lamina::weight_view& view : file.all()) {
            if (!view.name.starts_with("input.")) continue;
            lamina::reference_tensor& x = inputs[std::string(view.name.substr(6))];
            for (const auto extent : view.dims) x.dims.push(static_cast<int>(extent));
            x.type = view.type;
            if (view.type == lamina::dtype::i32)
                x.indices = numbers<std::int32_t>(view);
            else
                x.values = numbers<float>(view);
        }
    }
    const lamina::shape& first(const lamina::network& net) const {
        return inputs.at(std::string(net.nodes[0].at.view())).dims;
    }
    std::vector<float> output(const std::string& name) const {
        const lamina::weight_view* view = file.find("output." + name);
        if (!view) throw std::runtime_error("the data have no output '" + name + "'");
        return numbers<float>(*view);
    }
};

/// The reference's values with the bounds of one arithmetic after another; each is computed once.
class bounded_values {
public:
    bounded_values(const lamina::reference& oracle, const lamina::reference_inputs& inputs)
        : oracle_(oracle), inputs_(inputs) {}
    const std::vector<lamina::reference_tensor>& in(const lamina::arithmetic& by) {
        for (const auto& [one, values] : known_)
            if (one == by) return values;
        return known_.emplace_back(by, oracle_.run(inputs_, by)).second;
    }

private:
    const lamina::reference& oracle_;
    const lamina::reference_inputs& inputs_;
    std::vector<std::pair<lamina::arithmetic, std::vector<lamina::reference_tensor>>> known_;
};

/// Values of the reference; whole numbers become floats.
lamina::reference_tensor as_floats(lamina::reference_tensor x) {
    if (x.type != lamina::dtype::i32) return x;
    x.values.assign(x.indices.begin(), x.indices.end());
    x.spread.assign(x.values.size(), 0.0f);
    x.type = lamina::dtype::f32;
    return x;
}

/// The same of what a plan computed.
std::vector<float> floats_of(
    lamina::context& run, const std::string& name, const lamina::reference_tensor& like) {
    if (like.type == lamina::dtype::i32) {
        const auto found = run.get<int>(name);
        return {found.begin(), found.end()};
    }
    const auto found = run.get(name);
    return {found.begin(), found.end()};
}

/// One output against PyTorch's numbers: `error` is over their largest magnitude, `bound` the error
/// over what the roundings on the way explain, for the worst element.
json compared(std::span<const float> found, const std::vector<float>& wanted,
    const lamina::reference_tensor& bounds, const lamina::arithmetic& by) {
    lamina::reference_tensor expected = bounds;
    if (expected.values.size() != wanted.size())
        throw std::runtime_error("PyTorch's output has " + std::to_string(wanted.size())
            + " elements, the network's " + std::to_string(expected.values.size()));
    expected.values = wanted;
    const lamina::bound_check check = lamina::check_bound(found, expected, by);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double largest = 0, error = 0, widest = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        largest = std::max(largest, std::fabs(static_cast<double>(wanted[i])));
        const double off
            = std::fabs(static_cast<double>(found[i]) - static_cast<double>(wanted[i]));
        error = std::isnan(off) ? infinity : std::max(error, off);
        widest = std::max(widest, static_cast<double>(bounds.spread[i]));
    }
    const double unit = largest > 0 ? largest : 1;
    return {{"holds", check.holds}, {"judged", check.unjudged * 2 < check.compared + 1},
        {"error", error / unit}, {"bound", check.spreads / lamina::allowed_spreads},
        {"allowed", lamina::allowed_spreads * widest / unit}, {"elements", check.compared},
        {"sentence", check.sentence()}};
}

lamina::target target_named(const std::string& name) {
    for (const lamina::target& one : {lamina::cpu, lamina::cpu_avx2, lamina::cpu_neon, lamina::gpu})
        if (one.label() == name) return one;
    throw std::runtime_error(
        "there is no target '" + name + "'; reference, cpu, cpu_avx2, cpu_neon and gpu are");
}

struct compare_options {
    std::string name, weights;
    std::vector<std::string> data, targets{"reference", "cpu", "cpu_avx2", "gpu"};
};

void compare_size(const compare_options& asked, const lamina::weights& weights,
    const lamina::weights_lookup& find, const std::string& path) {
    const recorded data(path);
    const zoo::entry& entry = known(asked.name);
    const lamina::shape* dims = nullptr;
    lamina::network usual = zoo::defined(entry);
    dims = &data.first(usual);
    const lamina::network net = sound(entry, dims);
    const lamina::reference oracle(net, find);
    bounded_values values(oracle, data.inputs);
    for (const std::string& target : asked.targets) {
        const auto start = clock_type::now();
        const auto report = [&](const std::string& output, json line) {
            line.update({{"network", asked.name}, {"target", target}, {"output", output},
                {"dims", to_text(*dims).c_str()}, {"seconds", seconds_since(start)}});
            say(line);
        };
        if (target == "reference") {
            const lamina::arithmetic by{};
            for (const lamina::output_binding& out : net.outputs) {
                const std::string name(out.at.view());
                const lamina::reference_tensor own = as_floats(oracle.output(values.in(by), name));
                report(name, compared(own.values, data.output(name), own, by));
            }
            continue;
        }
        const lamina::run_time_plan plan
            = lamina::plan_at_run_time(net, target_named(target), asked.name);
        const lamina::engine engine(plan, weights);
        const lamina::arithmetic by = lamina::arithmetic_of(engine.plan());
        lamina::context run = engine.make_context();
        for (const auto& [name, x] : data.inputs) {
            if (x.type == lamina::dtype::i32)
                run.set_input(name, x.indices);
            else
                run.set_input(name, x.values);
        }
        run.run();
        for (const lamina::output_binding& out : net.outputs) {
            const std::string name(out.at.view());
            const lamina::reference_tensor& own = oracle.output(values.in(by), name);
            const std::vector<float> found = floats_of(run, name, own);
            json line = compared(found, data.output(name), as_floats(own), by);
            if (!line["holds"].get<bool>())
                line["step"] = lamina::compare_steps(run, oracle, data.inputs).sentence();
            report(name, line);
        }
    }
}

void compare(const compare_options& asked) {
    const lamina::weights weights = lamina::weights::open(asked.weights);
    const lamina::weights_lookup find = lamina::lookup_in(weights);
    for (const std::string& path : asked.data) compare_size(asked, weights, find, path);
}

/// Numbers of a module's parameters(): no running statistics.
long long parameters_of(const lamina::network& net) {
    long long count = 0;
    for (const lamina::parameter& p : net.parameters)
        if (p.at.view().find("running_") == std::string_view::npos) count += p.dims.count();
    return count;
}

void facts(const std::vector<std::string>& names) {
    for (const zoo::entry& one : zoo::networks()) {
        if (!names.empty() && std::find(names.begin(), names.end(), one.name) == names.end())
            continue;
        const lamina::network net = sound(one);
        const auto start = clock_type::now();
        const lamina::run_time_plan plan = lamina::plan_at_run_time(net, lamina::cpu, one.name);
        const double seconds = seconds_since(start);
        const auto view = lamina::plan_view::open(plan);
        const std::string path = net.nodes[0].file;
        say({{"network", one.name}, {"file", path.substr(path.rfind('/') + 1)},
            {"input", to_text(net.nodes[0].dims).c_str()}, {"parameters", parameters_of(net)},
            {"gflop", static_cast<double>(view->flops) / 1e9}, {"nodes", net.nodes.size()},
            {"steps", plan.steps}, {"arena_mb", static_cast<double>(plan.arena_bytes) / 1e6},
            {"plan_seconds", seconds}});
    }
}

/// Runs with inputs of one half, or the index 1.
void time(const std::string& name, const std::string& weights, int runs) {
    const lamina::network net = sound(known(name));
    const lamina::run_time_plan plan = lamina::plan_at_run_time(net, lamina::cpu, name);
    const lamina::engine engine(plan, lamina::weights::open(weights));
    lamina::context context = engine.make_context();
    for (const lamina::plan_binding& b : engine.plan().inputs) {
        const auto count = static_cast<std::size_t>(b.dims.count());
        if (b.type == lamina::dtype::i32)
            context.set_input(b.name, std::vector<int>(count, 1));
        else
            context.set_input(b.name, std::vector<float>(count, 0.5f));
    }
    context.run();
    std::vector<double> times;
    for (int run = 0; run < runs; ++run) {
        const auto start = clock_type::now();
        context.run();
        times.push_back(seconds_since(start) * 1e3);
    }
    std::sort(times.begin(), times.end());
    say({{"network", name}, {"ms", times.at(times.size() / 2)}});
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Compares networks of the zoo with PyTorch's numbers, and says what they cost.");
    app.require_subcommand(1);
    compare_options asked;
    std::vector<std::string> names;
    int runs = 9;
    auto* compares = app.add_subcommand("compare", "with recorded numbers, on every target");
    compares->add_option("name", asked.name)->required();
    compares->add_option("--weights", asked.weights, "a .safetensors file")->required();
    compares->add_option("--data", asked.data, "files of inputs and outputs")->required();
    compares->add_option("--target", asked.targets, "reference, or a class of devices");
    auto* states = app.add_subcommand("facts", "of plans for the usual input");
    states->add_option("names", names);
    auto* times = app.add_subcommand("time", "of a run with the usual input");
    times->add_option("name", asked.name)->required();
    times->add_option("--weights", asked.weights, "a .safetensors file")->required();
    times->add_option("--runs", runs)->check(CLI::PositiveNumber);
    auto* lists = app.add_subcommand("list", "names of all networks");
    CLI11_PARSE(app, argc, argv);
    try {
        if (*compares) compare(asked);
        if (*states) facts(names);
        if (*times) time(asked.name, asked.weights, runs);
        if (*lists)
            for (const zoo::entry& one : zoo::networks()) std::cout << one.name << "\n";
        return 0;
    } catch (const std::exception& fault) {
        say({{"network", asked.name}, {"failed", fault.what()}});
        return 1;
    }
}
