// SPDX-License-Identifier: Apache-2.0
// Lamina's side of bench/compare.py: one process that loads one network and runs it when it is told
// to. Plans are made at run time, so that all networks fit one program; they are those of plan<Net>.
//
// usage: lamina_worker NETWORK --weights FILE --input FILE --outputs FOLDER [--batch 1|8|32]
//                      [--target cpu|gpu] [--precision fp32|tf32|fp16|bf16|int8]
//                      [--tune SECONDS] [--timings FILE]
// The device is LAMINA_DEVICE, or the best. Ranges of int8 are those of the input.
#include "bench/models/conversation.hpp"
#include "bench/models/networks.hpp"
#include "bench/models/npy.hpp"
#include "bench/models/queued_runs.hpp"
#include "bench/models/streamed_runs.hpp"

#include <lamina/calibrate.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>
#include <lamina/run.hpp>

#include <CLI/CLI.hpp>

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace bench;

namespace {

using clock = std::chrono::steady_clock;

double ms_since(clock::time_point start) {
    return std::chrono::duration<double, std::milli>(clock::now() - start).count();
}

/// Time that this process has computed, on all cores together.
double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct worker_options {
    std::string network, weights, ranges, input, outputs, timings, target = "cpu",
                                                                   precision = "fp32";
    int batch = 1;
    double tune = 0;
};

/// The input's values, of the type that the plan reads.
input_values read_input(const lamina::plan_records& plan, const std::string& path) {
    if (plan.inputs[0].type == lamina::dtype::i32) return read_npy<int>(path);
    return read_npy<float>(path);
}

/// One inference as a caller has it: numbers in, floats out, nothing left to wait for.
class inference {
public:
    inference(lamina::context& context, input_values input)
        : context_(context), input_(std::move(input)) {
        for (const lamina::plan_binding& b : context_.plan().outputs)
            outputs_.emplace_back(static_cast<std::size_t>(b.dims.count()));
    }
    void run() {
        std::visit(
            [&](const auto& values) { context_.set_input(context_.plan().inputs[0].name, values); },
            input_);
        context_.run();
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            const auto values = context_.get(context_.plan().outputs[i].name);
            std::copy(values.begin(), values.end(), outputs_[i].begin());
        }
    }
    /// Writes FOLDER/NUMBER.npy for each output and says where they lie.
    json save(const std::string& folder) {
        run();
        json files = json::array();
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            files.push_back(folder + "/" + std::to_string(i) + ".npy");
            write_npy(files.back(), outputs_[i], context_.plan().outputs[i].dims);
        }
        return {{"outputs", files}};
    }
    /// Milliseconds of each run, for so many seconds and at least so often; and of all cores.
    json measure(double seconds, std::size_t least) {
        std::vector<double> all, cores;
        const auto start = clock::now();
        while (all.size() < least || ms_since(start) < seconds * 1e3) {
            const auto before = clock::now();
            const double used = cpu_ms();
            run();
            all.push_back(ms_since(before));
            cores.push_back(cpu_ms() - used);
        }
        return {{"ms", all}, {"cpu_ms", cores}};
    }

private:
    lamina::context& context_;
    input_values input_;
    std::vector<std::vector<float>> outputs_;
};

/// Each step's least time of some runs, as run_profile::json has it.
json say_profile(lamina::context& context) {
    lamina::run_profile best = context.profile();
    for (int again = 0; again < 7; ++again) {
        const lamina::run_profile one = context.profile();
        for (std::size_t i = 0; i < one.steps.size(); ++i)
            if (again == 0 || one.steps[i].ms < best.steps[i].ms) best.steps[i] = one.steps[i];
    }
    return json::parse(best.json());
}

/// The engine with tactics that are measured for so many seconds, on top of what the file knows.
lamina::engine tuned(const lamina::engine& own, const worker_options& options, double seconds,
    lamina::tuning_report* report = nullptr) {
    auto cache = options.timings.empty() ? lamina::timing_cache()
                                         : lamina::timing_cache::open_or_new(options.timings);
    lamina::tuning_report made = lamina::tune(own, cache, {.seconds = seconds});
    if (!options.timings.empty()) cache.save(options.timings);
    if (report) *report = std::move(made);
    return own.tuned(cache);
}

/// Device time of both engines, of runs that are queued: the medians of rounds in turn.
json race_queued(const lamina::engine& own, const lamina::engine& other,
    const worker_options& options, int rounds) {
    const input_values input = read_input(own.plan(), options.input);
    queued_runs runs[] = {{own, input}, {other, input}};
    std::vector<double> ms[2];
    bool held = true;
    for (int round = 0; round < rounds; ++round)
        for (std::size_t turn = 0; turn < 2; ++turn) {
            const std::size_t who = round % 2 ? turn : 1 - turn;
            const json one = runs[who].measure(0.01, 1);
            ms[who].push_back(one.at("ms").at(0).get<double>());
            held = held && one.at("held").get<bool>();
        }
    for (std::vector<double>& each : ms) std::sort(each.begin(), each.end());
    return {{"device_ms", ms[0][ms[0].size() / 2]}, {"tuned_device_ms", ms[1][ms[1].size() / 2]},
        {"held", held}};
}

