// SPDX-License-Identifier: Apache-2.0
// Evaluates expressions of a kernel's reach with ranges instead of numbers: their possible values, and what
// they read and write. Used by reach.hpp, which runs the statements.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/plan/reach_program.hpp>
#include <lamina/plan/records.hpp>

namespace lamina::detail {

/// The names and buffers of one launch, and what its expressions are.
class reach_values {
public:
    reach_values(const reach_program& program, std::span<const std::int32_t> numbers,
        std::vector<reach_buffer> buffers, const std::array<std::int64_t, 3>& global,
        const std::array<std::int64_t, 3>& local)
        : program_(program), buffers_(std::move(buffers)), global_(global), local_(local) {
        for (std::size_t i = 0; i < numbers.size(); ++i)
            names_.push_back({program.numbers[i], reach_value::of(numbers[i], numbers[i]), 0, 0});
        for (std::size_t i = 0; i < buffers_.size(); ++i)
            names_.push_back(
                {buffers_[i].name, {reach_value::pointer, true, static_cast<int>(i), 0, 0}, 0, 2});
    }

protected:
    struct name {
        std::string_view text;
        reach_value value;
        int depth;  ///< of EACH around its declaration
        int type;   ///< 0 int, 1 64 bits, 2 pointer, 3 anything else, 4 uint
    };
    const reach_program& program_;
    std::vector<reach_buffer> buffers_;
    std::array<std::int64_t, 3> global_, local_;
    std::vector<name> names_;
    int depth_ = 0;
    long steps_ = 0;
    int tests_ = 0;  ///< REQUIRE so far

    [[noreturn]] static void fault(const std::string& what) { throw reach_fault(what); }

    name* find(std::string_view text) {
        for (std::size_t i = names_.size(); i-- > 0;)
            if (names_[i].text == text) return &names_[i];
        return nullptr;
    }

    /// `count` elements from `at` on, of what `p` points to.
    void access(const reach_value& p, const reach_value& at, std::int64_t count, bool writes) {
        if (p.kind != reach_value::pointer) fault("it reads what is no buffer");
        if (at.kind != reach_value::integer) fault("an address in it is not known");
        if (count <= 0) return;
        const reach_buffer& b = buffers_[static_cast<std::size_t>(p.buffer)];
        const big_int low = big_int{p.low} + at.low, high = big_int{p.high} + at.high + count;
        if (writes && !b.written) fault("it writes to '" + std::string(b.name) + "'");
        if (low < -b.before || high > b.behind)
            fault("it may touch elements " + std::to_string(static_cast<std::int64_t>(low)) + " to "
                + std::to_string(static_cast<std::int64_t>(high) - 1) + " of '"
                + std::string(b.name) + "', there are " + std::to_string(-b.before) + " to "
                + std::to_string(b.behind - 1));
    }

    reach_value integer(int index) {
        const reach_value out = value(index);
        if (out.kind != reach_value::integer) fault("a number in it is not known");
        return out;
    }

