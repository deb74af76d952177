// SPDX-License-Identifier: Apache-2.0
// plan<Net> of a network with dims, made while the program runs: for targets and definitions that only a test knows.
#pragma once
#include <lamina/plan_at_run_time.hpp>
#include <lamina/planner/plan_shapes.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace lamina_test {

/// Planners take functions without an object: of each Net only the object that was made last plans other shapes, and
/// it must outlive the engines that are made of it.
template <class Net> class planned_shapes {
public:
    const lamina::shape_planner* shapes = &planner_;

    explicit planned_shapes(const lamina::target& target) {
        lamina::network net;
        Net::define(net);
        lamina::check(net);
        opt_ = lamina::plan_at_run_time(net, target);
        dims_.clear();
        for (const lamina::dim_range& r : net.ranges)
            dims_.push_back({r.at, r.min, r.opt, r.max, r.step});
        target_ = target;
        guide_ = lamina::detail::make_guide(Net::define, target);
        planner_ = {dims_, &plan, &first};
    }
    operator std::span<const std::byte>() const { return opt_; }

    static lamina::shape_words plan(std::span<const int> values) {
        return lamina::detail::plan_at_values(Net::define, target_, "network", guide_, values);
    }

private:
    lamina::run_time_plan opt_;
    static inline lamina::target target_;
    static inline std::vector<lamina::plan_dim> dims_;
    static inline lamina::detail::shape_guide guide_;
    static inline lamina::shape_planner planner_;
    static lamina::shape_set first() {
        return {guide_.values, guide_.axes, guide_.arena_bytes, guide_.input_bytes,
            guide_.output_bytes};
    }
};

}  // namespace lamina_test
