// SPDX-License-Identifier: Apache-2.0
// How evenly plans can be divided among threads, without a device: for each network, batch and number of
// threads the efficiency that the plan's own tiles allow, and the one that an engine's cuts allow
// (runtime/cut_steps.hpp). A step's efficiency is its work in a launch of one thread, divided by the number of
// threads and by the work of the busiest of them; a network's weighs steps by a rough time. Memory that threads
// share, and meetings, are not part of it.
// With arguments NETWORK BATCH THREADS, one row a step instead.
#include <lamina/plan/read.hpp>
#include <lamina/plan/table.hpp>
#include <lamina/plan_at_run_time.hpp>
#include <lamina/runtime/cut_steps.hpp>

#include "examples/zoo/mobilenet_v2.hpp"
#include "examples/zoo/resnet.hpp"
#include "examples/zoo/vgg.hpp"
#include "examples/zoo/vit.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace lamina;
using detail::step_tile;

struct row {
    const char* name;
    void (*define)(network&, int batch);
};
/// Pictures of 224 x 224.
template <class Net> void define(network& net, int batch) {
    Net::define(net, {batch, 3, 224, 224});
}
constexpr row networks[] = {{"resnet18", define<zoo::resnet18<>>},
    {"resnet50", define<zoo::resnet50<>>}, {"vgg16", define<zoo::vgg16<>>},
    {"mobilenet_v2", define<zoo::mobilenet_v2<>>}, {"vit_b_16", define<zoo::vit_b_16<>>}};

plan_view plan_of(const row& network_row, int batch) {
    network net;
    network_row.define(net, batch);
    return plan_view::open(plan_at_run_time(net, cpu, network_row.name).data(), network_row.name);
}

double efficiency(const plan_step& step, const plan_tactic& own, const plan_tactic& t,
    const step_tile& tile, unsigned threads) {
    const auto items = detail::items_of(step, tile);
    const step_tile whole = detail::own_tile(own);
    if (t.cost.empty())
        return static_cast<double>(items)
            / static_cast<double>(detail::pieces(items, threads) * threads);
    return static_cast<double>(detail::items_of(step, whole)) * detail::item_time(own, whole)
        / threads
        / (static_cast<double>(detail::pieces(items, threads)) * detail::item_time(t, tile));
}

struct cut_step {
    std::uint32_t tactic;
    step_tile tile;
    double before, after, weight;
};

cut_step cut(const plan_records& plan, const plan_step& step, unsigned threads) {
    const plan_tactic& own = plan.tactics[step.tactic];
    cut_step out{detail::tactic_for(plan, step, threads), {}, 0, 0, 0};
    const plan_tactic& t = plan.tactics[out.tactic];
    out.tile = detail::tile_for(step, t, threads);
    out.before = efficiency(step, own, own, detail::own_tile(own), threads);
    out.after = efficiency(step, own, t, out.tile, threads);
    // Nanoseconds of one thread with 100 GFLOP/s and 10 GB/s.
    out.weight = static_cast<double>(step.flops) / 100 + static_cast<double>(step.bytes) / 10;
    return out;
}

void print_network(const row& network_row, int batch) {
    const plan_view plan = plan_of(network_row, batch);
    std::printf("%-13s %5d", network_row.name, batch);
    for (const unsigned threads : {2u, 4u, 8u, 16u}) {
        double all = 0, before = 0, after = 0;
        for (const plan_step& step : plan->steps) {
            const cut_step now = cut(*plan, step, threads);
            all += now.weight;
            before += now.weight / now.before;
            after += now.weight / now.after;
        }
        std::printf("   %5.1f %5.1f", 100 * all / before, 100 * all / after);
    }
    std::printf("\n");
}

void print_steps(const row& network_row, int batch, unsigned threads) {
    const plan_view plan = plan_of(network_row, batch);
    text_table table({">step", "name", "kernel", ">% of the work", ">items", ">even %", "tactic",
        ">items", ">even %"});
    double all = 0;
    for (const plan_step& step : plan->steps) all += cut(*plan, step, threads).weight;
    for (std::size_t i = 0; i < plan->steps.size(); ++i) {
        const plan_step& step = plan->steps[i];
        const cut_step now = cut(*plan, step, threads);
        const plan_tactic &own = plan->tactics[step.tactic], &t = plan->tactics[now.tactic];
        table.add({std::to_string(i), std::string(step.name),
            std::string(plan->kernels[step.kernel].family), fixed(100 * now.weight / all, 1),
            std::to_string(detail::items_of(step, detail::own_tile(own))),
            fixed(100 * now.before, 0), std::string(t.name),
            std::to_string(detail::items_of(step, now.tile)), fixed(100 * now.after, 0)});
    }
    std::fputs(table.str().c_str(), stdout);
}

}  // namespace

int main(int count, char** words) {
    if (count == 4) {
        for (const row& one : networks)
            if (one.name == std::string_view(words[1]))
                print_steps(one, std::atoi(words[2]), static_cast<unsigned>(std::atoi(words[3])));
        return 0;
    }
    std::printf("%-13s %5s   %s\n", "network", "batch",
        "2 threads: own tiles, cut %;    4;            8;            16");
    for (const row& one : networks)
        for (const int batch : {1, 8}) print_network(one, batch);
    return 0;
}
