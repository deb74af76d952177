// SPDX-License-Identifier: Apache-2.0
// Speed of kernels on layers of real networks, each planned and run on its own, with the plans of the
// device's class: median of many runs in a plain queue, as GFLOP/s and as a share of the measured
// FMA peak. Winograd counts as the sums that it saves.
//
// usage: bench_kernels_conv_shapes [--json FILE] [--batch N]... [--half|--tf32] [--only TEXT] [--tactics]
//                                  [--list] [--serve]
//   --tactics times every tactic of a layer's kernel, not only the plan's choice
//   --list    prints the layers as JSON
//   --serve   for compare_onednn.py: {"cmd": "run", "layer": LABEL, "batch": N, "seconds": S} on
//             standard input is answered with the times of that layer
#include "bench/kernels/layers.hpp"
#include "bench/kernels/made_weights.hpp"
#include "bench/models/conversation.hpp"
#include "bench/models/queued_runs.hpp"

#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>
#include <lamina/runtime/build_programs.hpp>
#include <lamina/runtime/fold_weights.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace lamina;
using bench::layer, bench::layers, bench::kind, bench::label_of, bench::define;

namespace {

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Seconds of one launch, the shortest round first: rounds of many launches in a queue that takes no
/// times, for so many seconds and seven at least. `hold`, where there is one, keeps the device busy
/// until they are all in the queue.
template <class Launch>
std::vector<double> times_of(cl_command_queue queue, double for_seconds, Launch launch,
    bench::holding_kernel* hold = nullptr) {
    launch();
    clFinish(queue);
    double start = seconds();
    launch();
    clFinish(queue);
    const double once = seconds() - start;
    const int many = std::clamp(static_cast<int>(0.004 / once), 1, hold ? 100 : 200);
    int lost = 0;
    std::vector<double> rounds;
    for (const double begin = seconds(); rounds.size() < 7 || seconds() - begin < for_seconds;) {
        std::optional<opencl::event> held;
        if (hold) held = hold->enqueue(0.2 + 0.008 * many);
        start = seconds();
        for (int i = 0; i < many; ++i) launch();
        bool late = false;  // the host was not done when the device began
        if (held) {
            const cl_event wanted = held->get();
            cl_int state = CL_COMPLETE;
            clGetEventInfo(
                wanted, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, nullptr);
            late = state == CL_COMPLETE && ++lost < 20;
            clWaitForEvents(1, &wanted);
            start = seconds();
        }
        clFinish(queue);
        if (late) continue;
        rounds.push_back((seconds() - start) / many);
    }
    std::sort(rounds.begin(), rounds.end());
    return rounds;
}

/// The median of them.
template <class Launch>
double time_of(cl_command_queue queue, Launch launch, bench::holding_kernel* hold = nullptr) {
    const std::vector<double> rounds = times_of(queue, 0, launch, hold);
    return rounds[rounds.size() / 2];
}

/// GFLOP/s of a kernel that does nothing but multiply and add in registers: a GPU's work-items a float each, a CPU's,
/// of which each core has one at a time, vectors in as many chains as hide the latency of two units.
double fma_peak(const device& dev, cl_command_queue queue) {
    const bool is_gpu = dev.facts().type == device_type::gpu;
    const int lanes = is_gpu ? 1 : target_for(dev).channel_block, chains = is_gpu ? 8 : 12;
    const char* text = R"CLC(
#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#if LANES == 1
typedef float numbers;
#else
typedef GLUE(float, LANES) numbers;
#endif
__kernel void peak(__global float* out) {
    const numbers a = (numbers)(0.999f), b = (numbers)(0.001f * (get_local_id(0) + 1));
    numbers v[CHAINS];
    _Pragma("unroll") for (int c = 0; c < CHAINS; ++c)
        v[c] = b + (float)c;
    for (int i = 0; i < 8192; ++i)
        _Pragma("unroll") for (int c = 0; c < CHAINS; ++c)
            v[c] = fma(v[c], a, b);
    numbers sum = v[0];
    _Pragma("unroll") for (int c = 1; c < CHAINS; ++c)
        sum += v[c];
#if LANES == 1
    out[get_global_id(0)] = sum;
#else
    GLUE(vstore, LANES)(sum, get_global_id(0), out);
#endif
}
)CLC";
    const std::size_t local = is_gpu ? 256 : 1,
                      items = local * dev.facts().compute_units * (is_gpu ? 32 : 8);
    const std::string options
        = "-DLANES=" + std::to_string(lanes) + " -DCHAINS=" + std::to_string(chains);
    build_report report;
    const program built = build_program(dev, text, options, "kernel peak", report);
    const opencl::kernel kernel = built.kernel("peak");
    cl_int code = CL_SUCCESS;
    cl_mem out = clCreateBuffer(dev.context(), CL_MEM_READ_WRITE,
        items * 4 * static_cast<std::size_t>(lanes), nullptr, &code);
    clSetKernelArg(kernel.get(), 0, sizeof out, &out);
    const double once = times_of(queue, 0.3, [&] {
        clEnqueueNDRangeKernel(
            queue, kernel.get(), 1, nullptr, &items, &local, 0, nullptr, nullptr);
    }).front();
    clReleaseMemObject(out);
    return static_cast<double>(items) * 8192 * chains * lanes * 2 / once / 1e9;
}

