// SPDX-License-Identifier: Apache-2.0
// The only door to a plan's bytes: verifies the FlatBuffer, its version, then every invariant.
// Made by engines and tools from frozen_plan or a file; behind it nobody sees FlatBuffers.
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
#include <lamina/plan/plan_generated.h>
#include <lamina/plan/records.hpp>

static_assert(
    std::endian::native == std::endian::little, "plans are read in place, low byte first");

namespace lamina {

namespace detail {

/// Turns verified tables into records; counts and enumerations are limited here, before any loop.
class plan_decoder {
public:
    /// `bytes`: of the plan. Tables and texts may be shared in it, so what it decodes to is limited.
    plan_decoder(plan_records& out, std::size_t bytes)
        : out_(out), left_(bytes * 32 + (std::size_t{1} << 20)), bytes_(bytes) {}

    void decode(const format::Plan& plan) {
        out_.format = plan.format();
        out_.library = text(plan.library());
        out_.network = text(plan.network());
        out_.target = text(plan.target());
        out_.precision = type(plan.precision());
        out_.arena_bytes = plan.arena_bytes();
        out_.weight_bytes = plan.weight_bytes();
        out_.flops = plan.flops();
        list(plan.inputs(), out_.inputs, plan_limits::bindings, "inputs");
        list(plan.outputs(), out_.outputs, plan_limits::bindings, "outputs");
        list(plan.tensors(), out_.tensors, plan_limits::items, "tensors");
        list(plan.parameters(), out_.parameters, plan_limits::items, "parameters");
        list(plan.weights(), out_.weights, plan_limits::items, "weights");
        list(plan.tactics(), out_.tactics, plan_limits::items, "tactics");
        list(plan.kernels(), out_.kernels, plan_limits::items, "kernels");
        list(plan.steps(), out_.steps, plan_limits::items, "steps");
        out_.prelude = text(plan.prelude());
        if (const auto* s = plan.segment()) out_.segment = {true, s->bytes(), s->hash_low()};
        list(plan.binaries(), out_.binaries, plan_limits::items, "device binaries");
    }

private:
    plan_records& out_;
    std::size_t left_, bytes_;

    /// Counts what is decoded against the limit.
    void spend(std::size_t bytes) {
        if (bytes > left_)
            throw error(errc::plan_limits, "the plan",
                "plan: its " + std::to_string(bytes_) + " bytes stand for more than "
                    + std::to_string(bytes_ * 32 + (std::size_t{1} << 20))
                    + " bytes of tables and texts, which share parts as no saved plan does; the plan "
                      "was damaged, make it again");
        left_ -= bytes;
    }
    static void limit(std::size_t count, std::size_t most, const char* of) {
        if (count > most)
            throw error(errc::plan_limits, of,
                "plan: it has " + std::to_string(count) + " " + of + " in one place, "
                    + std::to_string(most) + " is the limit; the plan was damaged, make it again");
    }
    std::string_view text(const flatbuffers::String* s) {
        if (!s) return {};
        limit(s->size(), plan_limits::text, "characters");
        spend(s->size());
        return {s->c_str(), s->size()};
    }
    template <class T>
    std::span<const T> numbers(const flatbuffers::Vector<T>* v, std::size_t most, const char* of) {
        if (!v) return {};
        limit(v->size(), most, of);
        spend(v->size() * sizeof(T));
        return {v->data(), v->size()};
    }
    static dtype type(format::Type t) {
        limit(static_cast<std::size_t>(t), dtype_count - 1, "as a number of a type");
        return static_cast<dtype>(t);
    }
    static memory_space space(format::MemorySpace w) {
        limit(static_cast<std::size_t>(w), 3, "as a number of a buffer");
        return static_cast<memory_space>(w);
    }
    shape dims(const flatbuffers::Vector<std::int32_t>* v) {
        shape out;
        for (int extent : numbers(v, max_rank, "axes")) out.push(extent);
        return out;
    }

    template <class Table, class Record>
    void list(const flatbuffers::Vector<flatbuffers::Offset<Table>>* from, std::vector<Record>& to,
        std::size_t most, const char* of) {
        if (!from) return;
        limit(from->size(), most, of);
        spend(from->size() * sizeof(Record));
        to.reserve(from->size());
        for (const Table* each : *from) to.push_back(record(*each));
    }

