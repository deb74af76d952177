// SPDX-License-Identifier: Apache-2.0
// Lamina's side of bench/shapes.py: one process that loads one network whose shapes change, and runs it at those that
// it is told.
//
// usage: shapes_worker NETWORK --ranges
//        shapes_worker NETWORK --weights FILE --input FILE --outputs FOLDER [--only-max] [--packing-mb N] [--prepare]
//   ranges    says the dims of the network and its usual input, and stops
//   input     a .npy file of numbers for the largest shape; smaller ones take the first of them
//   only-max  a plan for the largest shape and no other: how much memory that takes
//   prepare   builds what min, opt and max need, and other shapes on GPUs, before the first run
//   packing-mb  of engine_options::packing_bytes, in which layers are packed as other shapes than opt need them
#include "bench/models/bert_base.hpp"
#include "bench/models/conversation.hpp"
#include "bench/models/npy.hpp"
#include "bench/models/queued_runs.hpp"
#include "examples/zoo/changing.hpp"
#include "examples/zoo/crnn.hpp"
#include "examples/zoo/resnet.hpp"
#include "examples/zoo/yolov3_tiny.hpp"

#include <lamina/plan.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/plan_for.hpp>
#include <lamina/run.hpp>
#include <lamina/runtime/batcher.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

using namespace bench;

namespace {

using clock = std::chrono::steady_clock;

double ms_since(clock::time_point start) {
    return std::chrono::duration<double, std::milli>(clock::now() - start).count();
}

using resnet50 = zoo::changing<zoo::resnet<50>,
    zoo::changes{.batch = {.opt = 2, .max = 4},
        .height = {.min = 96, .opt = 160, .max = 256, .step = 32},
        .width = {.min = 96, .opt = 160, .max = 256, .step = 32}}>;
using yolov3_tiny = zoo::changing<zoo::yolov3_tiny<>,
    zoo::changes{.batch = {.max = 2},
        .height = {.min = 160, .opt = 320, .max = 416, .step = 32},
        .width = {.min = 160, .opt = 320, .max = 416, .step = 32}}>;
using crnn = zoo::changing<zoo::crnn<>,
    zoo::changes{
        .batch = {.opt = 4, .max = 8}, .width = {.min = 16, .opt = 200, .max = 400, .step = 4}}>;
using bert = zoo::changing<bert_base<>,
    zoo::changes{.batch = {.max = 2}, .length = {.min = 4, .opt = 64, .max = 128}}>;

struct entry {
    void (*define)(lamina::network&);
    lamina::chosen_plan (*plan)(const lamina::device&);
};

template <class Net> entry entry_of() {
    return {Net::define, [](const lamina::device& dev) {
                return lamina::plan_for<Net, lamina::cpu, lamina::cpu_avx2, lamina::gpu.half()>(
                    dev);
            }};
}

const std::map<std::string, entry> networks{{"resnet50", entry_of<resnet50>()},
    {"yolov3_tiny", entry_of<yolov3_tiny>()}, {"crnn", entry_of<crnn>()},
    {"bert_base", entry_of<bert>()}};

struct worker_options {
    std::string network, weights, input, outputs;
    bool only_max = false, prepare = false;
    std::uint64_t packing_mb = 0;
};

/// Runs at one shape after another, each from numbers to floats that the caller has.
class changing_inference {
public:
    changing_inference(const lamina::engine& engine, const input_values& all)
        : context_(engine.make_context()), all_(all) {}
    void run(const lamina::shape& dims) {
        const std::string_view name = context_.plan().inputs[0].name;
        std::visit(
            [&](const auto& all) {
                const auto count = static_cast<std::size_t>(dims.count());
                if (count > all.size())
                    throw std::runtime_error("the input file has " + std::to_string(all.size())
                        + " numbers, this shape needs " + std::to_string(count));
                context_.set_input(name, std::span(all).first(count), dims);
            },
            all_);
        context_.run();
        outputs_.resize(context_.plan().outputs.size());
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            const auto values = context_.get(context_.plan().outputs[i].name);
            outputs_[i].assign(values.begin(), values.end());
        }
    }
    double time(const lamina::shape& dims) {
        const auto start = clock::now();
        run(dims);
        return ms_since(start);
    }
    json save(const lamina::shape& dims, const std::string& folder) {
        run(dims);
        json files = json::array();
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            files.push_back(folder + "/" + std::to_string(i) + ".npy");
            write_npy(files.back(), outputs_[i], context_.plan().outputs[i].dims);
        }
        return {{"outputs", files}};
    }

private:
    lamina::context context_;
    const input_values& all_;
    std::vector<std::vector<float>> outputs_;
};