/// The engine as it is against itself with measured tactics: the least of runs in turn, and what
/// the tuner says about each problem whose own tactic is not the fastest.
json race_tuned(const lamina::engine& own, const worker_options& options, const json& command) {
    lamina::tuning_report report;
    const lamina::engine other = tuned(own, options, command.value("seconds", 30.0), &report);
    lamina::context contexts[] = {own.make_context(), other.make_context()};
    inference runs[] = {{contexts[0], read_input(own.plan(), options.input)},
        {contexts[1], read_input(own.plan(), options.input)}};
    double ms[2] = {1e30, 1e30}, cpu[2] = {1e30, 1e30};
    for (int round = -1; round < command.value("rounds", 15); ++round) {
        for (std::size_t turn = 0; turn < 2; ++turn) {
            const std::size_t who = round % 2 ? turn : 1 - turn;
            const auto before = clock::now();
            const double used = cpu_ms();
            runs[who].run();
            if (round < 0) continue;
            ms[who] = std::min(ms[who], ms_since(before));
            cpu[who] = std::min(cpu[who], cpu_ms() - used);
        }
    }
    json slower = json::array();
    for (const lamina::tuning_result& p : report.problems)
        if (p.own != p.fastest && p.us > 0)
            slower.push_back({{"name", p.name}, {"kernel", p.kernel}, {"steps", p.steps},
                {"tactic", p.own}, {"us", p.own_us}, {"tuned", p.fastest}, {"tuned_us", p.us}});
    json out{{"ms", ms[0]}, {"tuned_ms", ms[1]}, {"cpu_ms", cpu[0]}, {"tuned_cpu_ms", cpu[1]},
        {"own_ms", report.own_ms()}, {"fastest_ms", report.ms()}, {"remaining", report.remaining},
        {"seconds", report.seconds}, {"slower", slower}};
    if (own.device_of().facts().type == lamina::device_type::gpu)
        out.update(race_queued(own, other, options, command.value("rounds", 15)));
    return out;
}

void serve(std::span<const std::byte> plan, const lamina::weights& weights,
    const worker_options& options) {
    const double empty_mb = memory_mb("VmRSS");
    const auto start = clock::now();
    const lamina::device device = lamina::device::best();
    lamina::engine engine(plan, weights, device);
    const double load_ms = ms_since(start);
    if (options.tune > 0) engine = tuned(engine, options, options.tune);
    lamina::context context = engine.make_context();
    const input_values input = read_input(engine.plan(), options.input);
    inference one(context, input);
    const auto before = clock::now();
    one.run();
    const double first_ms = ms_since(before);

    const lamina::engine_report& how = engine.report();
    const lamina::plan_records& facts = engine.plan();
    double bytes = 0, bound_bytes = 0;
    for (const lamina::plan_step& step : facts.steps) bytes += static_cast<double>(step.bytes);
    for (const lamina::plan_binding& b : facts.inputs)
        bound_bytes += static_cast<double>(b.bytes());
    for (const lamina::plan_binding& b : facts.outputs)
        bound_bytes += static_cast<double>(b.bytes());
    say({{"ready", true}, {"device", device.describe()}, {"device_name", device.facts().name},
        {"driver", device.facts().driver}, {"empty_mb", empty_mb}, {"load_ms", load_ms},
        {"first_ms", first_ms}, {"build_ms", how.build_ms}, {"fold_ms", how.fold_ms},
        {"cache_misses", how.cache_misses}, {"kernels", how.kernels.size()},
        {"steps", facts.steps.size()}, {"arena_mb", static_cast<double>(facts.arena_bytes) / 1e6},
        {"packed_mb", static_cast<double>(facts.weight_bytes) / 1e6},
        {"bound_mb", bound_bytes / 1e6}, {"gflop", static_cast<double>(facts.flops) / 1e9},
        {"gbyte", bytes / 1e9}});

    std::optional<queued_runs> queued;  // with an arena of its own, so only where it is asked for
    std::optional<std::pair<std::string, std::unique_ptr<streamed_runs>>> streamed;  // and by what
    converse([&](const std::string& name, const json& command) -> json {
        if (name == "run")
            return one.measure(command.value("seconds", 0.5), command.value("min", 3));
        if (name == "queue") {
            if (!queued) queued.emplace(engine, input);
            return queued->measure(command.value("seconds", 0.1), command.value("min", 3));
        }
        if (name == "stream") {
            const std::string wanted = json{command.value("contexts", 0),
                command.value("threads", 0), command.value("devices", 1)}
                                           .dump();
            if (!streamed || streamed->first != wanted) {
                streamed.reset();  // whose contexts have memory of their own
                streamed.emplace(wanted, nullptr);
                streamed->second = std::make_unique<streamed_runs>(engine, command, input);
            }
            return streamed->second->measure(command.value("seconds", 0.5));
        }
        if (name == "output") return one.save(options.outputs);
        if (name == "memory") return {{"peak_mb", memory_mb("VmHWM")}};
        if (name == "profile") return say_profile(context);
        if (name == "tune") return race_tuned(engine, options, command);
        return {{"failed",
            "'" + name
                + "' is no command; run, queue, stream, output, memory, profile and tune are"}};
    });
}

