// SPDX-License-Identifier: Apache-2.0
// How an engine is made, loaded and saved.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/shape_planner.hpp>
#include <lamina/runtime/signature.hpp>
#include <lamina/runtime/timing_cache.hpp>
#include <lamina/runtime/trust.hpp>
#include <lamina/runtime/tuning.hpp>

namespace lamina {

struct engine_options {
    bool strict = true;                       ///< reject weights files with unread tensors,
    std::vector<std::string> ignore = {};     ///< except for these: `{"aux.*", "*.position_ids"}`
    std::span<const tuning_row> tuning = {};  ///< tactics by rule, preferred to the plan's own
    /// Measured tactics, preferred to both; null: the file that LAMINA_TIMING_CACHE names, if any.
    const timing_cache* timings = nullptr;
    /// On CPUs, neighbouring steps share a launch: 10 to 40 % faster on two cores. If false, each has
    /// its own, as on other devices.
    bool merge = true;
    /// Threads of a run on a CPU, at most the device's compute units; steps are cut for them. 0: as
    /// LAMINA_THREADS says, else as many as the process may use (its affinity, its control group's quota).
    /// Results are the same bits for any number. No effect on other devices.
    int threads = 0;
    /// Processes that compile programs where the driver compiles one at a time in a process (NVIDIA's). They are this
    /// program's executable, started again: they build programs before their main(), and end; this process loads what
    /// they built. 0: as LAMINA_BUILD_PROCESSES says, else up to 6 with such a driver, as cores and the device's memory
    /// allow, and none with others. 1: none, this process compiles. None is where Lamina is part of a library, as in a
    /// Python module.
    int build_processes = 0;
    /// Shapes that an engine of a network with dims keeps, and each of its contexts, see engine::at.
    std::size_t shapes = 16;
    /// Contexts of a network with dims begin with the arena, inputs and outputs of the largest shape, so that
    /// reshape() allocates none. If false, they are those of opt and grow.
    bool reserve_arena = true;
    /// Memory for weights that are packed in a second way. Plans of other shapes keep to the way in which that of
    /// opt packs each layer, such as Winograd's tile, which may take a fifth longer where opt is far away. With so
    /// many bytes the engine packs, when it is made, what shapes that stand for all would choose for
    /// themselves, as many of them as it is enough for, and plans freely what finds its arrays there.
    std::uint64_t packing_bytes = 0;
};

/// Options of engine::load().
struct load_options {
    std::span<const tuning_row> tuning = {};  ///< as in engine_options
    const timing_cache* timings = nullptr;    ///< as in engine_options
    bool merge = true;                        ///< as in engine_options
    int threads = 0;                          ///< as in engine_options
    int build_processes = 0;                  ///< as in engine_options
    std::size_t shapes = 16;                  ///< as in engine_options, of a file with several
    bool reserve_arena = true;                ///< as in engine_options
    /// Which code of the plan may run: by default only Lamina's own kernels.
    lamina::trust trust = lamina::trust::catalogue;
    /// Texts of the program's own kernels (custom_layer::text), which the plan may contain too.
    std::span<const std::string_view> kernels = {};
    /// If not empty, the plan must be signed with one of these keys, and is then trusted completely.
    std::span<const plan_key> signed_by = {};
};

struct save_options {
    /// Includes this device's programs, for a start without a compiler. They are native code: load the
    /// plan with trust::binaries, or check its signature.
    bool with_binaries = false;
    /// Other shapes of a network with dims that the file has plans for, beside the engine's own:
    /// {.shapes = {{{"batch", 4}}, {{"batch", 8}, {"size", 320}}}}; dims that are not named have their opt. They
    /// share weights and texts, and each runs with the tactics of its own plan. An engine that loads the file needs
    /// no definition, has these shapes and no others, and its own shape is their opt.
    std::vector<std::vector<shape_value>> shapes = {};
    const signing_key* sign_with = nullptr;  ///< puts a signature behind the plan
};

}  // namespace lamina