/// A layer's plan on a device, ready to launch step by step.
class runner {
public:
    runner(const network& net, const run_time_plan& plan, const device& dev,
        std::span<const tuning_row> tuning, cl_command_queue queue)
        : view_(plan_view::open(plan)), queue_(queue), built_(build_programs(*view_, dev, tuning)) {
        const plan_records& p = *view_;
        const std::vector<std::byte> file = bench::make_weights(net);
        std::vector<std::byte> packed(p.weight_bytes + 64);
        fold_weights(p, weights::from_bytes(file, "numbers"), true, packed);
        cl_int code = CL_SUCCESS;
        const auto make = [&](std::size_t bytes, const void* from) {
            opencl::buffer made(
                clCreateBuffer(dev.context(), CL_MEM_READ_WRITE | (from ? CL_MEM_COPY_HOST_PTR : 0),
                    std::max<std::size_t>(bytes, 4), const_cast<void*>(from), &code));
            opencl::check(code, "clCreateBuffer", "bench");
            return made;
        };
        arena_ = make(p.arena_bytes, nullptr);
        weights_ = make(packed.size(), packed.data());
        for (const plan_binding& b : p.inputs)
            inputs_.push_back(make(
                b.bytes(), bench::numbers(static_cast<std::size_t>(b.dims.count()), -1, 1).data()));
        for (const plan_binding& b : p.outputs) outputs_.push_back(make(b.bytes(), nullptr));
        for (std::size_t i = 0; i < p.steps.size(); ++i) {
            const plan_step& s = p.steps[i];
            // The layer stands between a step that makes its input and one that reads its output.
            if (s.flops > p.steps[main_].flops
                || (!p.steps[main_].flops && i == p.steps.size() / 2))
                main_ = i;
            kernels_.push_back(built_.all[built_.steps[i].program].built.kernel(
                std::string(p.kernels[s.kernel].family)));
            cl_uint at = 0;
            for (const plan_argument& a : s.arguments) {
                const cl_mem memory_ = a.space == memory_space::arena ? arena_.get()
                    : a.space == memory_space::weights                ? weights_.get()
                    : a.space == memory_space::input                  ? inputs_[a.index].get()
                                                                      : outputs_[a.index].get();
                const cl_ulong offset = a.offset / size_bytes(a.type);
                clSetKernelArg(kernels_[i].get(), at++, sizeof memory_, &memory_);
                clSetKernelArg(kernels_[i].get(), at++, sizeof offset, &offset);
            }
            for (const std::int32_t n : s.numbers)
                clSetKernelArg(kernels_[i].get(), at++, sizeof n, &n);
        }
        for (std::size_t i = 0; i < p.steps.size(); ++i) launch(i);
    }