    reach_value value(int index) {
        if (++steps_ > 200000) fault("its text is too long to be followed");
        const reach_node& n = program_.at(index);
        const auto part = [&](std::size_t i) { return n.parts[i]; };
        switch (n.kind) {
        case reach_node::number:
            return reach_value::of(n.value, n.value, n.value > 0x7fffffff);
        case reach_node::opaque:
            return {};
        case reach_node::variable: {
            if (const name* found = find(n.text)) return found->value;
            if (n.text == "INFINITY" || n.text == "NAN") return {};
            fault("it has a name '" + std::string(n.text.substr(0, 40)) + "' that is not known");
        }
        case reach_node::unary: {
            const reach_value a = value(part(0));
            if (n.text == "!") return truth(!(a.low > 0 || a.high < 0), !(a.is_one() && !a.low));
            if (a.kind != reach_value::integer) return {};
            return n.text == "-" ? fit(-big_int{a.high}, -big_int{a.low}, a.wide) : a;
        }
        case reach_node::binary:
            return binary(n);
        case reach_node::choice: {
            const reach_value test = value(part(0));
            const std::vector<name> before = names_;
            std::optional<reach_value> yes, no;
            if (test.kind != reach_value::integer || test.high != 0 || test.low != 0)
                if (refine(part(0), true)) yes = value(part(1));
            names_ = before;
            if (test.kind != reach_value::integer || (test.low <= 0 && test.high >= 0))
                if (refine(part(0), false)) no = value(part(2));
            names_ = before;
            if (!yes && !no) return reach_value::of(0, 0);
            return yes && no ? join(*yes, *no) : yes ? *yes : *no;
        }
        case reach_node::cast: {
            const reach_value a = value(part(0));
            if (n.text == "size_t" || n.text == "ulong") {
                if (a.kind == reach_value::integer && a.low < 0) fault("a size in it is below 0");
                reach_value out = a;
                out.wide = true;
                return out;
            }
            if (n.text == "int") {
                if (a.kind != reach_value::integer) return {};
                return fit(a.low, a.high, false).in_steps(a.step);
            }
            return {};
        }
        case reach_node::index: {
            const reach_value p = value(part(0)), at = value(part(1));
            access(p, at, 1, false);
            return {};
        }
        case reach_node::call:
            return call(n);
        default:
            fault("it has a statement in an expression");
        }
    }

    reach_value binary(const reach_node& n) {
        if (n.text == "&&" || n.text == "||") {
            const reach_value a = value(n.parts[0]);
            const bool may_be = a.kind != reach_value::integer || a.low != 0 || a.high != 0;
            const bool may_not = a.kind != reach_value::integer || (a.low <= 0 && a.high >= 0);
            if (n.text == "&&" && !may_be) return reach_value::of(0, 0);
            if (n.text == "||" && !may_not) return reach_value::of(1, 1);
            // The right side is computed where the left one lets it be.
            const std::vector<name> before = names_;
            const bool possible = refine(n.parts[0], n.text == "&&");
            const reach_value b = possible ? value(n.parts[1]) : reach_value::of(0, 1);
            names_ = before;
            const bool b_may_be = b.kind != reach_value::integer || b.low != 0 || b.high != 0;
            const bool b_may_not = b.kind != reach_value::integer || (b.low <= 0 && b.high >= 0);
            return n.text == "&&" ? truth(b_may_be, may_not || b_may_not)
                                  : truth(may_be || b_may_be, b_may_not);
        }
        const reach_value a = value(n.parts[0]), b = value(n.parts[1]);
        if (n.text == "<" || n.text == ">" || n.text == "<=" || n.text == ">=" || n.text == "=="
            || n.text == "!=")
            return compare(n.text, a, b);
        if (a.kind == reach_value::pointer || b.kind == reach_value::pointer) {
            if (n.text != "+" || a.kind == b.kind || a.kind == reach_value::opaque
                || b.kind == reach_value::opaque)
                fault("an address in it is not known");
            const reach_value& p = a.kind == reach_value::pointer ? a : b;
            const reach_value& by = a.kind == reach_value::pointer ? b : a;
            reach_value out = arithmetic("+", reach_value::of(p.low, p.high, true), by);
            out.kind = reach_value::pointer;
            out.buffer = p.buffer;
            return out;
        }
        if (a.kind != reach_value::integer || b.kind != reach_value::integer) return {};
        if (n.text.size() == 1
            && std::string_view("+-*/%").find(n.text[0]) != std::string_view::npos)
            return arithmetic(n.text, a, b);
        if (a.is_one() && b.is_one() && a.low >= 0 && b.low >= 0) {
            if (n.text == "&") return reach_value::of(a.low & b.low, a.low & b.low);
            if (n.text == "|") return reach_value::of(a.low | b.low, a.low | b.low);
            if (b.low < 32 && n.text == "<<")
                return fit(big_int{a.low} << b.low, big_int{a.low} << b.low, a.wide);
            if (b.low < 32 && n.text == ">>")
                return reach_value::of(a.low >> b.low, a.low >> b.low, a.wide);
        }
        return {};
    }

