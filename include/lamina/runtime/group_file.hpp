// SPDX-License-Identifier: Apache-2.0
// Weights that a file of GPTQ or AWQ has in groups already: its tensors beside the place of a layer's `weight`, what
// they must be, and single rows of their numbers. Used by find_weights.hpp and pack_groups.hpp.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/core/shape.hpp>
#include <lamina/core/weight_groups.hpp>
#include <lamina/runtime/file_room.hpp>
#include <lamina/runtime/pack_weight.hpp>
#include <lamina/runtime/weights.hpp>

namespace lamina::detail {

/// The layer's name of a parameter NAME.weight; empty: another parameter.
inline std::string layer_of(std::string_view parameter) {
    constexpr std::string_view end = ".weight";
    return parameter.ends_with(end)
        ? std::string(parameter.substr(0, parameter.size() - end.size()))
        : std::string();
}
/// The tensor that stands for a parameter NAME.weight in a file of GPTQ or AWQ; nullptr: there is none.
inline const weight_view* find_grouped(const weights& file, std::string_view parameter) {
    const std::string layer = layer_of(parameter);
    return layer.empty() ? nullptr : file.find(layer + ".qweight");
}
/// The names that such a file has for a layer.
inline constexpr const char* group_file_names[] = {".qweight", ".qzeros", ".scales", ".g_idx"};

/// The extents of a layer's weights in such a file, and its groups, all of one length, by the extents of its tensors.
/// Bits 0: they fit neither format.
inline weight_groups stored_groups(const weights& file, std::string_view parameter, shape& dims) {
    const std::string layer = layer_of(parameter);
    const weight_view* const numbers = file.find(layer + ".qweight");
    const weight_view* const zeros = file.find(layer + ".qzeros");
    const weight_view* const scales = file.find(layer + ".scales");
    for (const weight_view* each : {numbers, zeros, scales})
        if (!each || each->dims.size() != 2 || each->dims[0] < 1 || each->dims[1] < 1) return {};
    const std::int64_t outputs = scales->dims[1], per = outputs / zeros->dims[1];
    const bool along_outputs = numbers->dims[1] != outputs;
    const std::int64_t inputs = numbers->dims[0] * (along_outputs ? 1 : per);
    dims = {static_cast<int>(outputs), static_cast<int>(inputs)};
    const std::int64_t group = inputs / scales->dims[0];
    if ((per != 4 && per != 8) || group < 1) return {};
    return {static_cast<int>(32 / per), static_cast<int>(group), true};
}

/// A layer's weights in such a file, in words of 32 bits. With W numbers a word:
///   GPTQ  qweight [inputs / W, outputs] has W neighbouring inputs in a word, the first in the lowest bits, qzeros
///         [groups, outputs / W] W neighbouring outputs' zero points, one less than they are (0 as 2^N - 1); g_idx [inputs] the
///         group of each input
///   AWQ   qweight [inputs, outputs / W] and qzeros [groups, outputs / W] have W neighbouring outputs in a word, in the
///         order 0 2 4 6 1 3 5 7 from the lowest bits on; 4 bits
/// scales is [groups, outputs] in both. Numbers and zero points are unsigned.
/// Source  AutoGPTQ's and AutoAWQ's files, as transformers reads them.
class group_file {
public:
    /// Errors  LAM-R04 to LAM-R08: a tensor is missing, has other extents or another type, or groups that are not
    ///         neighbours, or the network asks for other bits or groups.
    group_file(const weights& file, std::string_view parameter, const shape& dims,
        const weight_groups& wanted)
        : file_(&file), layer_(layer_of(parameter)), outputs_(dims.n), inputs_(dims.c),
          groups_(wanted) {
        const weight_view& numbers = need(".qweight", true);
        const int bits = bits_of(numbers);
        if (bits != wanted.bits)
            fail(errc::tensor_shape, ".qweight",
                "is " + extents(numbers) + ", " + std::to_string(bits) + " bits for "
                    + std::to_string(outputs_) + " outputs of " + std::to_string(inputs_)
                    + " inputs, the network asks for " + std::to_string(wanted.bits)
                    + "; write quantize_weights({.bits = " + std::to_string(bits) + "})");
        const int per = wanted.per_word(), count = wanted.count(inputs_);
        const weight_view& scales = need(".scales", false);
        if (scales.dims.size() != 2 || scales.dims[1] != outputs_ || scales.dims[0] != count)
            fail(errc::tensor_shape, ".scales",
                "is " + extents(scales) + ", " + std::to_string(count) + "x"
                    + std::to_string(outputs_) + " is expected for groups of "
                    + std::to_string(wanted.group)
                    + "; write the group_size of the model's config into quantize_weights");
        const weight_view& zeros = need(".qzeros", true);
        if (zeros.dims.size() != 2 || zeros.dims[0] != count
            || zeros.dims[1] != (outputs_ + per - 1) / per)
            fail(errc::tensor_shape, ".qzeros",
                "is " + extents(zeros) + ", " + std::to_string(count) + "x"
                    + std::to_string((outputs_ + per - 1) / per) + " is expected");
        numbers_ = words_of(numbers);
        zeros_ = words_of(zeros);
        file_room room;
        weight_view read = scales;
        read.bytes = file.read(scales.bytes, room);
        const std::size_t bad = first_not_finite(read);
        if (bad * size_bytes(read.type) < read.bytes.size())
            fail(errc::tensor_value, ".scales",
                "holds NaN or infinity at element " + std::to_string(bad)
                    + ", finite numbers are expected; quantize the model again");
        scales_.reserve(read.bytes.size() / size_bytes(read.type));
        for (std::size_t at = 0; at < read.bytes.size(); at += size_bytes(read.type))
            scales_.push_back(static_cast<float>(read_number(read.type, read.bytes.data() + at)));
        check_order();
        check_zeros();
    }

