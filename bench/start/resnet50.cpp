// SPDX-License-Identifier: Apache-2.0
// ResNet-50's start to its first result, and where the time goes: from a weights file or a saved
// plan. bench/start/start.py runs it with caches that are empty or filled.
//
//   bench_start_resnet50 --make-weights FILE.safetensors    numbers from a formula
//   bench_start_resnet50 FILE.safetensors [--save FILE.plan]
//   bench_start_resnet50 FILE.plan
//   bench_start_resnet50 --context                          makes a context of the device, no more
#include "bench/start/start_times.hpp"
#include "examples/zoo/resnet.hpp"

#include <lamina/plan.hpp>
#include <lamina/run.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

const std::span<const std::byte> cpu_plan = lamina::plan<zoo::resnet50<>, lamina::cpu>;
const std::span<const std::byte> gpu_plan = lamina::plan<zoo::resnet50<>, lamina::gpu.half()>;

/// Numbers between -1 and 1 that look random and are the same everywhere.
float number(std::uint64_t index) {
    std::uint64_t x = index + 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return static_cast<float>(static_cast<std::int32_t>(x >> 32)) * 0x1p-31f;
}

/// Weights as a trained network has them: products keep the size of their inputs, variances are
/// above 0, and the last norm of a block is small.
void make_weights(const std::string& path) {
    const lamina::plan_view plan = lamina::plan_view::open(cpu_plan);
    std::string header = "{";
    std::vector<float> values;
    for (const lamina::plan_parameter& p : plan->parameters) {
        const std::string name(p.name);
        std::string dims;
        for (int axis = 0; axis < p.dims.rank; ++axis)
            dims += (axis ? "," : "") + std::to_string(p.dims[axis]);
        const std::size_t begin = values.size() * sizeof(float);
        const auto count = static_cast<std::size_t>(p.dims.count());
        float scale = 0.1f, middle = 0;
        if (p.dims.rank > 1)
            scale = std::sqrt(6.0f * static_cast<float>(p.dims.n) / static_cast<float>(count));
        else if (name.ends_with("running_var") || name.ends_with("weight"))
            middle = name.ends_with("bn3.weight") ? 0.3f : 1.0f;
        for (std::size_t i = 0; i < count; ++i)
            values.push_back(middle + scale * number(values.size()));
        header += (header.size() > 1 ? ",\"" : "\"") + name + "\":{\"dtype\":\"F32\",\"shape\":["
            + dims + "],\"data_offsets\":[" + std::to_string(begin) + ","
            + std::to_string(values.size() * sizeof(float)) + "]}";
    }
    header += "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const std::uint64_t size = header.size();
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&size), sizeof size);
    file.write(header.data(), static_cast<std::streamsize>(size));
    file.write(reinterpret_cast<const char*>(values.data()),
        static_cast<std::streamsize>(values.size() * sizeof(float)));
    if (!file.flush()) throw std::runtime_error(path + " cannot be written");
}

void start(const std::string& path, const std::string& save_to) {
    const auto begin = bench::clock_type::now();
    const lamina::device device = lamina::device::best();
    const auto found = bench::clock_type::now();
    const lamina::engine engine = path.ends_with(".plan")
        ? lamina::engine::load(path, device, {.trust = lamina::trust::binaries})
        : lamina::engine(device.facts().type == lamina::device_type::gpu ? gpu_plan : cpu_plan,
              lamina::weights::open(path), device);
    const auto made = bench::clock_type::now();
    lamina::context context = engine.make_context();
    std::vector<float> image(3 * 224 * 224);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = number(i);
    context.set_input("image", image);
    const auto ready = bench::clock_type::now();
    context.run();
    const auto scores = context.get("logits");
    const auto end = bench::clock_type::now();
    const double cpu = bench::cpu_ms();

    double sum = 0;
    for (float score : scores) sum += std::abs(static_cast<double>(score));
    const lamina::engine_report& how = engine.report();
    bench::start_times{begin, found, made, ready, end}.print(how, cpu);
    std::printf("%zu programs built, %zu found; %.1f MB of weights; sum of scores %.6g on %s\n",
        how.cache_misses, how.cache_hits, static_cast<double>(engine.plan().weight_bytes) / 1e6,
        sum, device.describe().c_str());
    if (!save_to.empty()) engine.save(save_to, {.with_binaries = true});
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() == 2 && words[0] == "--make-weights")
            make_weights(words[1]);
        else if (words.size() == 1 && words[0] == "--context")
            lamina::device::best().context();
        else if (words.size() == 1)
            start(words[0], "");
        else if (words.size() == 3 && words[1] == "--save")
            start(words[0], words[2]);
        else
            throw std::runtime_error(
                "usage: bench_start_resnet50 FILE [--save FILE.plan], --make-weights FILE, or --context");
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 1;
    }
}
