// SPDX-License-Identifier: Apache-2.0
// Ranges of numbers with their arithmetic, and a kernel's reach as a parsed program. Used by reach.hpp,
// which evaluates it.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamina/plan/reach_defines.hpp>
#include <lamina/plan/reach_parse.hpp>

namespace lamina::detail {

__extension__ using big_int = __int128;

/// All values that an expression may have. `wide`: 64 bits in the kernel, not 32.
struct reach_value {
    enum kind_t : unsigned char { integer, opaque, pointer } kind = opaque;
    bool wide = false;
    int buffer = -1;  ///< of a pointer, which is `low` to `high` elements behind its start
    std::int64_t low = 0, high = 0;
    std::int64_t step = 1;  ///< between them only low + n * step; 0: low alone
    bool natural = false;   ///< 32 bits without a sign

    static reach_value of(std::int64_t low, std::int64_t high, bool wide = false) {
        return {integer, wide, -1, low, high, low == high ? 0 : 1};
    }
    reach_value in_steps(std::int64_t by) const {
        reach_value out = *this;
        out.step = low == high ? 0 : std::max<std::int64_t>(by, 1);
        return out;
    }
    /// The part at or below `most`, or at or above `least`.
    void cut_high(std::int64_t most) {
        if (most >= high) return;
        high = step > 1 && most >= low ? low + (most - low) / step * step : most;
        if (low == high) step = 0;
    }
    void cut_low(std::int64_t least) {
        if (least <= low) return;
        low = step > 1 ? low + (least - low + step - 1) / step * step : least;
        if (low == high) step = 0;
    }
    bool is_one() const { return kind == integer && low == high; }
};

inline reach_value fit(big_int low, big_int high, bool wide) {
    const big_int most = wide ? std::numeric_limits<std::int64_t>::max() / 4
                              : std::numeric_limits<std::int32_t>::max();
    if (low < -most - 1 || high > most)
        throw reach_fault(
            "a number in it does not fit " + std::string(wide ? "64" : "32") + " bits");
    return reach_value::of(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high), wide);
}

inline reach_value signed_arithmetic(
    std::string_view sign, const reach_value& a, const reach_value& b) {
    const bool wide = a.wide || b.wide;
    using big = big_int;
    switch (sign[0]) {
    case '+':
        return fit(big{a.low} + b.low, big{a.high} + b.high, wide)
            .in_steps(std::gcd(a.step, b.step));
    case '-':
        return fit(big{a.low} - b.high, big{a.high} - b.low, wide)
            .in_steps(std::gcd(a.step, b.step));
    case '*': {
        const big all[]
            = {big{a.low} * b.low, big{a.low} * b.high, big{a.high} * b.low, big{a.high} * b.high};
        const reach_value out
            = fit(*std::min_element(all, all + 4), *std::max_element(all, all + 4), wide);
        const std::int64_t by = b.is_one() ? b.low : a.is_one() ? a.low : 1;
        const std::int64_t of = b.is_one() ? a.step : a.is_one() ? b.step : 1;
        return by && of && std::abs(by) < (std::int64_t{1} << 31) && of < (std::int64_t{1} << 31)
            ? out.in_steps(std::abs(by) * of)
            : out;
    }
    default:
        break;
    }
    if (b.low <= 0 && b.high >= 0) throw reach_fault("it may divide by 0");
    if (sign[0] == '/') {
        const std::int64_t all[] = {a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high};
        return reach_value::of(
            *std::min_element(all, all + 4), *std::max_element(all, all + 4), wide);
    }
    const std::int64_t most = std::max(std::abs(b.low), std::abs(b.high)) - 1;
    if (b.is_one() && a.low >= 0 && a.low / b.low == a.high / b.low)
        return reach_value::of(a.low % b.low, a.high % b.low, wide);
    return reach_value::of(
        a.low < 0 ? std::max(a.low, -most) : 0, a.high > 0 ? std::min(a.high, most) : 0, wide);
}

/// Unsigned: what would be below 0 wraps around to a large number.
inline reach_value arithmetic(std::string_view sign, const reach_value& a, const reach_value& b) {
    reach_value out = signed_arithmetic(sign, a, b);
    if (!a.natural && !b.natural) return out;
    if (out.low < 0 || a.low < 0 || b.low < 0) throw reach_fault("a number in it is below 0");
    out.natural = true;
    return out;
}

inline reach_value truth(bool may_be, bool may_not) {
    return reach_value::of(may_not ? 0 : 1, may_be ? 1 : 0);
}

inline reach_value compare(std::string_view sign, const reach_value& a, const reach_value& b) {
    if (a.kind != reach_value::integer || b.kind != reach_value::integer) return truth(true, true);
    if (sign == "<") return truth(a.low < b.high, a.high >= b.low);
    if (sign == "<=") return truth(a.low <= b.high, a.high > b.low);
    if (sign == ">") return truth(a.high > b.low, a.low <= b.high);
    if (sign == ">=") return truth(a.high >= b.low, a.low < b.high);
    const bool meet = a.low <= b.high && b.low <= a.high;
    const bool same = a.is_one() && b.is_one() && a.low == b.low;
    return sign == "==" ? truth(meet, !same) : truth(!same, meet);
}

inline reach_value join(const reach_value& a, const reach_value& b) {
    if (a.kind != b.kind || a.kind == reach_value::opaque) return {};
    if (a.buffer != b.buffer) return {};
    reach_value out = a;
    out.low = std::min(a.low, b.low);
    out.high = std::max(a.high, b.high);
    out.wide = a.wide || b.wide;
    out.step = out.low == out.high
        ? 0
        : std::max<std::int64_t>(std::gcd(std::gcd(a.step, b.step), std::abs(a.low - b.low)), 1);
    return out;
}

