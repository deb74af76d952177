// SPDX-License-Identifier: Apache-2.0
// The shapes of an engine: plans made while the program runs, and kept by the values of their dims.
#pragma once
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <lamina/runtime/context_at_shape.hpp>
#include <lamina/runtime/engine_options.hpp>
#include <lamina/runtime/other_packings.hpp>
#include <lamina/runtime/program_pool.hpp>
#include <lamina/runtime/shape_source.hpp>
#include <lamina/runtime/weights.hpp>

namespace lamina::detail {

struct engine_shared;
struct engine_state;

/// How the shapes of a network are made.
struct shape_settings {
    std::shared_ptr<const shape_source> source;
    weights file;  ///< for arrays that the plan for opt lacks
    bool merge = true;
    int build_processes = 0;
    std::size_t most = 16;
    reserved_memory reserved;  ///< of contexts
    other_packings packings;
    std::vector<tuning_row> tuning;
    std::optional<timing_cache> timings;
};

inline const timing_cache* timings_of(const shape_settings& all) {
    return all.timings ? &*all.timings : nullptr;
}

/// Shared by the engines of all shapes of a network, each of which may be asked for another one.
struct engine_shapes : shape_settings {
    program_pool programs;

    struct entry {
        std::vector<int> values;
        std::shared_ptr<engine_state> made;
    };
    std::mutex looking;                   ///< what follows, and `programs`
    std::list<entry> recent;              ///< the last used first
    std::shared_ptr<engine_state> first;  ///< of opt, with the arrays that others look for
};

// engine_loading.impl.hpp and engine_shapes.impl.hpp call each other. The first defines these,
std::shared_ptr<engine_state> state_beside(const engine_state& from, const plan_view& plan);
void build_engine(engine_state& made, const engine_options& options,
    const std::atomic<bool>* unwanted, program_pool* pool);
std::shared_ptr<engine_shared> finish_engine(std::shared_ptr<engine_state> made);
// the second these:
void check_value(const plan_dim& d, int value);
std::vector<int> find_values(std::span<const plan_dim> dims, std::span<const shape_value> given);
void prepare_programs(engine_shapes& all, const engine_state& first);
std::shared_ptr<engine_state> shape_at(engine_shapes& all, const std::vector<int>& values);
std::vector<std::vector<int>> shapes_of_file(const engine_shapes& all, const std::vector<int>& own,
    std::span<const std::vector<shape_value>> others);
[[noreturn]] void fail_fixed(const plan_records& plan, const char* what);
std::shared_ptr<engine_shared> shared_at(
    std::shared_ptr<engine_shapes> all, std::vector<int> values);

}  // namespace lamina::detail
