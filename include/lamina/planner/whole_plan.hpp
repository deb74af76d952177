// SPDX-License-Identifier: Apache-2.0
// All stages and what comes before them, for the two parts that constant folding makes of a network: the plan of what
// an engine computes once lies in the plan of what every run computes.
#pragma once
#include <lamina/planner/fold_constants.hpp>
#include <lamina/planner/lift_functions.hpp>
#include <lamina/planner/skip_resizes.hpp>
#include <lamina/planner/stages.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace lamina::planner {

/// The target of what is computed once: floats, whatever the class stores.
constexpr target target_of_constants(target of) {
    of.numbers = {};
    of.multiplies_bytes = false;
    of.folds_constants = false;
    return of;
}

/// Made in place: its modules point at its networks. `net` is cut, and must live as long.
template <class Verifier> struct whole_plan {
    constant_part cut;
    module run;
    module constants;                    ///< of the constant part, if there is one
    dynamic_array<std::uint32_t> bytes;  ///< of the constant part's plan, in words

    constexpr whole_plan(network& net, const lamina::target& target, std::string_view label) {
        dynamic_array<int> numbers = skip_resizes(net);
        lift_functions(net, numbers);
        if (target.folds_constants) cut = fold_constants(net);
        if (!numbers.empty()) cut.numbers = std::move(numbers);
        run = run_stages<Verifier>(net, target);
        if (!cut.numbers.empty()) run.numbers = &cut.numbers;
        if (cut.is_empty() || !run.fault.empty()) return;
        const lamina::target plain = target_of_constants(target);
        constants = run_stages<Verifier>(cut.net, plain);
        run.fault = constants.fault;
        if (!run.fault.empty()) return;
        const text<240> called = text<240>("constants of ").append(label);
        // Mostly enough: what lies beyond is counted.
        int size = static_cast<int>(cut.net.nodes.size()) * 512 + (1 << 15);
        for (bool fits = false; !fits;) {
            const int room = size;
            bytes.assign(static_cast<std::size_t>(room) / 4, 0);
            size = encode(constants, plain, called, bytes.data(), room);
            fits = size <= room;
        }
        bytes.resize(static_cast<std::size_t>(size) / 4);
        run.constants = &bytes;
    }
    whole_plan(const whole_plan&) = delete;
    whole_plan& operator=(const whole_plan&) = delete;
};

}  // namespace lamina::planner
