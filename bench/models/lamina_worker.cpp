// SPDX-License-Identifier: Apache-2.0
// Lamina's side of bench/compare.py: one process that loads one network and runs it when it is told
// to. Plans are made at run time, so that all networks fit one program; they are those of plan<Net>.
//
// usage: lamina_worker NETWORK --weights FILE --input FILE --outputs FOLDER [--batch 1|8]
//                      [--tune SECONDS] [--timings FILE]
#include "bench/models/conversation.hpp"
#include "bench/models/npy.hpp"
#include "examples/mobilenetv2/mobilenetv2.hpp"
#include "examples/resnet20/resnet20.hpp"
#include "examples/ultraface/ultraface.hpp"
#include "examples/zoo/densenet121.hpp"
#include "examples/zoo/efficientnet_b0.hpp"
#include "examples/zoo/googlenet.hpp"
#include "examples/zoo/mobilenet_v2.hpp"
#include "examples/zoo/mobilenet_v3_large.hpp"
#include "examples/zoo/resnet18.hpp"
#include "examples/zoo/resnet50.hpp"
#include "examples/zoo/squeezenet1_1.hpp"
#include "examples/zoo/unet.hpp"
#include "examples/zoo/vgg16.hpp"
#include "examples/zoo/vit_b_16.hpp"
#include "examples/zoo/yolov3_tiny.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/run.hpp>

#include <CLI/CLI.hpp>

#include <time.h>

#include <chrono>
#include <map>
#include <string>
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
    std::string network, weights, input, outputs, timings;
    int batch = 1;
    double tune = 0;
};