    /// The numbers of an output, by input.
    void numbers_of(int output, std::span<std::int8_t> to) const {
        const int half = groups_.largest() + 1;
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = static_cast<std::int8_t>(number_of(output, static_cast<int>(i)) - half);
    }
    int outputs() const { return outputs_; }
    int inputs() const { return inputs_; }
    float scale_of(int output, int group) const { return scales_[at(group, outputs_, output)]; }
    std::int8_t zero_of(int output, int group) const {
        return static_cast<std::int8_t>(unsigned_zero(output, group) - groups_.largest() - 1);
    }

private:
    const weights* file_;
    std::string layer_;
    int outputs_, inputs_;
    weight_groups groups_;
    bool along_outputs_ = false;  ///< AWQ
    std::vector<std::uint32_t> numbers_, zeros_;
    std::vector<float> scales_;

    static std::size_t at(int row, int width, int column) {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(width)
            + static_cast<std::size_t>(column);
    }
    static std::string extents(const weight_view& tensor) {
        std::string out;
        for (const auto extent : tensor.dims)
            out += (out.empty() ? "" : "x") + std::to_string(extent);
        return out.empty() ? "scalar" : out;
    }
    [[noreturn]] void fail(errc code, const char* suffix, const std::string& what) const {
        throw error(
            code, layer_ + suffix, file_->label() + ": tensor '" + layer_ + suffix + "' " + what);
    }
    const weight_view& need(const char* suffix, bool is_whole) const {
        const weight_view* found = file_->find(layer_ + suffix);
        if (!found)
            throw error(errc::tensor_missing, layer_ + suffix,
                file_->label() + ": no tensor '" + layer_ + suffix + "' beside '" + layer_
                    + ".qweight'; files of GPTQ and AWQ have both");
        if (is_whole ? found->type != dtype::i32 : !is_floating(found->type))
            fail(errc::tensor_dtype, suffix,
                "is of type "
                    + std::string(
                        found->type == dtype::other ? found->type_name : to_text(found->type))
                    + ", " + (is_whole ? "i32" : "f16, bf16 or f32")
                    + " is expected; quantize the model again");
        return *found;
    }
    /// 4 or 8, by the extents that either format has.
    int bits_of(const weight_view& numbers) {
        for (const int bits : {4, 8}) {
            if (numbers.dims.size() != 2) break;
            const int per = 32 / bits;
            if (numbers.dims[0] == (inputs_ + per - 1) / per && numbers.dims[1] == outputs_)
                return bits;
            if (bits == 4 && numbers.dims[0] == inputs_
                && numbers.dims[1] == (outputs_ + per - 1) / per) {
                along_outputs_ = true;
                return bits;
            }
        }
        fail(errc::tensor_shape, ".qweight",
            "is " + extents(numbers) + ", which is neither GPTQ's nor AWQ's for "
                + std::to_string(outputs_) + " outputs of " + std::to_string(inputs_)
                + " inputs in 4 or 8 bits; check the layer's sizes against the exported model");
    }
    std::vector<std::uint32_t> words_of(const weight_view& tensor) const {
        file_room room;
        const std::span<const std::byte> bytes = file_->read(tensor.bytes, room);
        std::vector<std::uint32_t> out(bytes.size() / 4);
        std::memcpy(out.data(), bytes.data(), out.size() * 4);
        return out;
    }
    /// g_idx, which only some files have: each input's group is that of its place.
    void check_order() const {
        const weight_view* found = file_->find(layer_ + ".g_idx");
        if (!found) return;
        need(".g_idx", true);
        const std::vector<std::uint32_t> order = words_of(*found);
        if (order.size() != static_cast<std::size_t>(inputs_))
            fail(errc::tensor_shape, ".g_idx",
                "has " + std::to_string(order.size()) + " numbers, one for each of "
                    + std::to_string(inputs_) + " inputs is expected");
        for (int i = 0; i < inputs_; ++i)
            if (order[static_cast<std::size_t>(i)] != static_cast<std::uint32_t>(i / groups_.group))
                fail(errc::tensor_value, ".g_idx",
                    "puts input " + std::to_string(i) + " into group "
                        + std::to_string(order[static_cast<std::size_t>(i)]) + ", "
                        + std::to_string(i / groups_.group)
                        + " is expected: the model was quantized in another order of inputs "
                          "(desc_act); make floats of it with lamina-export --unpack");
    }