    reach_value call(const reach_node& n) {
        const auto count = [&](std::size_t wanted) {
            if (n.parts.size() != wanted)
                fault("it calls '" + std::string(n.text.substr(0, 40)) + "' with "
                    + std::to_string(n.parts.size()) + " values");
        };
        const bool global = n.text == "get_global_id", group = n.text == "get_group_id";
        if (global || group || n.text == "get_local_id") {
            count(1);
            const reach_value d = integer(n.parts[0]);
            if (!d.is_one() || d.low < 0 || d.low > 2) fault("it asks for an unknown dimension");
            const auto at = static_cast<std::size_t>(d.low);
            const std::int64_t size = global ? global_[at]
                : group                      ? global_[at] / local_[at]
                                             : local_[at];
            return reach_value::of(0, size - 1, true);
        }
        if (n.text == "min" || n.text == "max") {
            count(2);
            const reach_value a = value(n.parts[0]), b = value(n.parts[1]);
            if (a.kind != reach_value::integer || b.kind != reach_value::integer) return {};
            return n.text == "min" ? reach_value::of(std::min(a.low, b.low),
                                         std::min(a.high, b.high), a.wide || b.wide)
                                   : reach_value::of(std::max(a.low, b.low),
                                         std::max(a.high, b.high), a.wide || b.wide);
        }
        if (n.text == "clamp") {
            count(3);
            const reach_value a = value(n.parts[0]), b = value(n.parts[1]), c = value(n.parts[2]);
            if (a.kind != reach_value::integer || b.kind != reach_value::integer
                || c.kind != reach_value::integer)
                return {};
            return reach_value::of(std::min(std::max(a.low, b.low), c.low),
                std::min(std::max(a.high, b.high), c.high));
        }
        if (n.text == "get_num_groups") {
            count(1);
            const reach_value d = integer(n.parts[0]);
            if (!d.is_one() || d.low < 0 || d.low > 2) fault("it asks for an unknown dimension");
            const auto at = static_cast<std::size_t>(d.low);
            return reach_value::of(global_[at] / local_[at], global_[at] / local_[at], true);
        }
        if (n.text == "REQUIRE") {
            count(1);
            ++tests_;
            const reach_value test = value(n.parts[0]);
            if (test.kind != reach_value::integer || (test.low <= 0 && test.high >= 0))
                fault("its numbers do not fit each other (test " + std::to_string(tests_)
                    + " of the family's reach)");
            return {};
        }
        if (n.text == "WHOLE") {
            count(2);
            const reach_value bits = integer(n.parts[0]), times = integer(n.parts[1]);
            if (!bits.is_one()) fault("a number in it is not known");
            const float by = std::bit_cast<float>(static_cast<std::int32_t>(bits.low));
            const bool good = by >= 0 && by * static_cast<float>(times.high) < 1e9f;
            return reach_value::of(good, good);
        }
        // ANY(low, high): a number between them, which no text can tell more of.
        if (n.text == "ANY") {
            count(2);
            const reach_value a = integer(n.parts[0]), b = integer(n.parts[1]);
            return reach_value::of(a.low, std::max(a.low, b.high), a.wide || b.wide);
        }
        // ARRAY(name, count): memory of the kernel's own, local or private.
        if (n.text == "ARRAY") {
            count(2);
            const reach_value size = integer(n.parts[1]);
            const std::string_view text = program_.at(n.parts[0]).text;
            buffers_.push_back({text, 0, size.low, true});
            names_.push_back(
                {text, {reach_value::pointer, true, static_cast<int>(buffers_.size()) - 1, 0, 0},
                    depth_, 2});
            return {};
        }
        if (n.text == "READ" || n.text == "WRITE") {
            count(3);
            const reach_value p = value(n.parts[0]), at = value(n.parts[1]);
            const reach_value lanes = integer(n.parts[2]);
            access(p, at, lanes.high, n.text == "WRITE");
            return {};
        }
        const bool loads = n.text == "LOAD1" || n.text == "LOADV" || n.text == "LOADF"
            || n.text == "OTHER1" || n.text == "OTHERV";
        if (loads || n.text == "STORE1" || n.text == "STOREV") {
            count(loads ? 2 : 3);
            const bool one = n.text.back() == '1';
            const reach_value p = value(n.parts[0]), at = value(n.parts[1]);
            if (!loads) value(n.parts[2]);
            access(p, at, one ? 1 : program_.lanes, !loads);
            return {};
        }
        if (n.text == "gather_real" || n.text == "gather_float" || n.text == "gather_int"
            || n.text == "gather_byte" || n.text == "gather_char") {
            count(3);
            const reach_value p = value(n.parts[0]), stride = integer(n.parts[1]);
            const reach_value valid = integer(n.parts[2]);
            const std::int64_t last = std::min(valid.high, program_.lanes) - 1;
            if (last < 0) return {};
            access(p, arithmetic("*", stride, reach_value::of(0, last)), 1, false);
            return {};
        }
        // Functions of numbers: their arguments may load, their result is unknown.
        constexpr std::string_view known[] = {"as_float", "select", "exp", "log", "sqrt", "fabs",
            "KEEP", "EXP", "fma", "fmin", "fmax", "pow", "tanh", "erf", "log1p", "expm1"};
        if (!n.text.starts_with("f_")
            && std::find(std::begin(known), std::end(known), n.text) == std::end(known))
            fault("it calls '" + std::string(n.text.substr(0, 40)) + "', which is not known");
        for (int each : n.parts) value(each);
        return {};
    }

