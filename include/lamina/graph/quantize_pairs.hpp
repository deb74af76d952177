// SPDX-License-Identifier: Apache-2.0
// The quantize and dequantize layers of a network as what int8 plans compute with: a pair of them says that a value is
// stored in 8 bits and in which range, and the layers that read it multiply these numbers. Called by quantized.hpp.
#pragma once
#include <lamina/graph/byte_rules.hpp>

#include <utility>

namespace lamina::detail {

/// A scale or a zero point: a number of the network, or a tensor of the weights file.
struct range_number {
    int parameter = -1;
    float value = 0;
    bool is_known = false;
    constexpr bool operator==(const range_number&) const = default;
};

/// What functions say of a quantize or dequantize layer, with zero points as u8 has them.
struct byte_conversion {
    int input = -1;  ///< what is quantized, or the numbers that are made values of; -1: it is none
    int from = -1;   ///< of a dequantize: the node of it that reads the numbers
    range_number scale, zero;
};

class quantize_pairs {
public:
    constexpr explicit quantize_pairs(const network& net) : net_(net) {
        bool has_bytes = false;
        for (const node& n : net.nodes) has_bytes = has_bytes || makes_bytes(n);
        if (!has_bytes) return;
        users_ = count_users(net);
        const std::size_t count = net.nodes.size();
        made_.resize(count, {});
        read_.resize(count, {});
        bytes_.assign(count, false);
        find_conversions();
        keep_readable();
        for (std::size_t id = 0; id < count; ++id)
            if (const int q = read_[id].input; q >= 0 && !bytes_[static_cast<std::size_t>(q)])
                read_[id] = {};
        for (const byte_conversion& read : read_) has_any_ = has_any_ || read.input >= 0;
    }

    /// True if a value is quantized and read as values again.
    constexpr bool has_any() const { return has_any_; }

    /// The network with op::quantize and op::dequantize in place of these layers, a dequantize for each reader, and
    /// the layers marked that multiply such numbers. Views of dequantized values are views of the numbers.
    constexpr network as_bytes() const {
        network out = net_;
        out.nodes.clear();
        const std::size_t count = net_.nodes.size();
        out.nodes.reserve(count);
        // Per value: its number in the new network, and the numbers of 8 bits that stand for it.
        dynamic_array<int> moved(count, -1), stored(count, -1), range(count, -1);
        const dynamic_array<char> needed = find_needed();
        const auto append = [&](node&& made) {
            out.nodes.push_back(std::move(made));
            return static_cast<int>(out.nodes.size()) - 1;
        };
        const auto convert = [&](op kind, int id, const byte_conversion& by, int input) {
            node made = at(id);
            made.kind = kind;
            made.type = kind == op::quantize ? dtype::u8 : dtype::f32;
            made.attr = {};
            made.inputs = {input};
            const int self = static_cast<int>(out.nodes.size());
            made.parameters[weight_slot] = parameter_of(out, by.scale, self, "quantize.scale");
            made.parameters[bias_slot] = parameter_of(out, by.zero, self, "quantize.zero_point");
            return append(std::move(made));
        };
        // A value, from the bytes that stand for it where there are some.
        const auto value_of = [&](int id, int asks) {
            const auto self = static_cast<std::size_t>(id);
            if (stored[self] < 0) return moved[self];
            const int by = range[self];
            const int made
                = convert(op::dequantize, by, read_[static_cast<std::size_t>(by)], stored[self]);
            out.nodes.back().dims = at(id).dims;
            if (asks >= 0) {
                out.nodes.back().file = at(asks).file;
                out.nodes.back().line = at(asks).line;
            }
            return made;
        };
        for (int id = 0; id < static_cast<int>(count); ++id) {
            const auto self = static_cast<std::size_t>(id);
            if (const byte_conversion& read = read_[self]; read.input >= 0) {
                stored[self] = moved[static_cast<std::size_t>(read.input)];
                range[self] = id;
                continue;
            }
            if (!needed[self]) continue;
            node n = at(id);
            if (made_[self].input >= 0 && bytes_[self]) {
                const int x = value_of(made_[self].input, id);
                moved[self] = convert(op::quantize, id, made_[self], x);
                continue;
            }
            if (bytes_[self]) {
                n.type = dtype::u8;
                n.inputs[0] = moved[static_cast<std::size_t>(n.inputs[0])];
                moved[self] = append(std::move(n));
                continue;
            }
            if (const int by = viewed_range(id, stored, range); by >= 0) {
                n.type = dtype::u8;
                for (int& input : n.inputs) input = stored[static_cast<std::size_t>(input)];
                range[self] = by;
                stored[self] = append(std::move(n));
                continue;
            }
            n.multiplies_bytes = multiplies(id, stored, range);
            for (int& input : n.inputs) input = value_of(input, id);
            moved[self] = append(std::move(n));
        }
        for (std::size_t i = 0; i < net_.parameters.size(); ++i)
            if (const int reader = net_.parameters[i].node; reader < static_cast<int>(count))
                if (const int now = moved[static_cast<std::size_t>(reader)]; now >= 0)
                    out.parameters[i].node = now;
        for (output_binding& o : out.outputs) o.node = value_of(o.node, -1);
        return out;
    }

private:
    const network& net_;
    dynamic_array<int> users_;
    dynamic_array<byte_conversion> made_;  ///< by the last node of a quantize
    dynamic_array<byte_conversion> read_;  ///< by the last node of a dequantize
    dynamic_array<char> bytes_;            ///< per value: numbers of a quantize, or a view of them
    bool has_any_ = false;

