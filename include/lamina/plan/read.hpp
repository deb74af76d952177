// SPDX-License-Identifier: Apache-2.0
// The only entry point to a plan's bytes: verifies the FlatBuffer, its version, then every invariant. Made by
// engines and tools from frozen_plan or a file; its users do not see FlatBuffers.
#pragma once
#include <bit>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/core/version.hpp>
#include <lamina/plan/check_plan.hpp>
#include <lamina/plan/flat_tables.hpp>
#include <lamina/plan/records.hpp>

static_assert(
    std::endian::native == std::endian::little, "plans are read in place, low byte first");

namespace lamina {

/// A step's name in messages: "step 3 'layer1.0.conv1' (conv2d_blocked)"; a step without weights, and so
/// without a name, has its layers: "step 4, relu + add (pointwise_blocked)".
inline std::string step_text(const plan_records& plan, std::size_t index) {
    const plan_step& step = plan.steps[index];
    std::string out = "step " + std::to_string(index);
    if (!step.name.empty())
        out += " '" + std::string(step.name) + "'";
    else if (!step.layers.empty())
        out += ", " + std::string(step.layers);
    return out + " (" + std::string(plan.kernels[step.kernel].family) + ")";
}

/// A verified plan. Copies are cheap and share the bytes, which are its own.
class plan_view {
public:
    static constexpr std::size_t most_bytes = 1u << 30;

    /// Errors  LAM-R10 for bytes that are not a plan, LAM-R11 for a newer format, LAM-R12 for a
    ///         number outside of its limits. `label` names the bytes in messages.
    /// Cost    one copy and one walk: 0.1 ms for 50 steps.
    static plan_view open(std::span<const std::byte> bytes, const std::string& label = "plan") {
        if (bytes.size() < 16 || bytes.size() > most_bytes)
            damaged(label,
                "has " + std::to_string(bytes.size()) + " bytes, 16 to "
                    + std::to_string(most_bytes) + " are expected");
        // Own and aligned: users may free theirs, and numbers are read in place.
        auto kept = std::make_shared<contents>();
        kept->words.resize((bytes.size() + sizeof(word) - 1) / sizeof(word));
        std::memcpy(kept->words.data(), bytes.data(), bytes.size());
        const auto* start = reinterpret_cast<const std::uint8_t*>(kept->words.data());
        if (!flatbuffers::BufferHasIdentifier(start, "LAMP"))
            damaged(label, "has no 'LAMP' at byte 4, so it is not a plan");
        flatbuffers::Verifier verifier(start, bytes.size(), 16, 1u << 20);
        if (!verifier.VerifyBuffer<detail::root_table<plan_records>>("LAMP"))
            damaged(label,
                "has " + std::to_string(bytes.size()) + " bytes that are not a valid FlatBuffer");
        const auto& root = *flatbuffers::GetRoot<detail::flat_table>(start);
        check_format(root, label);
        try {
            detail::table_decoder(bytes.size()).decode(root, kept->records);
            check_plan(kept->records);
        } catch (const error& fault) {
            const std::string what = fault.what();
            throw error(fault.code(), fault.subject(),
                what.starts_with("plan: ") ? label + what.substr(4) : label + ": " + what);
        }
        return plan_view(std::move(kept));
    }

    const plan_records& operator*() const { return contents_->records; }
    const plan_records* operator->() const { return &contents_->records; }

private:
    struct alignas(16) word {
        std::byte bytes[16];
    };
    struct contents {
        std::vector<word> words;
        plan_records records;
    };
    std::shared_ptr<const contents> contents_;

    explicit plan_view(std::shared_ptr<const contents> made) : contents_(std::move(made)) {}

    /// Before anything else is read: a newer format may have fields and numbers unknown here.
    static void check_format(const detail::flat_table& plan, const std::string& label) {
        const auto format = plan.GetField<std::uint32_t>(
            detail::slot_of(schema::number_of<&plan_records::format>), 0);
        if (format == 0) damaged(label, "has no format number, 1 is the first");
        if (format <= plan_format) return;
        const auto* library = plan.GetPointer<const flatbuffers::String*>(
            detail::slot_of(schema::number_of<&plan_records::library>));
        throw error(errc::plan_version, label,
            label + ": the plan has format " + std::to_string(format)
                + (library && library->size() < 40 ? " (Lamina " + library->str() + ")" : "")
                + ", this version (" + version_text + ") reads up to " + std::to_string(plan_format)
                + "; update Lamina, or make the plan with this version");
    }

    [[noreturn]] static void damaged(const std::string& label, const std::string& what) {
        throw error(errc::plan_damaged, label,
            label + " " + what + "; it is cut short or damaged, copy or make it again");
    }
};

}  // namespace lamina
