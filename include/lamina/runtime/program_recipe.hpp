// SPDX-License-Identifier: Apache-2.0
// What a program is built of, and the ways to have it, in order: the plan's binary, the cache, another process,
// this one. Used by build_programs.hpp.
#pragma once
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <lamina/core/error.hpp>
#include <lamina/runtime/build_process.hpp>
#include <lamina/runtime/device.hpp>
#include <lamina/runtime/program.hpp>
#include <lamina/runtime/programs.hpp>

namespace lamina::detail {

struct program_recipe {
    std::string subject, source;
    compiler_target target = compiler_target::own;
    std::span<const std::byte> binary = {};  ///< which the plan contains for this device
};

struct made_program {
    program built;  ///< empty: there is none
    build_report report;
};

/// From the plan's binary or the cache. A binary that the driver rejects is not an error: the source is available
/// too.
inline made_program find_program(const program_recipe& from, const device& dev) {
    const auto start = std::chrono::steady_clock::now();
    const std::string_view options = kernel_options(dev);
    if (!from.binary.empty()) try {
            program built = from_kept_binary(dev, from.binary, options, from.subject, from.binary);
            return {std::move(built), {true, ms_since(start), "binary: from the plan"}};
        } catch (const error&) {}
    made_program out;
    out.built = find_program(dev, from.source, options, from.subject, out.report);
    return out;
}

/// From source, by another process unless `by` is null.
/// Errors  LAM-R17.
inline made_program compile_program(
    const program_recipe& from, const device& dev, build_process* by = nullptr) {
    const auto start = std::chrono::steady_clock::now();
    const std::string_view options = kernel_options(dev);
    program built;
    if (by)
        if (const auto binary = by->build(from.source, from.target); !binary.empty()) try {
                built = from_binary(dev, binary, options, from.subject);
            } catch (const error&) {}
    if (!built.get()) built = compile_program(dev, from.source, options, from.subject, from.target);
    std::string note = keep_program(built, from.source, options, dev);
    return {std::move(built), {false, ms_since(start), std::move(note)}};
}

inline made_program make_program(const program_recipe& from, const device& dev) {
    made_program found = find_program(from, dev);
    return found.built.get() ? std::move(found) : compile_program(from, dev);
}

}  // namespace lamina::detail
