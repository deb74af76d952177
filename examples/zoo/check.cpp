// SPDX-License-Identifier: Apache-2.0
// Compares a network of the zoo with numbers that PyTorch computed, on every target; check.py makes the
// numbers and reads the answers, a JSON object a line.
//
//   zoo_check compare NAME [--weights FILE] [--data FILE...] [--target reference cpu cpu_avx2 ...]
//       for each file of data (tensors input.NAME, output.NAME), target and output: how far it is from
//       PyTorch's numbers, and whether that is within the error bounds of the target's arithmetic;
//       without data the inputs are random, and the reference's numbers stand for PyTorch's
//   zoo_check facts [NAME...]     parameters, floating point operations, steps, memory, seconds of planning
//   zoo_check time NAME [--weights FILE] [--target cpu] [--precision fp32] [--runs 9] [--lock FILE]
//       milliseconds of a run with random inputs, the median of some: for gpu the device's time, as
//       bench/README.md defines it, else the host's. Processes with the same lock measure one after another.
//   zoo_check steps NAME [--weights FILE] [--target cpu] [--precision fp32] [--runs 9] [--lock FILE]
//       milliseconds and GFLOP/s of each step of such runs, a line a step: the least of some profiles
//   zoo_check list
// Without a file of weights they are random (LAMINA_TEST_SEED=N draws the same again): no PyTorch is needed.
#include "networks.hpp"

#include "bench/models/queued_runs.hpp"
#include "tests/support/inputs.hpp"
#include "tests/support/random_weights.hpp"

#include <lamina/debug.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
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

/// Numbers of a network: from a file, or random ones for a seed that is printed.
class numbers_of_weights {
public:
    numbers_of_weights(const lamina::network& net, const std::string& path) {
        if (path.empty()) {
            lamina_test::random_source random("weights");
            drawn_.emplace(net, random);
        } else {
            file_ = lamina::weights::open(path);
        }
    }
    lamina::weights opened() const { return drawn_ ? drawn_->opened() : file_; }
    lamina::weights_lookup lookup() const {
        return drawn_ ? drawn_->lookup() : lamina::lookup_in(file_);
    }

private:
    lamina::weights file_;
    std::optional<lamina_test::random_weights> drawn_;
};

/// Random pictures and sounds in [0, 1); the index 1 of texts, which every table has.
lamina::reference_inputs random_inputs(const lamina::network& net) {
    lamina_test::random_source random("inputs");
    return lamina_test::make_inputs(net, [&](lamina::reference_tensor& x, std::size_t count) {
        if (x.type == lamina::dtype::i32)
            x.indices.assign(count, 1);
        else
            x.values = random.numbers(count, 0, 1);
    });
}

bench::input_values values_of(const lamina::reference_tensor& x) {
    if (x.type == lamina::dtype::i32) return std::vector<int>(x.indices.begin(), x.indices.end());
    return x.values;
}

void set_inputs(lamina::context& run, const lamina::reference_inputs& inputs) {
    for (const auto& [name, x] : inputs)
        std::visit([&](const auto& values) { run.set_input(name, values); }, values_of(x));
}

/// Values of the reference; whole numbers become floats.
lamina::reference_tensor as_floats(lamina::reference_tensor x) {
    if (x.type != lamina::dtype::i32) return x;
    x.values.assign(x.indices.begin(), x.indices.end());
    x.spread.assign(x.values.size(), 0.0f);
    x.type = lamina::dtype::f32;
    return x;
}

/// Inputs and PyTorch's outputs of one size.
struct recorded {
    lamina::weights file;
    lamina::reference_inputs inputs;
    std::map<std::string, std::vector<float>, std::less<>> outputs;

