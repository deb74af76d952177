// SPDX-License-Identifier: Apache-2.0
// Finds the first step of a plan whose result differs from the reference executor's.
// The one place that knows both reference/ and runtime/; for tests and for people in doubt.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/reference/reference.hpp>
#include <lamina/runtime/engine.hpp>

namespace lamina {

/// |got - wanted| <= absolute + relative * |wanted|, and both finite or the same.
struct tolerance {
    double absolute = 1e-4, relative = 1e-4;

    bool allows(float got, float wanted) const {
        if (!std::isfinite(wanted) || !std::isfinite(got))
            return got == wanted || (std::isnan(got) && std::isnan(wanted));
        return std::abs(double{got} - double{wanted})
            <= absolute + relative * std::abs(double{wanted});
    }
};

/// What compare_steps found.
struct step_comparison {
    bool same = true;
    std::size_t compared = 0;  ///< steps whose tensor was compared
    double largest = 0;        ///< largest |got - wanted| until then
    std::size_t step = 0;      ///< the first that differs, and what follows is about it
    std::string name, kernel;
    int node = 0;
    std::size_t element = 0, differing = 0;  ///< the first, and how many of the tensor
    shape dims;
    float got = 0, wanted = 0;

    /// "step 3 'layer1.0' (conv2d_direct), node 7, 1x16x8x8: element 17 is ..., the reference ..."
    std::string sentence() const {
        if (same)
            return "all " + std::to_string(compared)
                + " compared steps agree, the largest difference is " + std::to_string(largest);
        return "step " + std::to_string(step) + (name.empty() ? "" : " '" + name + "'") + " (" + kernel + "), node "
            + std::to_string(node) + ", " + to_text(dims).c_str() + ": element "
            + std::to_string(element) + " is " + std::to_string(got) + ", the reference has "
            + std::to_string(wanted) + "; " + std::to_string(differing) + " of "
            + std::to_string(dims.count()) + " differ";
    }
};

/// Runs `c`, whose inputs are set, step by step and compares each step's tensor, then each output,
/// with `values`: what reference::run gave for the same inputs, one for each node. Stops comparing
/// at the first that differs.
inline step_comparison compare_steps(
    context& c, std::span<const reference_tensor> values, const tolerance& within = {}) {
    step_comparison out;
    const plan_records& plan = c.plan();
    const auto compare = [&](std::size_t step, std::string_view name, std::string_view kernel,
                             const plan_tensor& tensor, auto got) {
        if (!out.same || tensor.node < 0 || static_cast<std::size_t>(tensor.node) >= values.size())
            return;
        const reference_tensor& node = values[static_cast<std::size_t>(tensor.node)];
        std::vector<float> wanted = node.values;
        if (node.type == dtype::i32) wanted.assign(node.indices.begin(), node.indices.end());
        if (wanted.size() != got.size()) return;  // a part of its node
        ++out.compared;
        for (std::size_t i = 0; i < got.size(); ++i) {
            const auto value = static_cast<float>(got[i]);
            if (within.allows(value, wanted[i])) {
                if (std::isfinite(wanted[i]))
                    out.largest
                        = std::max(out.largest, std::abs(double{value} - double{wanted[i]}));
                continue;
            }
            if (out.differing++) continue;
            out.same = false;
            out.step = step;
            out.name = name;
            out.kernel = kernel;
            out.node = tensor.node;
            out.element = i;
            out.dims = tensor.dims;
            out.got = value;
            out.wanted = wanted[i];
        }
    };
    c.run_steps([&](std::size_t step, const plan_tensor& tensor, std::span<const float> got) {
        const plan_step& s = plan.steps[step];
        compare(step, s.name, plan.kernels[s.kernel].family, tensor, got);
    });
    // What callers get, which a last step may have brought into row-major order.
    for (const plan_binding& b : plan.outputs) {
        if (b.tensor < 0) continue;
        const plan_tensor& tensor = plan.tensors[static_cast<std::size_t>(b.tensor)];
        if (b.type == dtype::i32)
            compare(plan.steps.size() - 1, b.name, "output", tensor, c.get<int>(b.name));
        else
            compare(plan.steps.size() - 1, b.name, "output", tensor, c.get<float>(b.name));
    }
    return out;
}

/// Lets the reference read opened weights: copies as floats what it asks for.
inline weights_lookup lookup_in(const weights& file) {
    auto kept = std::make_shared<std::map<std::string, std::vector<float>, std::less<>>>();
    return [file, kept](std::string_view name) -> std::span<const float> {
        const auto known = kept->find(name);
        if (known != kept->end()) return known->second;
        const weight_view* found = file.find(name);
        if (!found || found->type > dtype::f64) return {};
        const Eigen::ArrayXd numbers = detail::read_array(file, *found);
        return kept->emplace(std::string(name), std::vector<float>(numbers.begin(), numbers.end()))
            .first->second;
    };
}

}  // namespace lamina