/// A kernel's argument or array: elements that may be touched, counted from where it begins.
struct reach_buffer {
    std::string_view name;
    std::int64_t before = 0, behind = 0;  ///< elements
    bool written = false;                 ///< it may be
};

/// A constant of an #if; names that are not defined are 0.
inline std::int64_t constant_of(const reach_parser& parser, int index) {
    const reach_node& n = parser.nodes[static_cast<std::size_t>(index)];
    const auto part = [&](std::size_t i) { return constant_of(parser, n.parts[i]); };
    switch (n.kind) {
    case reach_node::number:
        return n.value;
    case reach_node::variable:
        return 0;
    case reach_node::unary:
        return n.text == "!" ? !part(0) : n.text == "-" ? -part(0) : part(0);
    case reach_node::binary: {
        const std::int64_t a = part(0), b = part(1);
        constexpr std::int64_t most = std::int64_t{1} << 31;
        if (a < -most || a > most || b < -most || b > most)
            throw reach_fault("an #if in it has a large number");
        if (n.text == "&&") return a && b;
        if (n.text == "||") return a || b;
        if (n.text == "==") return a == b;
        if (n.text == "!=") return a != b;
        if (n.text == "<") return a < b;
        if (n.text == ">") return a > b;
        if (n.text == "<=") return a <= b;
        if (n.text == ">=") return a >= b;
        if (n.text == "+") return a + b;
        if (n.text == "-") return a - b;
        if (n.text == "*") return a * b;
        throw reach_fault("an #if in it cannot be followed");
    }
    default:
        throw reach_fault("an #if in it cannot be followed");
    }
}
inline bool macro_table::condition(std::string_view words) const {
    reach_parser parser;
    const int root = parser.parse_expression(expand_line(words));
    return constant_of(parser, root) != 0;
}

/// A kernel's family with its defines, parsed; made once for each kernel and tactic of a plan.
class reach_program {
public:
    /// `defines` in the order of the kernel's source; `text` is the family's of kernels/reach.hpp,
    /// `texts` are what stands behind the defines in a kernel.
    /// Errors  reach_fault.
    reach_program(std::span<const std::string_view> defines, std::string_view text,
        std::span<const std::string_view> texts) {
        macro_table macros;
        for (std::string_view each : defines) macros.add(each);
        check_names(defines);
        for (std::string_view each : {"HALF 0", "BF16 0", "VW 1", "INTS 0", "REAL_BYTES 0",
                 "OUT_FLOAT 0", "PARTS 1", "NUMBERS", "EPILOGUE_ARGS", "EPILOGUE_OPEN"})
            macros.define_if_missing(each);
        // What #if lines ask for, too.
        const auto constant = [&](std::string_view name) -> std::int64_t {
            const auto tokens = macros.expand_line(name);
            if (tokens.size() != 1 || tokens[0].kind != token::number)
                refuse_define(name, " as something else than a number");
            return tokens[0].value;
        };
        lanes = constant("VW");
        if (lanes < 1 || lanes > 16) throw reach_fault("its vectors are no vectors of OpenCL");
        real_bytes = constant("INTS")              ? 4
            : constant("REAL_BYTES")               ? 1
            : constant("HALF") || constant("BF16") ? 2
                                                   : 4;
        out_bytes = constant("OUT_FLOAT") || macros.contains("OUT_INTS") ? 4
            : macros.contains("OUT_BYTES") || macros.contains("OUT_CHARS")
                || macros.contains("OUT_QUANTIZED")
            ? 1
            : real_bytes;
        constant("PARTS");
        std::string_view before;
        for (const token& t : macros.expand_line("NUMBERS")) {
            if (t.kind == token::word && before == "int") numbers.push_back(t.text);
            before = t.text;
        }
        std::vector<token> body = macros.expand(text);
        arguments(macros.expand_line("ARGS"));
        check_unused(macros, defines, texts);
        root = parser_.parse(std::move(body));
    }

    struct argument {
        std::string_view name;
        std::int64_t bytes;
        bool written;
        bool single;  ///< only its first element is there
    };
    std::vector<argument> buffers;
    std::vector<std::string_view> numbers;
    std::int64_t lanes = 1, real_bytes = 4, out_bytes = 4;
    int root = 0;
    const reach_node& at(int index) const { return parser_.nodes[static_cast<std::size_t>(index)]; }

private:
    reach_parser parser_;

    void arguments(const std::vector<token>& tokens) {
        for (std::size_t i = 0; i + 3 < tokens.size(); ++i) {
            const std::string_view kind = tokens[i].text;
            if (tokens[i].kind != token::word || tokens[i + 1].text != "(") continue;
            const bool reals = kind == "IN" || kind == "WEIGHTS";
            const bool bytes = kind == "BYTES" || kind == "CHARS";
            const bool shared = kind == "SHARED_FLOATS" || kind == "SHARED_INTS";
            const bool out = kind == "OUT" || kind == "OUT_INDICES" || shared;
            const bool single = kind == "SCALAR";
            if (!reals && !out && !bytes && !single && kind != "VECTOR" && kind != "INDICES")
                throw reach_fault("it has an argument '" + std::string(kind) + "'");
            buffers.push_back({tokens[i + 2].text,
                reals               ? real_bytes
                    : kind == "OUT" ? out_bytes
                    : bytes         ? 1
                                    : 4,
                out, single});
            i += 3;
        }
    }
};

}  // namespace lamina::detail