    /// Random inputs, for which the reference computes the outputs.
    recorded(const lamina::network& net, const lamina::reference& oracle)
        : inputs(random_inputs(net)) {
        const std::vector<lamina::reference_tensor> values = oracle.run(inputs);
        for (const lamina::output_binding& out : net.outputs) {
            const std::string name(out.at.view());
            outputs[name] = as_floats(oracle.output(values, name)).values;
        }
    }
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
        if (const auto found = outputs.find(name); found != outputs.end()) return found->second;
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

/// The network for dims of its first input, null for its usual ones; a file of data, empty for random inputs.
void compare_size(
    const compare_options& asked, const lamina::shape* dims, const std::string& path) {
    const lamina::network net = sound(known(asked.name), dims);
    const numbers_of_weights weights(net, asked.weights);
    const lamina::reference oracle(net, weights.lookup());
    const recorded data = path.empty() ? recorded(net, oracle) : recorded(path);
    bounded_values values(oracle, data.inputs);
    for (const std::string& target : asked.targets) {
        const auto start = clock_type::now();
        const auto report = [&](const std::string& output, json line) {
            line.update({{"network", asked.name}, {"target", target}, {"output", output},
                {"dims", to_text(net.nodes[0].dims).c_str()}, {"seconds", seconds_since(start)}});
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
        const lamina::engine engine(plan, weights.opened());
        const lamina::arithmetic by = lamina::arithmetic_of(engine.plan());
        lamina::context run = engine.make_context();
        set_inputs(run, data.inputs);
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
    if (asked.data.empty()) return compare_size(asked, nullptr, "");
    const lamina::network usual = zoo::defined(known(asked.name));
    for (const std::string& path : asked.data) {
        const lamina::shape dims = recorded(path).first(usual);
        compare_size(asked, &dims, path);
    }
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

/// Lets one process at a time of all with the same file go on; no path: all.
class turn {
public:
    explicit turn(const std::string& path) {
        if (path.empty()) return;
        file_ = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
        if (file_ < 0 || flock(file_, LOCK_EX))
            throw std::runtime_error("the lock " + path + ": " + std::strerror(errno));
    }
    ~turn() {
        if (file_ >= 0) close(file_);
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

private:
    int file_ = -1;
};

struct time_options {
    std::string target{"cpu"}, precision{"fp32"}, lock;
    int runs = 9;
};

lamina::target target_of(const time_options& by) {
    const lamina::target base = target_named(by.target);
    if (by.precision == "fp32") return base;
    if (by.precision == "fp16") return base.half();
    if (by.precision == "bf16") return base.bf16();
    if (by.precision == "tf32") return base.tf32();
    throw std::runtime_error(
        "there is no precision '" + by.precision + "'; fp32, tf32, fp16 and bf16 are");
}

/// Milliseconds of the host, from its call of run() until the outputs are there.
std::vector<double> host_times(
    const lamina::engine& engine, const lamina::reference_inputs& inputs, int runs) {
    lamina::context context = engine.make_context();
    set_inputs(context, inputs);
    context.run();
    std::vector<double> times;
    for (int run = 0; run < runs; ++run) {
        const auto start = clock_type::now();
        context.run();
        times.push_back(seconds_since(start) * 1e3);
    }
    return times;
}

std::vector<bench::input_values> in_order_of_plan(
    const lamina::engine& engine, const lamina::reference_inputs& inputs) {
    std::vector<bench::input_values> ordered;
    for (const lamina::plan_binding& b : engine.plan().inputs)
        ordered.push_back(values_of(inputs.find(b.name)->second));
    return ordered;
}

void time(const std::string& name, const std::string& weights, const time_options& by) {
    const lamina::network net = sound(known(name));
    const lamina::run_time_plan plan = lamina::plan_at_run_time(net, target_of(by), name);
    const numbers_of_weights numbers(net, weights);
    const auto start = clock_type::now();
    const lamina::engine engine(plan, numbers.opened());
    const double engine_seconds = seconds_since(start);
    const lamina::reference_inputs inputs = random_inputs(net);
    json line{{"network", name}, {"target", by.target}, {"precision", by.precision},
        {"device", engine.device_of().facts().name}, {"steps", plan.steps},
        {"engine_seconds", engine_seconds}};
    const turn mine(by.lock);
    std::vector<double> times;
    if (by.target == "gpu") {
        const json all = bench::queued_runs(engine, in_order_of_plan(engine, inputs))
                             .measure(0, static_cast<std::size_t>(by.runs));
        if (!all["held"])
            throw std::runtime_error(
                "the host is too busy to measure the device: its clock does not "
                "start where the runs do; end other work");
        times = all["ms"].get<std::vector<double>>();
        line["queued"] = all["runs"];
    } else {
        times = host_times(engine, inputs, by.runs);
    }
    std::sort(times.begin(), times.end());
    line.update({{"ms", times.at(times.size() / 2)}, {"least_ms", times.front()}});
    say(line);
}

void steps(const std::string& name, const std::string& weights, const time_options& by) {
    const lamina::network net = sound(known(name));
    const lamina::run_time_plan plan = lamina::plan_at_run_time(net, target_of(by), name);
    const numbers_of_weights numbers(net, weights);
    const lamina::engine engine(plan, numbers.opened());
    lamina::context context = engine.make_context();
    set_inputs(context, random_inputs(net));
    context.run();
    const turn mine(by.lock);
    std::vector<lamina::step_time> least = context.profile().steps;
    for (int run = 1; run < by.runs; ++run) {
        const std::vector<lamina::step_time> found = context.profile().steps;
        for (std::size_t i = 0; i < least.size(); ++i)
            if (found[i].ms < least[i].ms) least[i] = found[i];
    }
    for (const lamina::step_time& s : least)
        say({{"network", name}, {"step", s.name}, {"layers", s.layers}, {"kernel", s.kernel},
            {"tactic", s.tactic}, {"ms", s.ms}, {"gflops", s.gflops}, {"gbytes", s.gbytes}});
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Compares networks of the zoo with PyTorch's numbers, and says what they cost.");
    app.require_subcommand(1);
    compare_options asked;
    std::vector<std::string> names;
    time_options by;
    auto* compares = app.add_subcommand("compare", "with recorded numbers, on every target");
    compares->add_option("name", asked.name)->required();
    compares->add_option("--weights", asked.weights, "a .safetensors file; random without it");
    compares->add_option("--data", asked.data, "files of inputs and outputs; random without them");
    compares->add_option("--target", asked.targets, "reference, or a class of devices");
    auto* states = app.add_subcommand("facts", "of plans for the usual input");
    states->add_option("names", names);
    auto* times = app.add_subcommand("time", "of a run with the usual input");
    auto* each = app.add_subcommand("steps", "the same of each step");
    for (CLI::App* one : {times, each}) {
        one->add_option("name", asked.name)->required();
        one->add_option("--weights", asked.weights, "a .safetensors file; random without it");
        one->add_option("--target", by.target, "the class of devices that the plan is for");
        one->add_option("--precision", by.precision, "fp32, tf32, fp16 or bf16");
        one->add_option("--runs", by.runs)->check(CLI::PositiveNumber);
        one->add_option("--lock", by.lock, "a file; those who have it measure one after another");
    }
    auto* lists = app.add_subcommand("list", "names of all networks");
    CLI11_PARSE(app, argc, argv);
    try {
        if (*compares) compare(asked);
        if (*states) facts(names);
        if (*times) time(asked.name, asked.weights, by);
        if (*each) steps(asked.name, asked.weights, by);
        if (*lists)
            for (const zoo::entry& one : zoo::networks()) std::cout << one.name << "\n";
        return 0;
    } catch (const std::exception& fault) {
        say({{"network", asked.name}, {"failed", fault.what()}});
        return 1;
    }
}
