// SPDX-License-Identifier: Apache-2.0
// Lamina's side of bench/compare.py: one process that loads one network and runs it when it is told
// to. Each network has a program of its own: the CMake file writes `main` and names the network.
#pragma once
#include "conversation.hpp"
#include "npy.hpp"

#include <lamina/compile.hpp>
#include <lamina/run.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace bench {

using clock = std::chrono::steady_clock;

inline double ms_since(clock::time_point start) {
    return std::chrono::duration<double, std::milli>(clock::now() - start).count();
}

struct worker_options {
    std::string weights, input, outputs;
    int batch = 1;
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
    /// Milliseconds of each run, for so many seconds and at least so often.
    json measure(double seconds, std::size_t least) {
        std::vector<double> all;
        const auto start = clock::now();
        while (all.size() < least || ms_since(start) < seconds * 1e3) {
            const auto before = clock::now();
            run();
            all.push_back(ms_since(before));
        }
        return {{"ms", all}};
    }

private:
    lamina::context& context_;
    std::vector<float> input_;
    std::vector<std::vector<float>> outputs_;
};

inline json say_profile(lamina::context& context) {
    context.profile();
    const lamina::run_profile times = context.profile();
    return {{"table", times.table()}, {"profile", json::parse(times.json())}};
}

inline void serve(std::span<const std::byte> plan, const worker_options& options) {
    const double empty_mb = memory_mb("VmRSS");
    const auto start = clock::now();
    const lamina::device device = lamina::device::best();
    const lamina::engine engine(plan, lamina::weights::open(options.weights), device);
    const double load_ms = ms_since(start);
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
        if (name == "run") return one.measure(command.value("seconds", 0.5), command.value("min", 3));
        if (name == "output") return one.save(options.outputs);
        if (name == "memory") return {{"peak_mb", memory_mb("VmHWM")}};
        if (name == "profile") return say_profile(context);
        return {{"failed", "'" + name + "' is no command; run, output, memory and profile are"}};
    });
}

/// Network<1> and Network<8> are what the program can run.
template <template <int> class Network> int worker_main(int argc, char** argv) {
    CLI::App app("Runs a network for bench/compare.py: commands on standard input, answers on "
                 "standard output.");
    worker_options options;
    app.add_option("--batch", options.batch, "pictures at once")->check(CLI::IsMember({1, 8}));
    app.add_option("--weights", options.weights, "a .safetensors file")->required();
    app.add_option("--input", options.input, "the network's input, a .npy file")->required();
    app.add_option("--outputs", options.outputs, "folder to write outputs to")->required();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& fault) {
        return app.exit(fault) ? 2 : 0;
    }
    try {
        if (options.batch == 1)
            serve(lamina::plan<Network<1>, lamina::cpu>, options);
        else
            serve(lamina::plan<Network<8>, lamina::cpu>, options);
        return 0;
    } catch (const std::exception& fault) {
        say({{"failed", fault.what()}});
        return 1;
    }
}

}  // namespace bench
