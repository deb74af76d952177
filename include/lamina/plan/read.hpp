// SPDX-License-Identifier: Apache-2.0
// The only entry point to a plan's bytes: verifies the FlatBuffer, its version, then every invariant. Made by
// engines and tools from frozen_plan or a file; its users do not see FlatBuffers.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/core/linkage.hpp>
#include <lamina/plan/records.hpp>

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
    ///         number outside of its limits. `label` names the bytes in messages. A saved plan's other shapes
    ///         are opened with it.
    /// Cost    one copy and one walk: 0.1 ms for 50 steps.
    static plan_view open(std::span<const std::byte> bytes, const std::string& label = "plan");

    const plan_records& operator*() const { return contents_->records; }
    const plan_records* operator->() const { return &contents_->records; }
    /// Those of a saved plan's other shapes, in the order of `shapes`.
    const std::vector<plan_view>& shapes() const { return contents_->shapes; }

    /// A copy whose records were changed; `owner` has what they refer to.
    template <class Change>
    plan_view changed(Change change, std::shared_ptr<const void> owner = nullptr) const& {
        return plan_view(std::make_shared<contents>(*contents_))
            .changed(std::move(change), std::move(owner));
    }
    /// The same of a view that is given up, which is changed in place if it is the only one.
    template <class Change>
    plan_view changed(Change change, std::shared_ptr<const void> owner = nullptr) && {
        if (contents_.use_count() > 1) return std::as_const(*this).changed(change, owner);
        if (owner) contents_->owners.push_back(std::move(owner));
        change(contents_->records);
        return std::move(*this);
    }

private:
    struct alignas(16) word {
        std::byte bytes[16];
    };
    struct contents {
        std::shared_ptr<const std::vector<word>>
            words;  ///< that of a changed copy are its original's
        plan_records records;
        std::vector<plan_view> shapes;
        std::vector<std::shared_ptr<const void>> owners;  ///< of what was changed
    };
    std::shared_ptr<contents> contents_;  ///< of several views: never changed

    /// `is_inner`: of another shape, which has none inside of it.
    static plan_view open_one(
        std::span<const std::byte> bytes, const std::string& label, bool is_inner);
    explicit plan_view(std::shared_ptr<contents> made) : contents_(std::move(made)) {}
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/plan/read.impl.hpp>
#endif
