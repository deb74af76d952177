// SPDX-License-Identifier: Apache-2.0
// Checks the buffer accesses of a step's kernel: the family's reach (kernels/reach.hpp) is evaluated with
// ranges instead of numbers, for all work-items at once, and every access must lie inside its buffer.
// Conservative: a range may be wider than what happens, never narrower.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <lamina/plan/reach_values.hpp>

namespace lamina::detail {

/// Computes one launch of a program.
class reach_run : reach_values {
public:
    using reach_values::reach_values;

    /// Errors  reach_fault if an access may lie outside of its buffer.
    void check() { run(program_.root); }

private:
    /// False if no work-item continues after the statement.
    bool run(int index) {
        if (++steps_ > 200000) fault("its text is too long to be followed");
        const reach_node& n = program_.at(index);
        switch (n.kind) {
        case reach_node::nothing:
            return true;
        case reach_node::leave:
            return false;
        case reach_node::block: {
            const std::size_t outer = names_.size();
            for (int part : n.parts)
                if (!run(part)) return false;
            if (n.value) names_.resize(outer);
            return true;
        }
        case reach_node::declare: {
            reach_value made;
            if (!n.parts.empty()) made = value(n.parts[0]);
            if (n.value == 0 && made.kind == reach_value::integer)
                made = fit(made.low, made.high, false).in_steps(made.step);
            if (n.value == 1) {
                if (made.kind == reach_value::integer && made.low < 0)
                    fault("a size in it is below 0");
                made.wide = true;
            }
            if (n.value == 4) {
                if (made.kind != reach_value::integer || made.low < 0)
                    fault("a number in it is below 0");
                made = fit(made.low, made.high, false).in_steps(made.step);
                made.natural = true;
            }
            if (n.value == 3) made = {};
            names_.push_back({n.text, made, depth_, static_cast<int>(n.value)});
            return true;
        }
        case reach_node::assign: {
            const reach_node& to = program_.at(n.parts[0]);
            const reach_value from = value(n.parts[1]);
            if (to.kind == reach_node::index) {
                access(value(to.parts[0]), value(to.parts[1]), 1, true);
                return true;
            }
            if (to.kind != reach_node::variable) fault("it assigns to what is no name");
            name* found = find(to.text);
            if (!found) fault("it assigns to '" + std::string(to.text.substr(0, 40)) + "'");
            if (found->type == 3) return true;
            if (found->depth != depth_) fault("it changes a number in a loop");
            if (found->type == 2) {
                const reach_value p = n.text == "=" ? from : found->value;
                if (n.text == "+=" && from.kind == reach_value::integer) {
                    found->value.low += from.low;
                    found->value.high += from.high;
                    return true;
                }
                if (n.text != "=" || p.kind != reach_value::pointer)
                    fault("an address in it is not known");
                found->value = p;
                return true;
            }
            if (n.text == "=") {
                found->value = from;
            } else {
                if (from.kind != reach_value::integer || found->value.kind != reach_value::integer)
                    fault("a number in it is not known");
                found->value = arithmetic(n.text, found->value, from);
            }
            if (found->type == 0 && found->value.kind == reach_value::integer)
                found->value
                    = fit(found->value.low, found->value.high, false).in_steps(found->value.step);
            return true;
        }
        case reach_node::branch: {
            const reach_value test = value(n.parts[0]);
            const bool may_be
                = test.kind != reach_value::integer || test.low != 0 || test.high != 0;
            const bool may_not
                = test.kind != reach_value::integer || (test.low <= 0 && test.high >= 0);
            const std::vector<name> before = names_;
            std::optional<std::vector<name>> yes, no;
            if (may_be && refine(n.parts[0], true) && run(n.parts[1])) {
                names_.resize(before.size());
                yes = names_;
            }
            names_ = before;
            if (may_not && refine(n.parts[0], false) && (n.parts.size() < 3 || run(n.parts[2]))) {
                names_.resize(before.size());
                no = names_;
            }
            if (!yes && !no) return false;
            names_ = yes ? *yes : *no;
            if (yes && no)
                for (std::size_t i = 0; i < names_.size(); ++i)
                    names_[i].value = join((*yes)[i].value, (*no)[i].value);
            return true;
        }
        case reach_node::each: {
            const reach_value low = integer(n.parts[0]), high = integer(n.parts[1]);
            if (low.low >= high.high) return true;
            const std::vector<name> before = names_;
            ++depth_;
            names_.push_back({n.text, fit(low.low, high.high - 1, low.wide), depth_, 0});
            run(n.parts[2]);
            --depth_;
            names_ = before;
            return true;
        }
        case reach_node::split: {
            const name* found = find(n.text);
            if (!found || found->value.kind != reach_value::integer)
                fault("it splits what is no number");
            const reach_value whole = found->value;
            const std::vector<name> before = names_;
            ++depth_;
            for (const bool last : {true, false}) {
                if (last ? false : whole.is_one()) continue;
                reach_value& part = find(n.text)->value;
                if (last)
                    part.cut_low(whole.high);
                else
                    part.cut_high(whole.high - 1);
                run(n.parts[0]);
                names_ = before;
            }
            --depth_;
            return true;
        }
        default:
            value(index);
            return true;
        }
    }
};

}  // namespace lamina::detail
