// SPDX-License-Identifier: Apache-2.0
// How a plan's bytes are read. Included by read.hpp, or compiled into Lamina::compiled.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <lamina/core/error.hpp>
#include <lamina/core/version.hpp>
#include <lamina/plan/check_plan.hpp>
#include <lamina/plan/check_shape_plans.hpp>
#include <lamina/plan/flat_limits.hpp>
#include <lamina/plan/flat_tables.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/plan/tables.hpp>

static_assert(
    std::endian::native == std::endian::little, "plans are read in place, low byte first");

namespace lamina {

namespace detail {

[[noreturn]] LAMINA_INLINE void damaged_plan(const std::string& label, const std::string& what) {
    throw error(errc::plan_damaged, label,
        label + " " + what + "; it is cut short or damaged, copy or make it again");
}

/// Before anything else is read: a newer format may have fields and numbers unknown here.
LAMINA_INLINE void check_plan_format(const flat_table& plan, const std::string& label) {
    const auto format = plan.GetField<std::uint32_t>(slot_of(schema::plan::format), 0);
    if (format == 0) damaged_plan(label, "has no format number, 1 is the first");
    if (format <= plan_format) return;
    const auto* library
        = plan.GetPointer<const flatbuffers::String*>(slot_of(schema::plan::library));
    throw error(errc::plan_version, label,
        label + ": the plan has format " + std::to_string(format)
            + (library && library->size() < 40 ? " (Lamina " + library->str() + ")" : "")
            + ", this version (" + version_text + ") reads up to " + std::to_string(plan_format)
            + "; update Lamina, or make the plan with this version");
}

/// Plans of other shapes lie beside each other, not in each other, so that what they are opened to is limited.
LAMINA_INLINE void check_shape_bytes(const plan_records& plan, std::size_t bytes, bool is_inner) {
    std::size_t all = 0;
    if (is_inner && !plan.shapes.empty())
        throw error(errc::plan_limits, "the plan",
            "plan: it is of one shape and has plans of " + std::to_string(plan.shapes.size())
                + " others in it; the plan was damaged, make it again");
    for (const plan_shape& each : plan.shapes) all += each.plan.size();
    if (all > bytes)
        throw error(errc::plan_limits, "the plan",
            "plan: its plans of other shapes have " + std::to_string(all) + " bytes, all of it has "
                + std::to_string(bytes) + "; the plan was damaged, make it again");
}

}  // namespace detail

LAMINA_INLINE plan_view plan_view::open(
    std::span<const std::byte> bytes, const std::string& label) {
    return open_one(bytes, label, false);
}

LAMINA_INLINE plan_view plan_view::open_one(
    std::span<const std::byte> bytes, const std::string& label, bool is_inner) {
    if (bytes.size() < 16 || bytes.size() > most_bytes)
        detail::damaged_plan(label,
            "has " + std::to_string(bytes.size()) + " bytes, 16 to " + std::to_string(most_bytes)
                + " are expected");
    // Own and aligned: users may free theirs, and numbers are read in place.
    auto words
        = std::make_shared<std::vector<word>>((bytes.size() + sizeof(word) - 1) / sizeof(word));
    std::memcpy(words->data(), bytes.data(), bytes.size());
    const auto* start = reinterpret_cast<const std::uint8_t*>(words->data());
    auto kept = std::make_shared<contents>();
    kept->words = std::move(words);
    if (!flatbuffers::BufferHasIdentifier(start, "LAMP"))
        detail::damaged_plan(label, "has no 'LAMP' at byte 4, so it is not a plan");
    flatbuffers::Verifier verifier(
        start, bytes.size(), 16, detail::most_tables(bytes.size(), 1u << 20));
    if (!verifier.VerifyBuffer<detail::root_table<plan_records>>("LAMP"))
        detail::damaged_plan(
            label, "has " + std::to_string(bytes.size()) + " bytes that " + detail::is_not_flat);
    const auto& root = *flatbuffers::GetRoot<detail::flat_table>(start);
    detail::check_plan_format(root, label);
    try {
        detail::table_decoder(bytes.size()).decode(root, kept->records);
        detail::check_shape_bytes(kept->records, bytes.size(), is_inner);
        check_plan(kept->records);
        for (const plan_shape& each : kept->records.shapes) {
            const std::string at = detail::values_text(kept->records.dims, each.values);
            kept->shapes.push_back(open_one(each.plan, "the plan at " + at, true));
            detail::check_shape_plan(kept->records, each, *kept->shapes.back());
        }
    } catch (const error& fault) {
        const std::string what = fault.what();
        throw error(fault.code(), fault.subject(),
            what.starts_with("plan: ") ? label + what.substr(4) : label + ": " + what);
    }
    return plan_view(std::move(kept));
}

}  // namespace lamina