lamina::shape dims_of(const json& command) {
    lamina::shape out;
    for (const int extent : command.at("dims").get<std::vector<int>>()) out.push(extent);
    return out;
}

/// The network with each dim at the value that `value(range)` gives.
template <class Value> lamina::network defined(const entry& of, Value value) {
    lamina::network net;
    of.define(net);
    std::vector<lamina::dim_value> chosen;
    for (const lamina::dim_range& r : net.ranges) chosen.push_back({r.at, value(r)});
    lamina::network out;
    out.chosen = chosen;
    of.define(out);
    out.chosen = {};
    lamina::check(out);
    if (!out.problems.empty())
        throw std::runtime_error(lamina::full_sentence(out.problems.front()).c_str());
    return out;
}

/// The network at the values of an object, {"batch": 3}.
lamina::network defined_at(const entry& of, const json& values) {
    return defined(of, [&](const lamina::dim_range& r) {
        return values.at(std::string(r.at.view())).template get<int>();
    });
}

/// The class of plans for one shape: on GPUs as the other engine, with all sizes as constants.
lamina::target target_of_one_shape(const lamina::device& device) {
    const lamina::target own = lamina::target_for(device);
    return own.is_cpu() ? own : lamina::gpu.half().constant_sizes();
}

/// Runs in turn of the engine that changes its shape and of one with a plan for this shape alone.
json race_alone(const entry& of, changing_inference& ours, const worker_options& options,
    const lamina::device& device, const input_values& input, const json& command) {
    const lamina::network net = defined_at(of, command.at("values"));
    const lamina::engine engine(lamina::plan_at_run_time(net, target_of_one_shape(device)),
        lamina::weights::open(options.weights), device);
    changing_inference alone(engine, input);
    const lamina::shape dims = net.nodes[0].dims;
    ours.run(dims);
    alone.run(dims);
    std::vector<double> mine, other;
    for (int round = 0; round < command.value("rounds", 7); ++round) {
        if (round % 2) mine.push_back(ours.time(dims));
        other.push_back(alone.time(dims));
        if (round % 2 == 0) mine.push_back(ours.time(dims));
    }
    return {{"ms", mine}, {"alone_ms", other}};
}

/// Requests of one item from so many threads at once, each waiting for its result before the next; through a
/// batcher, or with a context for each thread where `most` is 0. Milliseconds of each request, and how long all took.
json serve_requests(const lamina::engine& engine, const input_values& input, const json& command) {
    const lamina::shape dims = dims_of(command);
    const int threads = command.value("threads", 4), most = command.value("most", 0);
    const double seconds = command.value("seconds", 2.0);
    const std::string name(engine.plan().inputs[0].name);
    const auto count = static_cast<std::size_t>(dims.count());
    std::optional<lamina::batcher> requests;
    if (most)
        requests.emplace(engine,
            lamina::batcher_options{.dim = "batch",
                .most = most,
                .delay = std::chrono::microseconds(command.value("delay_us", 2000)),
                .contexts = command.value("contexts", std::size_t{1})});
    std::vector<double> all;
    std::mutex adding;
    std::atomic<bool> warm = false;
    std::atomic<double> measured = 0;
    clock::time_point begin;
    const auto client = [&] {
        std::optional<lamina::context> own;
        if (!most) own.emplace(engine.make_context());
        std::vector<double> mine;
        const auto one = [&] {
            std::visit(
                [&](const auto& values) {
                    const auto given = std::span(values).first(count);
                    if (most) {
                        requests->run({{name, given, dims}});
                        return;
                    }
                    own->set_input(name, given, dims);
                    own->run();
                    (void)own->get(own->plan().outputs[0].name);
                },
                input);
        };
        while (!warm) one();
        while (ms_since(begin) < seconds * 1e3) {
            const auto start = clock::now();
            one();
            mine.push_back(ms_since(start));
        }
        const std::lock_guard lock(adding);
        all.insert(all.end(), mine.begin(), mine.end());
        measured = std::max(measured.load(), ms_since(begin));
    };
    std::vector<std::thread> clients;
    for (int i = 0; i < threads; ++i) clients.emplace_back(client);
    std::this_thread::sleep_for(std::chrono::milliseconds(command.value("warm_ms", 1500)));
    const lamina::batcher_counts before = requests ? requests->counts() : lamina::batcher_counts{};
    begin = clock::now();
    warm = true;
    for (std::thread& one : clients) one.join();
    json out{{"ms", all}, {"seconds", measured / 1e3}};
    if (requests) {
        const lamina::batcher_counts after = requests->counts();
        out["items"] = after.items - before.items;
        out["runs"] = after.runs - before.runs;
    }
    return out;
}

