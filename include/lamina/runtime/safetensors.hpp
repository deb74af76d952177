// SPDX-License-Identifier: Apache-2.0
// Reads a .safetensors file: 8 bytes of header length, a JSON header, then the tensors' bytes.
// Called by weights.hpp with mapped or embedded bytes; copies nothing but the names.
//
// Stricter than the format requires, because the bytes are untrusted: no duplicate keys, contiguous tensors
// from the first to the last byte, header at most 100 MB, rank at most 8. The JSON is read as events, so
// no tree is built from it and nesting costs nothing.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/runtime/json_reader.hpp>
#include <lamina/runtime/weight_view.hpp>

namespace lamina::detail {

inline constexpr std::uint64_t safetensors_header_limit = 100'000'000;
inline constexpr std::size_t safetensors_rank_limit = 8;

[[noreturn]] inline void weights_fault(
    std::string_view label, const std::string& what, errc code = errc::file_damaged) {
    throw error(code, std::string(label), std::string(label) + ": " + what);
}

/// dtype::other for an unknown name. Layers cannot read most of these types: that is an error only if a
/// layer needs such a tensor, not if a file merely contains one.
inline dtype safetensors_dtype(std::string_view text) {
    constexpr std::pair<std::string_view, dtype> known[] = {
        {"F32", dtype::f32},
        {"F16", dtype::f16},
        {"BF16", dtype::bf16},
        {"F64", dtype::f64},
        {"I8", dtype::i8},
        {"U8", dtype::u8},
        {"I32", dtype::i32},
        {"I64", dtype::i64},
        {"BOOL", dtype::boolean},
        {"I16", dtype::i16},
        {"U16", dtype::u16},
        {"U32", dtype::u32},
        {"U64", dtype::u64},
        {"C64", dtype::c64},
        {"F8_E4M3", dtype::f8_e4m3},
        {"F8_E5M2", dtype::f8_e5m2},
    };
    for (const auto& [name, type] : known)
        if (name == text) return type;
    return dtype::other;
}

/// The header's events, in the order of the JSON text. Each handler returns false to stop; `fault` then has
/// the reason. Depth 0: nothing yet; 1: tensors; 2: one tensor's fields; 3: a field's list.
class safetensors_header {
public:
    struct entry {
        std::string name, type;
        std::vector<std::uint64_t> shape, offsets;
        unsigned fields = 0;  ///< one bit for each of dtype, shape, data_offsets
    };
    std::vector<entry> entries;
    std::string fault;

    bool start_object() {
        if (depth_ >= 2) return stop(where() + " holds an object where a plain value belongs");
        if (++depth_ == 2 && !in_metadata_) entries.push_back({key_, {}, {}, {}, 0});
        return true;
    }
    bool end_object() {
        if (depth_-- == 2 && !std::exchange(in_metadata_, false) && entries.back().fields != 7)
            return stop(
                "tensor '" + entries.back().name + "' lacks one of dtype, shape and data_offsets");
        return true;
    }
    bool key(std::string& text) {
        if (depth_ == 1) {
            if (!seen_.insert(text).second) return stop("the header has '" + text + "' twice");
            in_metadata_ = text == "__metadata__";
            key_ = text;
        } else if (in_metadata_) {
            key_ = text;
        } else {
            field_ = text == "dtype" ? 1u : text == "shape" ? 2u : text == "data_offsets" ? 4u : 0u;
            entry& tensor = entries.back();
            if (field_ == 0)
                return stop("tensor '" + tensor.name + "' has a field '" + text
                    + "', expected are dtype, shape and data_offsets only");
            if (tensor.fields & field_)
                return stop("tensor '" + tensor.name + "' has '" + text + "' twice");
            tensor.fields |= field_;
        }
        return true;
    }
    bool string(std::string& text) {
        if (depth_ == 2 && in_metadata_) return true;  // the exporter's notes, not ours to read
        if (depth_ != 2 || field_ != 1) return stop(where() + " has a text where none belongs");
        entries.back().type = text;
        return true;
    }
    bool start_array() {
        if (depth_ != 2 || in_metadata_ || field_ < 2)
            return stop(where() + " has a list where none belongs");
        ++depth_;
        return true;
    }
    bool end_array() {
        --depth_;
        return true;
    }
    bool number_unsigned(std::uint64_t value) {
        if (depth_ != 3) return stop(where() + " has a number where none belongs");
        entry& tensor = entries.back();
        auto& list = field_ == 2 ? tensor.shape : tensor.offsets;
        const std::size_t limit = field_ == 2 ? safetensors_rank_limit : 2;
        if (list.size() == limit)
            return stop("tensor '" + tensor.name + "' has more than " + std::to_string(limit)
                + (field_ == 2 ? " extents" : " data_offsets"));
        list.push_back(value);
        return true;
    }
    bool number_integer(std::int64_t value) {
        return stop(where() + " has the number " + std::to_string(value) + ", none may be below 0");
    }
    bool number_float(std::string_view text) {
        return stop(where() + " has the number " + std::string(text)
            + ", a whole one within 64 bits is expected");
    }
    bool null() { return stop(where() + " has a null where none belongs"); }
    bool boolean(bool) { return stop(where() + " has true or false where neither belongs"); }
    void parse_error(std::size_t position) {
        stop("the header is not JSON at its byte " + std::to_string(position));
    }

private:
    int depth_ = 0;
    unsigned field_ = 0;
    bool in_metadata_ = false;
    std::string key_;
    std::unordered_set<std::string> seen_;