    /// Narrows what names may be where an expression is true, or is not. False: it cannot be so.
    bool refine(int index, bool wanted) {
        const reach_node& n = program_.at(index);
        if (n.kind == reach_node::unary && n.text == "!") return refine(n.parts[0], !wanted);
        if (n.kind == reach_node::binary && (n.text == "&&" || n.text == "||")) {
            if ((n.text == "&&") != wanted) return true;  // one of two: nothing is known
            return refine(n.parts[0], wanted) && refine(n.parts[1], wanted);
        }
        if (n.kind != reach_node::binary) return true;
        std::string_view sign = n.text;
        if (!wanted)
            sign = sign == "<" ? ">="
                : sign == "<=" ? ">"
                : sign == ">"  ? "<="
                : sign == ">=" ? "<"
                : sign == "==" ? "!="
                : sign == "!=" ? "=="
                               : "";
        const bool known
            = sign == "<" || sign == "<=" || sign == ">" || sign == ">=" || sign == "==";
        if (!known) return true;
        const reach_value a = value(n.parts[0]), b = value(n.parts[1]);
        if (a.kind != reach_value::integer || b.kind != reach_value::integer) return true;
        if (compare(sign, a, b).high == 0) return false;
        const auto narrow = [&](int part, std::string_view s, const reach_value& other) {
            const reach_node& v = program_.at(part);
            if (v.kind != reach_node::variable) return;
            name* found = find(v.text);
            if (!found || found->value.kind != reach_value::integer) return;
            reach_value& r = found->value;
            if (s == "<") r.cut_high(other.high - 1);
            if (s == "<=" || s == "==") r.cut_high(other.high);
            if (s == ">") r.cut_low(other.low + 1);
            if (s == ">=" || s == "==") r.cut_low(other.low);
        };
        narrow(n.parts[0], sign, b);
        narrow(n.parts[1],
            sign == "<"        ? ">"
                : sign == "<=" ? ">="
                : sign == ">"  ? "<"
                : sign == ">=" ? "<="
                               : sign,
            a);
        return true;
    }
};

}  // namespace lamina::detail