    int part_of(std::uint32_t word, int place) const {
        return static_cast<int>(word >> (groups_.bits * place) & ((1u << groups_.bits) - 1));
    }
    /// Of output `o` among the places of AWQ's words.
    static int awq_place(int o) {
        constexpr std::array<int, 8> places{0, 4, 1, 5, 2, 6, 3, 7};
        return places[static_cast<std::size_t>(o % 8)];
    }
    int number_of(int output, int input) const {
        const int per = groups_.per_word();
        return along_outputs_
            ? part_of(
                  numbers_[at(input, (outputs_ + per - 1) / per, output / per)], awq_place(output))
            : part_of(numbers_[at(input / per, outputs_, output)], input % per);
    }
    int unsigned_zero(int output, int group) const {
        const int per = groups_.per_word();
        const std::uint32_t word = zeros_[at(group, (outputs_ + per - 1) / per, output / per)];
        return along_outputs_ ? part_of(word, awq_place(output))
                              : (part_of(word, output % per) + 1) & ((1 << groups_.bits) - 1);
    }
    /// Without zero points of its own the network's groups have the middle of the numbers.
    void check_zeros() const {
        const int half = groups_.largest() + 1;
        for (int g = 0; g < groups_.count(inputs_); ++g)
            for (int o = 0; o < outputs_; ++o)
                if (const int zero = unsigned_zero(o, g); zero != half && !groups_.zero_points)
                    fail(errc::tensor_value, ".qzeros",
                        "has the zero point " + std::to_string(zero) + " for output "
                            + std::to_string(o) + ", the network expects " + std::to_string(half)
                            + " everywhere; write quantize_weights({.zero_points = true})");
    }
};

}  // namespace lamina::detail