    bool stop(std::string sentence) {
        if (fault.empty()) fault = std::move(sentence);
        return false;
    }
    std::string where() const {
        return depth_ == 0 || key_.empty() ? "the header" : "the header's '" + key_ + "'";
    }
};

/// Checks one entry against the size of its type, where that is known; returns its bytes.
inline std::uint64_t check_entry(
    const safetensors_header::entry& tensor, dtype type, std::string_view label) {
    const std::string name = "tensor '" + tensor.name + "'";
    if (tensor.offsets.size() != 2 || tensor.offsets[0] > tensor.offsets[1])
        weights_fault(
            label, name + " has data_offsets that are not a begin and an end; export it again");
    // An element of a type that Lamina does not know may have any size, even a part of a byte.
    const bool known = type != dtype::other;
    std::uint64_t bytes = known ? size_bytes(type) : 1;
    for (std::uint64_t extent : tensor.shape)
        if (extent > std::uint64_t(std::numeric_limits<std::int64_t>::max())
            || (known && __builtin_mul_overflow(bytes, extent, &bytes)))
            weights_fault(
                label, name + " has more elements than 64 bits can count; export it again");
    if (!known) return tensor.offsets[1] - tensor.offsets[0];
    if (bytes != tensor.offsets[1] - tensor.offsets[0])
        weights_fault(label,
            name + " has " + std::to_string(tensor.offsets[1] - tensor.offsets[0])
                + " bytes, its shape and dtype " + tensor.type + " need " + std::to_string(bytes)
                + "; export it again");
    return bytes;
}

/// The length of the header, from the first 8 bytes.
inline std::uint64_t safetensors_length(std::span<const std::byte> front) {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < 8; ++i)
        length |= std::to_integer<std::uint64_t>(front[i]) << (8 * i);
    return length;
}

/// The number of bytes before the tensors of a file of `size` bytes; 8 for a damaged file.
inline std::size_t safetensors_front(std::span<const std::byte> front, std::size_t size) {
    if (front.size() < 8) return front.size();
    const std::uint64_t length = safetensors_length(front);
    const bool possible = length <= safetensors_header_limit && length <= size - 8;
    return possible ? static_cast<std::size_t>(length) + 8 : 8;
}

/// `front` is a copy of the bytes before the tensors, because the file's own may change meanwhile.
/// Errors  LAM-R02 with the file and the tensor.
/// Cost    one pass over the header, a sort of the tensors; their bytes are not read.
inline weight_table read_safetensors(
    std::span<const std::byte> file, std::string_view label, std::span<const std::byte> front) {
    if (file.size() < 8)
        weights_fault(label,
            "the file has " + std::to_string(file.size())
                + " bytes, a safetensors file has at least 8; copy or export it again");
    const std::uint64_t length = safetensors_length(front);
    if (length > safetensors_header_limit || length > file.size() - 8)
        weights_fault(label,
            "the header claims " + std::to_string(length) + " bytes, the file has "
                + std::to_string(file.size() - 8) + " after the length and the limit is "
                + std::to_string(safetensors_header_limit)
                + "; the file is cut short or not safetensors, copy or export it again");
    const auto* text = reinterpret_cast<const char*>(front.data()) + 8;
    if (length == 0 || *text != '{')
        weights_fault(label,
            "the header does not begin with '{'; this is not a safetensors file, "
            "export the weights again");

    safetensors_header header;
    if (!json_reader(std::string_view(text, static_cast<std::size_t>(length)), header).read())
        weights_fault(label, header.fault + "; copy or export the file again");

    // Back to back: in order of their offsets, each tensor begins where the last one ended.
    const std::span<const std::byte> data = file.subspan(8 + static_cast<std::size_t>(length));
    std::vector<safetensors_header::entry*> in_order;
    for (auto& tensor : header.entries) in_order.push_back(&tensor);
    std::sort(in_order.begin(), in_order.end(),
        [](const auto* a, const auto* b) { return a->offsets < b->offsets; });
    weight_table table;
    table.views.reserve(header.entries.size());
    std::uint64_t end = 0;
    for (auto* each : in_order) {
        auto& tensor = *each;
        const dtype type = safetensors_dtype(tensor.type);
        const std::uint64_t bytes = check_entry(tensor, type, label);
        if (tensor.offsets[0] != end)
            weights_fault(label,
                "tensor '" + tensor.name + "' begins at byte " + std::to_string(tensor.offsets[0])
                    + ", the one before ends at " + std::to_string(end)
                    + "; tensors must lie back to back, export the file again");
        if (bytes > data.size() - end)
            weights_fault(label,
                "tensor '" + tensor.name + "' ends at byte " + std::to_string(tensor.offsets[1])
                    + ", the file has " + std::to_string(data.size())
                    + " bytes of tensors; it is cut short, copy it again");
        table.names.push_back(std::move(tensor.name));
        table.types.push_back(std::move(tensor.type));
        table.views.push_back({table.names.back(), type, {tensor.shape.begin(), tensor.shape.end()},
            data.subspan(static_cast<std::size_t>(end), static_cast<std::size_t>(bytes)), false,
            table.types.back()});
        end += bytes;
    }
    if (end != data.size())
        weights_fault(label,
            "the tensors end at byte " + std::to_string(end) + ", the file goes on to "
                + std::to_string(data.size()) + "; copy or export it again");
    return table;
}

}  // namespace lamina::detail