    constexpr const node& at(int id) const { return net_.nodes[static_cast<std::size_t>(id)]; }
    constexpr bool is_function(const node& n, function kind) const {
        return n.kind == op::pointwise && static_cast<function>(n.attr.kind) == kind;
    }
    constexpr bool is_binary(const node& n, function kind) const {
        return n.kind == op::binary && static_cast<function>(n.attr.kind) == kind;
    }
    /// True for the last node of a quantize: a conversion to a type of 8 bits.
    constexpr bool makes_bytes(const node& n) const {
        return is_function(n, function::to_u8) || is_function(n, function::to_i8);
    }

    /// The one number that a given node holds, through the conversions that quantize makes of it.
    constexpr range_number number_at(int id) const {
        while (at(id).kind == op::reshape || makes_bytes(at(id))
            || is_function(at(id), function::to_f32))
            id = at(id).inputs[0];
        const node& n = at(id);
        if (n.dims.count() != 1) return {};
        if (n.kind == op::parameter) return {n.parameters[weight_slot], 0, true};
        if (n.kind != op::constant || n.numbers.size() != 1) return {};
        const int bits = n.numbers[0];
        return {-1,
            n.type == dtype::f32 ? __builtin_bit_cast(float, bits) : static_cast<float>(bits),
            true};
    }
    /// A zero point for u8, which has the same numbers as i8 with 128 added. Of i8 only the network's own: those
    /// of a file are read as they are.
    constexpr static bool settle_zero(range_number& zero, dtype type) {
        if (!zero.is_known || (zero.parameter >= 0 && type != dtype::u8)) return false;
        if (zero.parameter >= 0) return true;
        if (type == dtype::i8) zero.value += 128;
        return zero.value >= 0 && zero.value <= 255
            && zero.value == static_cast<float>(static_cast<int>(zero.value));
    }
    constexpr static bool is_scale(const range_number& scale) {
        return scale.is_known
            && (scale.parameter >= 0 || (scale.value >= 1.2e-38f && scale.value <= 3e38f));
    }
    /// A scale whose reciprocal, as a float, is that number; 0: there is none.
    constexpr static float scale_of(float reciprocal) {
        if (!(reciprocal > 3e-39f && reciprocal < 8e37f)) return 0;
        const int near = __builtin_bit_cast(int, 1 / reciprocal);
        for (const int off : {0, 1, -1, 2, -2})
            if (const float s = __builtin_bit_cast(float, near + off); 1 / s == reciprocal)
                return s;
        return 0;
    }

