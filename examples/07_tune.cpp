// SPDX-License-Identifier: Apache-2.0
// Measures which tactics are fastest on this device, and keeps the times in a file; run it again to
// go on. Without --plan it tunes ResNet-20; --save writes the tuned engine as a .plan file.
#include "resnet20/resnet20.hpp"
#include "support/program.hpp"

#include <lamina/plan_for.hpp>

int main(int argc, char** argv) {
    CLI::App app("Tunes a network for a device.");
    std::string cache_file = "lamina.timings", plan_file, save_to, device_name, trust = "catalogue";
    std::vector<std::string> others;
    double seconds = 30;
    app.add_option("--cache", cache_file, "where the times are kept");
    app.add_option("--seconds", seconds, "how long to measure; compilers are part of it");
    app.add_option("--merge", others, "caches of other machines, to be put into this one");
    app.add_option("--plan", plan_file, "what engine.save() wrote; ResNet-20 if left out");
    examples::add_trust(app, trust);
    app.add_option("--save", save_to, "write the tuned engine here, with its kernels");
    app.add_option("--device", device_name, "type, index or part of the name");
    return examples::run_program(app, argc, argv, [&] {
        const auto device = examples::chosen_device(device_name);
        const auto engine = plan_file.empty()
            ? lamina::engine(lamina::plan_for<zoo::resnet20<>>(device),
                  lamina::weights::open(EXAMPLE_DIR "/resnet20/resnet20_lamina.safetensors"),
                  device)
            : lamina::engine::load(plan_file, device, {.trust = examples::trust_named(trust)});

        auto cache = lamina::timing_cache::open_or_new(cache_file);
        for (const std::string& file : others) cache.merge(lamina::timing_cache::open(file));
        cache.save(cache_file);  // a folder that cannot be written is told now, not later
        const auto report = lamina::tune(engine, cache,
            {.seconds = seconds, .progress = [&](const auto&) { cache.save(cache_file); }});
        std::printf("%s\n%s", device.describe().c_str(), report.table().c_str());
        if (!report.complete()) std::puts("run it again to go on");

        const auto tuned = engine.tuned(cache);
        std::fputs((tuned.report().timings + "\n").c_str(), stdout);
        if (!save_to.empty()) tuned.save(save_to, {.with_binaries = true});
    });
}
