// SPDX-License-Identifier: Apache-2.0
// What the examples' main() functions share: errors as one sentence, the device by name, a clock.
#pragma once
#include <lamina/run.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace examples {

/// Runs `body`; whatever is wrong with the world becomes one sentence on stderr and exit code 2.
template <class Body> int guarded(Body body) {
    try {
        body();
        return 0;
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "%s\n", fault.what());
        return 2;
    }
}

/// Parses the command line, then runs `body`. A wrong command line ends with 2, too. Of an option that is
/// there twice the last counts: examples/run.sh puts its own in front of the user's.
template <class Body> int run_program(CLI::App& app, int argc, char** argv, Body body) {
    for (CLI::Option* option : app.get_options())
        if (option->get_items_expected_max() == 1)
            option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& fault) {
        return app.exit(fault) ? 2 : 0;
    }
    return guarded(body);
}

/// The device that --device asks for, or the best one.
inline lamina::device chosen_device(const std::string& wanted) {
    return wanted.empty() ? lamina::device::best() : lamina::device::find(wanted);
}

/// --trust: which code of a .plan file is run.
inline void add_trust(CLI::App& app, std::string& trust) {
    app.add_option("--trust", trust, "code of the plan that is run: catalogue, texts or binaries")
        ->check(CLI::IsMember({"catalogue", "texts", "binaries"}));
}
inline lamina::trust trust_named(const std::string& name) {
    return name == "texts"   ? lamina::trust::texts
        : name == "binaries" ? lamina::trust::binaries
                             : lamina::trust::catalogue;
}

using clock = std::chrono::steady_clock;

inline double ms_since(clock::time_point start) {
    return std::chrono::duration<double, std::milli>(clock::now() - start).count();
}

/// Milliseconds of a call, the median of some.
template <class Call> double median_ms(Call call, std::size_t times = 9) {
    std::vector<double> all;
    for (std::size_t i = 0; i < times; ++i) {
        const auto start = clock::now();
        call();
        all.push_back(ms_since(start));
    }
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(times / 2), all.end());
    return all[times / 2];
}

}  // namespace examples