/// How many programs the shape of an object compiled, {"batch": 3}, at which the engine ran just now.
std::size_t built_at(const lamina::engine& engine, const json& values) {
    std::vector<lamina::shape_value> given;
    for (const auto& [name, value] : values.items()) given.push_back({name, value.get<int>()});
    return engine.at(given).report().cache_misses;
}

json ranges_of(const entry& of) {
    lamina::network at_opt;
    of.define(at_opt);
    json dims = json::array(), usual = json::array();
    for (const lamina::dim_range& r : at_opt.ranges)
        dims.push_back({{"name", std::string(r.at.view())}, {"min", r.min}, {"opt", r.opt},
            {"max", r.max}, {"step", r.step}});
    for (int axis = 0; axis < at_opt.nodes[0].dims.rank; ++axis)
        usual.push_back(at_opt.nodes[0].dims[axis]);
    return {{"dims", dims}, {"input", usual}};
}

void serve(const worker_options& options) {
    const double empty_mb = memory_mb("VmRSS");
    const entry& net = networks.at(options.network);
    const auto start = clock::now();
    const lamina::device device = lamina::device::best();
    const lamina::weights file = lamina::weights::open(options.weights);
    const lamina::engine engine = options.only_max
        ? lamina::engine(lamina::plan_at_run_time(
                             defined(net, [](const lamina::dim_range& r) { return r.max; }),
                             target_of_one_shape(device)),
              file, device)
        : lamina::engine(
              net.plan(device), file, device, {.packing_bytes = options.packing_mb * 1'000'000});
    const double load_ms = ms_since(start);
    double prepare_ms = 0;
    if (options.prepare) {
        std::vector<std::vector<lamina::shape_value>> shapes(3);
        for (const lamina::plan_dim& d : engine.dims()) {
            shapes[0].push_back({d.at.view(), d.min});
            shapes[1].push_back({d.at.view(), d.opt});
            shapes[2].push_back({d.at.view(), d.max});
        }
        const auto begin = clock::now();
        engine.prepare(shapes);
        prepare_ms = ms_since(begin);
    }
    const input_values input = engine.plan().inputs[0].type == lamina::dtype::i32
        ? input_values(read_npy<int>(options.input))
        : input_values(read_npy<float>(options.input));
    changing_inference one(engine, input);
    const double first_ms = one.time(engine.plan().inputs[0].dims);

    say({{"ready", true}, {"device_name", device.facts().name}, {"empty_mb", empty_mb},
        {"load_ms", load_ms}, {"prepare_ms", prepare_ms}, {"first_ms", first_ms},
        {"cache_misses", engine.report().cache_misses},
        {"arena_mb", static_cast<double>(engine.plan().arena_bytes) / 1e6},
        {"packed_mb", static_cast<double>(engine.plan().weight_bytes) / 1e6}});
    converse([&](const std::string& name, const json& command) -> json {
        if (name == "run") {
            json all = json::array();
            for (int run = 0; run < command.value("min", 3); ++run)
                all.push_back(one.time(dims_of(command)));
            return {{"ms", all}};
        }
        if (name == "output") return one.save(dims_of(command), options.outputs);
        if (name == "alone") return race_alone(net, one, options, device, input, command);
        if (name == "requests") return serve_requests(engine, input, command);
        if (name == "memory") return {{"peak_mb", memory_mb("VmHWM")}};
        if (name == "built") return {{"built", built_at(engine, command.at("values"))}};
        return {{"failed",
            "'" + name + "' is no command; run, output, alone, requests, memory and built are"}};
    });
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "Runs a network at changing shapes for bench/shapes.py: commands on standard input, "
        "answers on standard output.");
    worker_options options;
    app.add_option("network", options.network)->required()->check(CLI::IsMember(networks));
    bool ranges = false;
    app.add_flag("--ranges", ranges, "say what the dims are, and stop");
    app.add_option("--weights", options.weights, "a .safetensors file");
    app.add_option("--input", options.input, "numbers for the largest input, a .npy file");
    app.add_option("--outputs", options.outputs, "folder to write outputs to");
    app.add_flag("--only-max", options.only_max, "a plan for the largest shape alone");
    app.add_flag("--prepare", options.prepare, "build what min, opt and max need first");
    app.add_option("--packing-mb", options.packing_mb, "memory for layers packed in other ways");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& fault) {
        return app.exit(fault) ? 2 : 0;
    }
    try {
        if (ranges)
            say(ranges_of(networks.at(options.network)));
        else
            serve(options);
        return 0;
    } catch (const std::exception& fault) {
        say({{"failed", fault.what()}});
        return 1;
    }
}