    void launch(std::size_t i) {
        const chosen_launch& c = built_.steps[i];
        opencl::check(clEnqueueNDRangeKernel(queue_, kernels_[i].get(), 3, nullptr, c.global.data(),
                          c.local.data(), 0, nullptr, nullptr),
            "clEnqueueNDRangeKernel", "bench");
    }
    /// Seconds of the step that does the layer's work.
    double time(bench::holding_kernel* hold) {
        return time_of(queue_, [this] { launch(main_); }, hold);
    }
    std::vector<double> times(double for_seconds) {
        return times_of(queue_, for_seconds, [this] { launch(main_); });
    }
    const plan_step& main_step() const { return view_->steps[main_]; }
    const plan_kernel& main_kernel() const { return view_->kernels[main_step().kernel]; }
    std::string_view tactic() const {
        return view_->tactics[built_.all[built_.steps[main_].program].tactic].name;
    }
    std::vector<std::string> tactics() const {
        std::vector<std::string> names;
        for (std::uint32_t t : main_kernel().tactics)
            if (!view_->tactics[t].gemm.present)  // more than a launch: tuned_products.cpp
                names.emplace_back(view_->tactics[t].name);
        return names;
    }

private:
    plan_view view_;
    cl_command_queue queue_;
    built_programs built_;
    opencl::buffer arena_, weights_;
    std::vector<opencl::buffer> inputs_, outputs_;
    std::vector<opencl::kernel> kernels_;
    std::size_t main_ = 0;
};

bench::json facts_of(const layer& l) {
    return {{"label", label_of(l)}, {"network", l.network}, {"side", l.side}, {"in", l.in},
        {"out", l.out}, {"kernel", l.kernel}, {"stride", l.stride},
        {"groups", l.what == kind::depthwise ? l.in : l.groups},
        {"is_convolution",
            l.what == kind::conv || l.what == kind::depthwise || l.what == kind::grouped}};
}

/// Answers one command of compare_onednn.py; keeps the layer it ran last.
class server {
public:
    server(const device& dev, const lamina::target& target, cl_command_queue queue)
        : dev_(dev), target_(target), queue_(queue) {}

    bench::json run(const bench::json& command) {
        const std::string wanted = command.at("layer").at("label");
        const int batch = command.value("batch", 1);
        if (wanted != label_ || batch != batch_) {
            const auto* found = std::find_if(std::begin(layers), std::end(layers),
                [&](const layer& l) { return label_of(l) == wanted; });
            if (found == std::end(layers))
                return {{"failed", "there is no layer '" + wanted + "'; --list shows them"}};
            kept_.reset();
            network net;
            define(net, *found, batch);
            plan_ = plan_at_run_time(net, target_, wanted);
            kept_
                = std::make_unique<runner>(net, plan_, dev_, std::span<const tuning_row>(), queue_);
            label_ = wanted;
            batch_ = batch;
        }
        const std::vector<double> times = kept_->times(command.value("seconds", 0.1));
        return {{"ms", times[times.size() / 2] * 1e3}, {"best_ms", times.front() * 1e3},
            {"kernel", kept_->main_kernel().family}, {"tactic", kept_->tactic()},
            {"gflop", static_cast<double>(kept_->main_step().flops) / 1e9}};
    }

private:
    const device& dev_;
    target target_;
    cl_command_queue queue_;
    std::string label_;
    int batch_ = 0;
    run_time_plan plan_;
    std::unique_ptr<runner> kept_;
};

}  // namespace