/// The device class and precision that a plan is made for: of CPUs the class that suits this one, with AMX where it
/// is there.
lamina::target chosen_target(const worker_options& options) {
    const bool on_gpu = options.target == "gpu";
    const bool has_tiles = !on_gpu && lamina::device::best().facts().is_able("amx");
    const lamina::target base = on_gpu ? lamina::gpu
        : has_tiles                    ? lamina::cpu.with(lamina::ability::amx)
                                       : lamina::target_for(lamina::device::best());
    return options.precision == "fp16" ? base.half()
        : options.precision == "bf16"  ? base.bf16()
        : options.precision == "tf32"  ? base.tf32()
        : options.precision == "int8"  ? base.int8()
                                       : base;
}

/// Calibrates, then begins anew with the file: what calibration needs is no memory of an int8 engine.
/// Errors   what execve says.
void restart_with_ranges(const lamina::network& net, const lamina::weights& weights,
    const worker_options& options, char** argv) {
    const auto sample = [&](lamina::context& c, std::size_t) {
        std::visit([&](const auto& values) { c.set_input(c.plan().inputs[0].name, values); },
            read_input(c.plan(), options.input));
    };
    std::string file
        = options.outputs + "/" + options.network + "." + std::to_string(getpid()) + ".safetensors";
    lamina::calibrate(net, weights, 1, sample).write(file, weights);
    std::vector<char*> words;
    for (char** word = argv; *word; ++word) words.push_back(*word);
    std::string option = "--ranges";
    words.insert(words.end(), {option.data(), file.data(), nullptr});
    std::vector<char*> variables;
    for (const std::string& each : lamina::detail::environment_before_opencl())
        variables.push_back(const_cast<char*>(each.c_str()));
    variables.push_back(nullptr);
    execve("/proc/self/exe", words.data(), variables.data());
    throw std::runtime_error(std::string("execve of /proc/self/exe: ") + std::strerror(errno));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Runs a network for bench/compare.py: commands on standard input, answers on "
                 "standard output.");
    worker_options options;
    app.add_option("network", options.network)->required()->check(CLI::IsMember(networks));
    app.add_option("--batch", options.batch, "pictures or texts at once")
        ->check(CLI::IsMember({1, 8, 32}));
    app.add_option("--target", options.target, "device class that the plan is for")
        ->check(CLI::IsMember({"cpu", "gpu"}));
    app.add_option("--precision", options.precision, "of the plan")
        ->check(CLI::IsMember({"fp32", "tf32", "fp16", "bf16", "int8"}));
    app.add_option("--weights", options.weights, "a .safetensors file")->required();
    app.add_option("--ranges", options.ranges,
        "a file that this program calibrated, to use and remove; without it int8 is calibrated first");
    app.add_option("--input", options.input, "the network's input, a .npy file")->required();
    app.add_option("--outputs", options.outputs, "folder to write outputs to")->required();
    app.add_option("--tune", options.tune, "seconds to measure tactics before the first run");
    app.add_option("--timings", options.timings, "where the times are kept");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& fault) {
        return app.exit(fault) ? 2 : 0;
    }
    try {
        const lamina::network net = networks.at(options.network).at(options.batch)();
        const lamina::run_time_plan plan
            = lamina::plan_at_run_time(net, chosen_target(options), options.network);
        const bool has_ranges = !options.ranges.empty();
        lamina::weights weights
            = lamina::weights::open(has_ranges ? options.ranges : options.weights);
        if (has_ranges) unlink(options.ranges.c_str());  // it stays open
        if (options.precision == "int8" && !has_ranges)
            restart_with_ranges(net, weights, options, argv);
        serve(plan, weights, options);
        return 0;
    } catch (const std::exception& fault) {
        say({{"failed", fault.what()}});
        return 1;
    }
}