/// One inference as a caller has it: floats in, floats out, nothing left to wait for.
class inference {
public:
    inference(lamina::context& context, std::vector<float> input)
        : context_(context), input_(std::move(input)) {
        for (const lamina::plan_binding& b : context_.plan().outputs)
            outputs_.emplace_back(static_cast<std::size_t>(b.dims.count()));
    }
    void run() {
        context_.set_input(context_.plan().inputs[0].name, input_);
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
    std::vector<float> input_;
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

/// The engine as it is against itself with measured tactics: the least of runs in turn, and what
/// the tuner says about each problem whose own tactic is not the fastest.
json race_tuned(const lamina::engine& own, const worker_options& options, const json& command) {
    lamina::tuning_report report;
    const lamina::engine other = tuned(own, options, command.value("seconds", 30.0), &report);
    lamina::context contexts[] = {own.make_context(), other.make_context()};
    inference runs[]
        = {{contexts[0], read_npy(options.input)}, {contexts[1], read_npy(options.input)}};
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
    return {{"ms", ms[0]}, {"tuned_ms", ms[1]}, {"cpu_ms", cpu[0]}, {"tuned_cpu_ms", cpu[1]},
        {"own_ms", report.own_ms()}, {"fastest_ms", report.ms()}, {"remaining", report.remaining},
        {"seconds", report.seconds}, {"slower", slower}};
}

void serve(std::span<const std::byte> plan, const worker_options& options) {
    const double empty_mb = memory_mb("VmRSS");
    const auto start = clock::now();
    const lamina::device device = lamina::device::best();
    lamina::engine engine(plan, lamina::weights::open(options.weights), device);
    const double load_ms = ms_since(start);
    if (options.tune > 0) engine = tuned(engine, options, options.tune);
    lamina::context context = engine.make_context();
    inference one(context, read_npy(options.input));
    const auto before = clock::now();
    one.run();
    const double first_ms = ms_since(before);

    const lamina::engine_report& how = engine.report();
    const lamina::plan_records& facts = engine.plan();
    double bytes = 0;
    for (const lamina::plan_step& step : facts.steps) bytes += static_cast<double>(step.bytes);
    say({{"ready", true}, {"device", device.describe()}, {"empty_mb", empty_mb},
        {"load_ms", load_ms}, {"first_ms", first_ms}, {"build_ms", how.build_ms},
        {"fold_ms", how.fold_ms}, {"cache_misses", how.cache_misses},
        {"kernels", how.kernels.size()}, {"steps", facts.steps.size()},
        {"arena_mb", static_cast<double>(facts.arena_bytes) / 1e6},
        {"packed_mb", static_cast<double>(facts.weight_bytes) / 1e6},
        {"gflop", static_cast<double>(facts.flops) / 1e9}, {"gbyte", bytes / 1e9}});

    converse([&](const std::string& name, const json& command) -> json {
        if (name == "run")
            return one.measure(command.value("seconds", 0.5), command.value("min", 3));
        if (name == "output") return one.save(options.outputs);
        if (name == "memory") return {{"peak_mb", memory_mb("VmHWM")}};
        if (name == "profile") return say_profile(context);
        if (name == "tune") return race_tuned(engine, options, command);
        return {
            {"failed", "'" + name + "' is no command; run, output, memory, profile and tune are"}};
    });
}

template <class Network> lamina::network defined() {
    lamina::network net;
    Network::define(net);
    return net;
}

/// What defines a network of batch 1, and of batch 8.
struct definers {
    lamina::network (*one)();
    lamina::network (*eight)();
};
const std::map<std::string, definers> networks{
    {"resnet18", {defined<zoo::resnet18<1>>, defined<zoo::resnet18<8>>}},
    {"resnet50", {defined<zoo::resnet50<1>>, defined<zoo::resnet50<8>>}},
    {"mobilenet_v2", {defined<zoo::mobilenet_v2<1>>, defined<zoo::mobilenet_v2<8>>}},
    {"mobilenet_v3_large",
        {defined<zoo::mobilenet_v3_large<1>>, defined<zoo::mobilenet_v3_large<8>>}},
    {"squeezenet1_1", {defined<zoo::squeezenet1_1<1>>, defined<zoo::squeezenet1_1<8>>}},
    {"vgg16", {defined<zoo::vgg16<1>>, defined<zoo::vgg16<8>>}},
    {"efficientnet_b0", {defined<zoo::efficientnet_b0<1>>, defined<zoo::efficientnet_b0<8>>}},
    {"densenet121", {defined<zoo::densenet121<1>>, defined<zoo::densenet121<8>>}},
    {"googlenet", {defined<zoo::googlenet<1>>, defined<zoo::googlenet<8>>}},
    {"yolov3_tiny", {defined<zoo::yolov3_tiny<1>>, defined<zoo::yolov3_tiny<8>>}},
    {"unet", {defined<zoo::unet<1>>, defined<zoo::unet<8>>}},
    {"vit_b_16", {defined<zoo::vit_b_16<1>>, defined<zoo::vit_b_16<8>>}},
    {"resnet20",
        {defined<zoo::resnet20<zoo::shortcut::projection, 1>>,
            defined<zoo::resnet20<zoo::shortcut::projection, 8>>}},
    {"mobilenetv2", {defined<zoo::mobilenetv2<1>>, defined<zoo::mobilenetv2<8>>}},
    {"ultraface", {defined<zoo::ultraface<1>>, defined<zoo::ultraface<8>>}},
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Runs a network for bench/compare.py: commands on standard input, answers on "
                 "standard output.");
    worker_options options;
    app.add_option("network", options.network)->required()->check(CLI::IsMember(networks));
    app.add_option("--batch", options.batch, "pictures at once")->check(CLI::IsMember({1, 8}));
    app.add_option("--weights", options.weights, "a .safetensors file")->required();
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
        const definers& define = networks.at(options.network);
        const lamina::network net = options.batch == 1 ? define.one() : define.eight();
        serve(lamina::plan_at_run_time(net, lamina::cpu, options.network), options);
        return 0;
    } catch (const std::exception& fault) {
        say({{"failed", fault.what()}});
        return 1;
    }
}