int main(int argc, char** argv) try {
    std::string json, only;
    std::vector<int> batches;
    bool half = false, tf32 = false, all_tactics = false, serve = false;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const char* next = i + 1 < argc ? argv[i + 1] : "";
        if (word == "--half")
            half = true;
        else if (word == "--tf32")
            tf32 = true;
        else if (word == "--tactics")
            all_tactics = true;
        else if (word == "--serve")
            serve = true;
        else if (word == "--list") {
            bench::json all = bench::json::array();
            for (const layer& l : layers) all.push_back(facts_of(l));
            bench::say(all);
            return 0;
        } else if (word == "--json")
            json = next, ++i;
        else if (word == "--only")
            only = next, ++i;
        else if (word == "--batch")
            batches.push_back(std::atoi(next)), ++i;
        else {
            std::fprintf(
                stderr, "'%s' is no option; the file's first lines list them\n", word.c_str());
            return 2;
        }
    }
    if (batches.empty()) batches = {1, 32};

    const device dev = device::best();
    cl_int code = CL_SUCCESS;
    const opencl::queue queue(clCreateCommandQueue(dev.context(), dev.id(), 0, &code));
    opencl::check(code, "clCreateCommandQueue", dev.name());
    const lamina::target target = half ? target_for(dev).half()
        : tf32                         ? target_for(dev).tf32()
                                       : target_for(dev);
    if (serve) {
        server answers(dev, target, queue.get());
        bench::say({{"ready", true}, {"device", dev.describe()}});
        bench::converse([&](const std::string& name, const bench::json& command) -> bench::json {
            if (name == "run") return answers.run(command);
            return {{"failed", "'" + name + "' is no command; run is"}};
        });
        return 0;
    }
    std::optional<bench::holding_kernel> hold;
    if (dev.facts().type == device_type::gpu) hold.emplace(dev, queue.get());
    const double peak = fma_peak(dev, queue.get());
    std::printf("%s, FMA peak %.0f GFLOP/s, storage %s\n", dev.name().c_str(), peak,
        half       ? "fp16"
            : tf32 ? "tf32"
                   : "fp32");
    std::printf("%-26s %5s  %-16s %-20s %10s %10s %6s\n", "layer", "batch", "kernel", "tactic",
        "us", "GFLOP/s", "peak");
    std::string rows;
    for (int batch : batches)
        for (const layer& l : layers) {
            const std::string label = label_of(l);
            if (!only.empty() && label.find(only) == std::string::npos) continue;
            network net;
            define(net, l, batch);
            const run_time_plan plan = plan_at_run_time(net, target, label);
            std::vector<std::string> wanted{""};
            for (std::size_t t = 0; t < wanted.size(); ++t) {
                const plan_view names = plan_view::open(plan);
                std::vector<tuning_row> tuning;
                if (!wanted[t].empty())
                    for (const plan_kernel& k : names->kernels)
                        tuning.push_back(
                            {tuning_scope::type, std::string(to_text(dev.facts().type)),
                                std::string(k.family), {}, wanted[t]});
                runner run(net, plan, dev, tuning, queue.get());
                if (t == 0 && all_tactics) wanted = run.tactics();
                const double us = run.time(hold ? &*hold : nullptr) * 1e6;
                const double gflops = static_cast<double>(run.main_step().flops) / us / 1e3;
                std::printf("%-26s %5d  %-16s %-20s %10.1f %10.0f %5.1f%%%s\n", label.c_str(),
                    batch, std::string(run.main_kernel().family).c_str(),
                    std::string(run.tactic()).c_str(), us, gflops, 100 * gflops / peak,
                    t == 0 && all_tactics ? "  chosen" : "");
                std::fflush(stdout);
                char row[400];
                std::snprintf(row, sizeof row,
                    R"(%s  {"device": "%s", "network": "%s", "layer": "%s", "batch": %d, "storage": "%s", )"
                    R"("kernel": "%s", "tactic": "%s", "chosen": %s, "us": %.2f, "gflops": %.1f, )"
                    R"("peak_share": %.4f})",
                    rows.empty() ? "" : ",\n", dev.name().c_str(), l.network, label.c_str(), batch,
                    half       ? "fp16"
                        : tf32 ? "tf32"
                               : "fp32",
                    std::string(run.main_kernel().family).c_str(),
                    std::string(run.tactic()).c_str(), t == 0 ? "true" : "false", us, gflops,
                    gflops / peak);
                rows += row;
            }
        }
    if (!json.empty()) {
        std::FILE* file = std::fopen(json.c_str(), "w");
        if (!file) {
            std::fprintf(stderr, "%s cannot be written; give another path\n", json.c_str());
            return 1;
        }
        std::fprintf(file, "[\n%s\n]\n", rows.c_str());
        std::fclose(file);
    }
    return 0;
} catch (const error& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
}