    plan_binding record(const format::Binding& b) {
        return {text(b.name()), type(b.type()), dims(b.dims()), b.tensor()};
    }
    plan_tensor record(const format::Tensor& t) {
        plan_tensor out{text(t.name()), t.node(), type(t.type()), dims(t.dims()), {},
            space(t.space()), t.index(), t.offset()};
        const auto strides = numbers(t.strides(), max_rank, "strides");
        std::copy(strides.begin(), strides.end(), out.at.stride);
        out.at.block = t.block();
        return out;
    }
    plan_parameter record(const format::Parameter& p) { return {text(p.name()), dims(p.dims())}; }
    static plan_fold record(const format::Fold& f) {
        return {f.weight(), f.bias(), f.mean(), f.variance(), f.eps()};
    }
    plan_weight record(const format::Weight& w) {
        plan_weight out;
        out.source = w.source();
        limit(static_cast<std::size_t>(w.role()), 1, "as a number of a role");
        out.role = static_cast<weight_role>(w.role());
        out.axis = w.axis();
        list(w.folds(), out.folds, plan_limits::folds, "folds");
        out.dims = dims(w.dims());
        out.inner = numbers(w.inner(), max_rank, "cuts");
        out.order = numbers(w.order(), 2 * max_rank, "sub-axes");
        out.type = type(w.type());
        out.offset = w.offset();
        out.bytes = w.bytes();
        out.transform = text(w.transform());
        return out;
    }
    plan_tactic record(const format::Tactic& t) {
        return {text(t.name()), text(t.defines()), numbers(t.tile(), 3, "tile sizes"),
            numbers(t.local(), 3, "local sizes"), t.local_bytes(), text(t.needs())};
    }
    plan_kernel record(const format::Kernel& k) {
        return {text(k.family()), text(k.defines()), text(k.text()),
            numbers(k.tactics(), plan_limits::choices, "tactics")};
    }
    plan_step record(const format::Step& s) {
        plan_step out;
        out.name = text(s.name());
        out.layers = text(s.layers());
        out.kernel = s.kernel();
        out.tactic = s.tactic();
        out.extents = numbers(s.extents(), 3, "extents");
        out.numbers = numbers(s.numbers(), plan_limits::numbers, "int arguments");
        out.output = s.output();
        out.flops = s.flops();
        out.bytes = s.bytes();
        if (const auto* arguments = s.arguments()) {
            limit(arguments->size(), plan_limits::arguments, "buffer arguments");
            spend(arguments->size() * sizeof(plan_argument));
            for (flatbuffers::uoffset_t i = 0; i < arguments->size(); ++i) {
                // The verifier lets structs lie at any multiple of 4; copied, they need no more.
                format::Argument a;
                std::memcpy(&a, arguments->Data() + i * sizeof a, sizeof a);
                out.arguments.push_back({a.offset(), a.index(), space(a.space()), type(a.type())});
            }
        }
        return out;
    }
    plan_binary record(const format::DeviceBinary& b) {
        plan_binary out{text(b.device()), b.kernel(), b.tactic(), {}, b.merged_source()};
        if (b.bytes()) spend(b.bytes()->size());
        if (b.bytes()) out.bytes = std::as_bytes(std::span(b.bytes()->data(), b.bytes()->size()));
        return out;
    }
};

}  // namespace detail

/// A verified plan. Copies are cheap and share the bytes, which are its own.
class plan_view {
public:
    static constexpr std::size_t most_bytes = 1u << 30;

    /// Errors  LAM-R10 for bytes that are no plan, LAM-R11 for a newer format, LAM-R12 for a
    ///         number outside of its limits. `label` names the bytes in sentences.
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
        if (!format::PlanBufferHasIdentifier(start))
            damaged(label, "has no 'LAMP' at byte 4, so it is not a plan");
        flatbuffers::Verifier verifier(start, bytes.size(), 16, 1u << 20);
        if (!format::VerifyPlanBuffer(verifier))
            damaged(label,
                "has " + std::to_string(bytes.size())
                    + " bytes that do not hang together as a FlatBuffer");
        const format::Plan& plan = *format::GetPlan(start);
        if (plan.format() > plan_format)
            throw error(errc::plan_version, label,
                label + ": the plan has format " + std::to_string(plan.format())
                    + (plan.library() && plan.library()->size() < 40
                            ? " (Lamina " + plan.library()->str() + ")"
                            : std::string())
                    + ", this version (" + version_text + ") reads up to "
                    + std::to_string(plan_format)
                    + "; update Lamina, or make the plan with "
                      "this version");
        if (plan.format() == 0) damaged(label, "has no format number, 1 is the first");
        try {
            detail::plan_decoder(kept->records, bytes.size()).decode(plan);
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

    [[noreturn]] static void damaged(const std::string& label, const std::string& what) {
        throw error(errc::plan_damaged, label,
            label + " " + what + "; it is cut short or damaged, copy or make it again");
    }
};

}  // namespace lamina
