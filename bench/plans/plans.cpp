// SPDX-License-Identifier: Apache-2.0
// What the planner makes of each network of the zoo, one line a network, target and precision: steps,
// kernels, bytes and a hash of the plan. Two runs are compared with diff: a change that should not
// touch plans leaves every line as it is. The last line says how long planning ResNet-50 took.
#include <lamina/plan_at_run_time.hpp>

#include "examples/zoo/densenet.hpp"
#include "examples/zoo/efficientnet.hpp"
#include "examples/zoo/googlenet.hpp"
#include "examples/zoo/mobilenet_v2.hpp"
#include "examples/zoo/mobilenet_v3.hpp"
#include "examples/zoo/resnet.hpp"
#include "examples/zoo/squeezenet.hpp"
#include "examples/zoo/unet.hpp"
#include "examples/zoo/vgg.hpp"
#include "examples/zoo/vit.hpp"
#include "examples/zoo/yolov3_tiny.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace {

using namespace zoo;

std::uint64_t hash_of_words(const std::vector<std::uint32_t>& words) {
    std::uint64_t hash = 14695981039346656037u;
    for (const std::uint32_t word : words) hash = (hash ^ word) * 1099511628211u;
    return hash;
}

struct named_target {
    const char* name;
    lamina::target made_for;
};

constexpr named_target targets[] = {{"cpu", lamina::cpu}, {"cpu_avx2", lamina::cpu_avx2},
    {"cpu_neon", lamina::cpu_neon}, {"gpu", lamina::gpu}};

void print_plan(const char* name, const lamina::network& net, const named_target& target,
    const char* precision, const lamina::target& made_for) {
    const lamina::run_time_plan plan = lamina::plan_at_run_time(net, made_for, name);
    std::printf("%-18s %-8s %-4s steps %4d kernels %3d arena %10llu weights %11llu hash %016llx\n",
        name, target.name, precision, plan.steps, plan.kernels,
        static_cast<unsigned long long>(plan.arena_bytes),
        static_cast<unsigned long long>(plan.weight_bytes),
        static_cast<unsigned long long>(hash_of_words(plan.words)));
}

template <class Net> int print_plans(const char* name) {
    lamina::network net;
    Net::define(net);
    lamina::check(net);
    if (!net.problems.empty()) {
        std::fprintf(stderr, "%s\n", lamina::full_sentence(net.problems.front()).c_str());
        return 1;
    }
    for (const named_target& t : targets) {
        print_plan(name, net, t, "fp32", t.made_for);
        print_plan(name, net, t, "fp16", t.made_for.half());
        print_plan(name, net, t, "tf32", t.made_for.tf32());
    }
    return 0;
}

/// The quickest of some runs, as the machine may be busy.
double milliseconds_to_plan(const lamina::network& net) {
    double least = 1e9;
    for (int run = 0; run < 30; ++run) {
        const auto start = std::chrono::steady_clock::now();
        const lamina::run_time_plan plan = lamina::plan_at_run_time(net, lamina::cpu);
        const std::chrono::duration<double, std::milli> took
            = std::chrono::steady_clock::now() - start;
        if (!plan.words.empty()) least = std::min(least, took.count());
    }
    return least;
}

}  // namespace

int main() {
    const int failed = print_plans<densenet121<>>("densenet121")
        + print_plans<efficientnet_b0<>>("efficientnet_b0") + print_plans<googlenet<>>("googlenet")
        + print_plans<mobilenet_v2<>>("mobilenet_v2")
        + print_plans<mobilenet_v3_large<>>("mobilenet_v3_large")
        + print_plans<resnet18<>>("resnet18") + print_plans<resnet50<>>("resnet50")
        + print_plans<resnet50<3, 160>>("resnet50_3x160")
        + print_plans<squeezenet1_1<>>("squeezenet1_1") + print_plans<unet<>>("unet")
        + print_plans<vgg16<>>("vgg16") + print_plans<vit_b_16<>>("vit_b_16")
        + print_plans<yolov3_tiny<>>("yolov3_tiny");
    lamina::network net;
    resnet50<>::define(net);
    lamina::check(net);
    std::fprintf(stderr, "planning resnet50 takes %.3f ms\n", milliseconds_to_plan(net));
    return failed;
}