    /// round(x / scale) + zero point, cut at the ends of the type: what quantize makes, read from its end.
    constexpr byte_conversion quantize_at(int id) const {
        const node& n = at(id);
        if (!makes_bytes(n)) return {};
        const node& cut = at(n.inputs[0]);
        const float least = n.type == dtype::u8 ? 0.0f : -128.0f;
        if (!is_function(cut, function::clamp) || cut.attr.scalars[0] != least
            || cut.attr.scalars[1] != least + 255)
            return {};
        byte_conversion out;
        out.zero = {-1, 0, true};
        int next = cut.inputs[0];
        if (is_function(at(next), function::add_scalar)) {
            out.zero.value = at(next).attr.scalars[0];
            next = at(next).inputs[0];
        } else if (is_binary(at(next), function::add)) {
            out.zero = number_at(at(next).inputs[1]);
            next = at(next).inputs[0];
        }
        if (!is_function(at(next), function::round)) return {};
        const node& share = at(at(next).inputs[0]);
        if (is_function(share, function::mul_scalar)) {
            const float scale = scale_of(share.attr.scalars[0]);
            out.scale = {-1, scale, scale > 0};
        } else if (is_binary(share, function::div)) {
            out.scale = number_at(share.inputs[1]);
        }
        if (!is_scale(out.scale) || !settle_zero(out.zero, n.type)) return {};
        const node& x = at(share.inputs[0]);
        if (x.type == dtype::f32 && x.dims == n.dims && !n.dims.is_empty())
            out.input = share.inputs[0];
        return out;
    }
    /// (numbers - zero point) scale: what dequantize makes, read from its end.
    constexpr byte_conversion dequantize_at(int id) const {
        const node& n = at(id);
        byte_conversion out;
        if (is_function(n, function::mul_scalar))
            out.scale = {-1, n.attr.scalars[0], true};
        else if (is_binary(n, function::mul))
            out.scale = number_at(n.inputs[1]);
        else
            return {};
        out.zero = {-1, 0, true};
        int next = n.inputs[0];
        if (is_function(at(next), function::add_scalar)) {
            out.zero.value = -at(next).attr.scalars[0];
            next = at(next).inputs[0];
        } else if (is_binary(at(next), function::sub)) {
            out.zero = number_at(at(next).inputs[1]);
            next = at(next).inputs[0];
        }
        if (!is_function(at(next), function::to_f32)) return {};
        const int numbers = at(next).inputs[0];
        const dtype type = at(numbers).type;
        if ((type == dtype::u8 || type == dtype::i8) && at(numbers).dims == n.dims
            && is_scale(out.scale) && settle_zero(out.zero, type)) {
            out.input = numbers;
            out.from = next;
        }
        return out;
    }

    constexpr void find_conversions() {
        for (int id = 0; id < static_cast<int>(net_.nodes.size()); ++id) {
            const auto self = static_cast<std::size_t>(id);
            made_[self] = quantize_at(id);
            bytes_[self] = made_[self].input >= 0
                || (is_view(at(id).kind) && bytes_[static_cast<std::size_t>(at(id).inputs[0])]);
            const byte_conversion read = dequantize_at(id);
            if (read.input >= 0 && bytes_[static_cast<std::size_t>(read.input)]) read_[self] = read;
        }
    }
    /// Numbers of i8 become those of u8, which only a dequantize and views for one may see.
    constexpr void keep_readable() {
        dynamic_array<int> seen(net_.nodes.size(), 0);
        for (const byte_conversion& read : read_)
            if (read.input >= 0 && users_[static_cast<std::size_t>(read.from)] == 1)
                ++seen[static_cast<std::size_t>(read.input)];
        for (std::size_t id = net_.nodes.size(); id-- > 0;) {
            const node& n = net_.nodes[id];
            if (!bytes_[id] || n.type == dtype::u8) continue;
            if (seen[id] != users_[id])
                bytes_[id] = false;
            else if (is_view(n.kind))
                ++seen[static_cast<std::size_t>(n.inputs[0])];
        }
        for (std::size_t id = 0; id < net_.nodes.size(); ++id)
            if (bytes_[id] && made_[id].input < 0)
                bytes_[id] = bytes_[static_cast<std::size_t>(net_.nodes[id].inputs[0])];
    }

