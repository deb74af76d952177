// SPDX-License-Identifier: Apache-2.0
// Writes an engine as one self-contained file: plan, kernel texts, packed weights, and on request the
// device's binaries. Called by engine::save; plan_file.hpp describes the frame.
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include <lamina/plan/rewrite.hpp>
#include <lamina/runtime/cubin.hpp>
#include <lamina/runtime/digest.hpp>
#include <lamina/runtime/engine_options.hpp>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/packed_weights.hpp>
#include <lamina/runtime/parallel.hpp>

namespace lamina::detail {

/// An engine's plan as a file has it, of one shape: with texts, and the tactics that the engine runs, by measured
/// times or because the device supports no other.
inline plan_records as_saved(const engine_state& engine) {
    plan_records plan = *engine.plan;
    plan.prelude = prelude_of(plan);
    for (plan_kernel& kernel : plan.kernels) kernel.text = text_of(kernel);
    for (std::size_t i = 0; i < plan.steps.size(); ++i)
        plan.steps[i].tactic = engine.programs.all[engine.programs.steps[i].program].tactic;
    plan.dims.clear();
    plan.axes = {};
    plan.shapes.clear();
    plan.constants = {};  // the segment has what it computed
    return plan;
}

/// Binaries of the programs of an engine, which must outlive the records that name them.
class saved_binaries {
public:
    /// Puts those of an engine's programs into its plan's records, but for programs that others have already.
    void put(plan_records& plan, const engine_state& engine) {
        const std::string& device_text = texts_.emplace_back(binary_device(engine.dev));
        std::vector<plan_binary> rows;
        std::vector<std::vector<std::byte>*> bytes;
        const auto add = [&](const program& built, std::uint32_t kernel, std::uint32_t tactic,
                             std::uint64_t merged) {
            if (!built.get() || !seen_.insert(built.get()).second) return;
            bytes.push_back(&bytes_.emplace_back(program_binary(built)));
            rows.push_back({device_text, kernel, tactic, {}, merged});
        };
        const merged_program& merged = engine.programs.merged;
        if (merged.hash) add(merged.built, 0, 0, merged.hash);
        // Kernels that share a program share its binary.
        for (const built_kernel& k : engine.programs.all)
            if (!k.merged) add(k.built, k.kernel, k.tactic, 0);
        make_machine_code(engine.dev, bytes);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i].bytes = *bytes[i];
            plan.binaries.push_back(rows[i]);
        }
    }
    /// Removes those of a device: they are replaced or omitted, and other devices' are kept.
    static void remove(plan_records& plan, const device& dev) {
        const std::string device_text = binary_device(dev);
        std::erase_if(plan.binaries, [&](const plan_binary& b) { return b.device == device_text; });
    }

private:
    std::unordered_set<cl_program> seen_;
    std::list<std::string> texts_;
    std::list<std::vector<std::byte>> bytes_;
};

/// `plan`'s weights are those of `engine`, with `further` behind them.
inline void save_plan(plan_records plan, std::span<const std::byte> further,
    const engine_state& engine, const std::string& path, const save_options& options) {
    std::optional<mapped_buffer> mapped;
    std::span<const std::byte> segment;
    std::vector<std::byte> joined;
    const auto weight_bytes = static_cast<std::size_t>(plan.weight_bytes);
    if (const std::size_t own = weight_bytes - further.size()) {
        mapped.emplace(engine.dev, engine.weights.get(), own, CL_MAP_READ);
        segment = mapped->bytes();
    }
    if (!further.empty()) {
        joined.reserve(weight_bytes);
        joined.insert(joined.end(), segment.begin(), segment.end());
        joined.insert(joined.end(), further.begin(), further.end());
        segment = joined;
    }
    std::vector<std::uint64_t> hashes(segment_pieces(segment.size()));
    std::vector<digest> digests(options.sign_with ? hashes.size() : 0);
    in_parallel(hashes.size(), [&](std::size_t i) {
        hashes[i] = plan_hash(segment_part(segment, i), i);
        if (!digests.empty()) digests[i] = digest_of(segment_part(segment, i));
    });
    plan.segment = {true, weight_bytes, plan_hash(std::as_bytes(std::span(hashes)), 0)};

    std::vector<std::byte> front = rewrite_plan(plan);
    plan_trailer trailer;
    trailer.plan_bytes = front.size();
    front.resize((front.size() + 63) / 64 * 64);
    trailer.segment_offset = front.size();
    trailer.segment_bytes = segment.size();
    trailer.plan_hash = plan_hash(front, trailer.plan_bytes);
    plan_signature signature;
    if (options.sign_with) signature = options.sign_with->sign(front, trailer, digests);
    const std::span<const std::byte> parts[]
        = {front, segment, std::as_bytes(std::span(&trailer, 1)),
            std::as_bytes(std::span(&signature, options.sign_with ? 1u : 0u))};
    write_file(path, parts);
}

}  // namespace lamina::detail