    /// Calls visit(id) for what a value is computed from in the new network.
    template <class Visit> constexpr void for_each_read(int id, Visit visit) const {
        const auto self = static_cast<std::size_t>(id);
        if (read_[self].input >= 0) return visit(read_[self].input);
        if (made_[self].input >= 0 && bytes_[self]) return visit(made_[self].input);
        for (const int input : at(id).inputs) visit(input);
    }
    /// Nodes that the new network has too: not those that a quantize or dequantize alone was made of.
    constexpr dynamic_array<char> find_needed() const {
        dynamic_array<char> needed(net_.nodes.size(), false);
        for (const output_binding& o : net_.outputs)
            needed[static_cast<std::size_t>(o.node)] = true;
        for (std::size_t id = net_.nodes.size(); id-- > 0;) {
            if (!users_[id]) needed[id] = true;
            if (needed[id])
                for_each_read(static_cast<int>(id),
                    [&](int input) { needed[static_cast<std::size_t>(input)] = true; });
        }
        return needed;
    }

    /// The parameter of a scale or zero point; one that the network itself has is appended once.
    constexpr static int parameter_of(
        network& out, const range_number& number, int reader, const char* called) {
        if (number.parameter >= 0) {
            out.parameters[static_cast<std::size_t>(number.parameter)].node = reader;
            return number.parameter;
        }
        const name full(called);
        for (std::size_t i = 0; i < out.parameters.size(); ++i)
            if (const parameter& p = out.parameters[i];
                p.is_given && p.value == number.value && p.at == full)
                return static_cast<int>(i);
        out.parameters.push_back({full, shape{1}, reader, hash_of(full), true, number.value});
        return static_cast<int>(out.parameters.size()) - 1;
    }

    constexpr bool same_range(int a, int b) const {
        const byte_conversion &x = read_[static_cast<std::size_t>(a)],
                              &y = read_[static_cast<std::size_t>(b)];
        return x.scale == y.scale && x.zero == y.zero;
    }
    /// Of a view of dequantized values of one range: a dequantize of that range; else -1.
    constexpr int viewed_range(
        int id, const dynamic_array<int>& stored, const dynamic_array<int>& range) const {
        const node& n = at(id);
        if (traits_of(n).view == view_rule::none || n.kept != dtype::other) return -1;
        int by = -1;
        for (const int input : n.inputs) {
            const auto from = static_cast<std::size_t>(input);
            if (stored[from] < 0 || (by >= 0 && !same_range(by, range[from]))) return -1;
            by = range[from];
        }
        return by;
    }
    /// True for a layer that multiplies the numbers which stand for its input.
    constexpr bool multiplies(
        int id, const dynamic_array<int>& stored, const dynamic_array<int>& range) const {
        const node& n = at(id);
        if (!may_multiply_bytes(n) || stored[static_cast<std::size_t>(n.inputs[0])] < 0)
            return false;
        const int numbers
            = read_[static_cast<std::size_t>(range[static_cast<std::size_t>(n.inputs[0])])].input;
        const int x = made_[static_cast<std::size_t>(numbers)].input;
        if (x >= 0 && range[static_cast<std::size_t>(n.inputs[0])] == n.inputs[0]
            && is_picture(net_, x))
            return multiplies_pixels(net_, n, x);
        return multiplies_channels(n, at(n.inputs[0]));
    }
};

}  // namespace lamina::detail
