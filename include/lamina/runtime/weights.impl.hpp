// SPDX-License-Identifier: Apache-2.0
// Opens files of weights. Included by weights.hpp, or compiled into Lamina::compiled.
#pragma once
#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/core/pattern.hpp>
#include <lamina/runtime/edit_distance.hpp>
#include <lamina/runtime/mapped_file.hpp>
#include <lamina/runtime/safetensors.hpp>
#include <lamina/runtime/weights.hpp>
#include <lamina/runtime/wts.hpp>

namespace lamina {

struct weights::contents {
    std::string label;
    mapped_file file;
    detail::weight_table table;
    std::unordered_map<std::string_view, std::size_t> by_name;
};

namespace detail {

/// True if a safetensors file may begin so: a length of 8 bytes that is below 4 GB, then '{'.
inline bool may_be_safetensors(std::string_view start) {
    return start.size() == 9 && start[8] == '{'
        && start.substr(4, 4) == std::string_view("\0\0\0\0", 4);
}

/// A known suffix decides, else the first bytes: safetensors has '{' after its length, .wts begins with a
/// digit. A PyTorch checkpoint gets a message of its own; a length of 640 begins as one of its kinds does.
inline bool is_weights_text(std::span<const std::byte> bytes, std::string_view label) {
    const std::string_view start(
        reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 9));
    if (!may_be_safetensors(start) && (start.starts_with("PK\3\4") || start.starts_with("\x80\2")))
        throw error(errc::file_damaged, std::string(label),
            std::string(label)
                + ": this is a PyTorch checkpoint (a pickle), safetensors "
                  "or .wts is expected; convert it with weights_tools");
    if (label.ends_with(".wts")) return true;
    if (label.ends_with(".safetensors") || start.empty()) return false;
    return !(start.size() == 9 && start[8] == '{') && start[0] >= '0' && start[0] <= '9';
}

}  // namespace detail

LAMINA_INLINE weights::weights() {
    auto made = std::make_shared<contents>();
    made->label = "no weights";
    contents_ = std::move(made);
}

LAMINA_INLINE weights weights::open(const std::string& path, const weights_options& options) {
    auto made = std::make_shared<contents>();
    made->label = path;
    made->file = mapped_file(path);
    const std::span<const std::byte> bytes = made->file.bytes();
    // The parser works on a copy, which cannot change meanwhile.
    std::vector<std::byte> front(std::min<std::size_t>(bytes.size(), 9));
    made->file.read(front, 0);
    const bool text = detail::is_weights_text(front, made->label);
    front.resize(text ? bytes.size() : detail::safetensors_front(front, bytes.size()));
    made->file.read(front, 0);
    return weights(std::move(made), bytes, front, text, options);
}

LAMINA_INLINE weights weights::from_bytes(
    std::span<const std::byte> bytes, std::string_view label, const weights_options& options) {
    auto made = std::make_shared<contents>();
    made->label = label;
    const bool text = detail::is_weights_text(bytes, made->label);
    return weights(std::move(made), bytes, bytes, text, options);
}

LAMINA_INLINE const weight_view* weights::find(std::string_view name) const {
    const auto at = contents_->by_name.find(name);
    return at == contents_->by_name.end() ? nullptr : &contents_->table.views[at->second];
}

LAMINA_INLINE std::span<const weight_view> weights::all() const { return contents_->table.views; }

LAMINA_INLINE const std::string& weights::label() const { return contents_->label; }

LAMINA_INLINE std::string weights::nearest(std::string_view name) const {
    std::string_view best;
    std::size_t least = name.size() / 2 + 1;
    for (const weight_view& tensor : all()) {
        const std::size_t edits = detail::edit_distance(name, tensor.name);
        if (edits < least) {
            least = edits;
            best = tensor.name;
        }
    }
    return std::string(best);
}

LAMINA_INLINE std::span<const std::byte> weights::read(
    std::span<const std::byte> some, file_room& room) const {
    const std::span<const std::byte> all = contents_->file ? contents_->file.bytes() : some;
    const bool is_inside = !std::less<>()(some.data(), all.data())
        && std::less<>()(some.data(), all.data() + all.size());
    if (!contents_->file || !is_inside) return some;  // in memory, such as a number of a plan
    if (room.size() < some.size()) room.resize(some.size());
    const std::span<std::byte> copy = std::span(room).first(some.size());
    contents_->file.read(
        copy, static_cast<std::size_t>(some.data() - contents_->file.bytes().data()));
    return copy;
}

LAMINA_INLINE weights::weights(std::shared_ptr<contents> made, std::span<const std::byte> bytes,
    std::span<const std::byte> front, bool text, const weights_options& options) {
    const std::string_view label = made->label;
    made->table
        = text ? detail::read_wts(front, label) : detail::read_safetensors(bytes, label, front);
    if (text) made->file = mapped_file();  // its numbers were copied
    bool has_prefix = options.prefix.empty();
    for (std::size_t i = 0; i < made->table.views.size(); ++i) {
        std::string_view& name = made->table.views[i].name;
        const std::string whole(name);
        name = without_prefix(name, options.prefix);
        has_prefix = has_prefix || name.size() < whole.size();
        if (!made->by_name.emplace(name, i).second)
            throw error(errc::option, options.prefix,
                made->label + ": without the prefix '" + options.prefix + "' two tensors are "
                    + "called '" + std::string(name)
                    + "'; leave the prefix out, or rename one when exporting");
    }
    if (!has_prefix)
        throw error(errc::option, options.prefix,
            made->label + ": no tensor begins with the prefix '" + options.prefix
                + "', the first is '"
                + std::string(made->table.views.empty() ? "" : made->table.views[0].name)
                + "'; correct or remove it");
    contents_ = std::move(made);
}

}  // namespace lamina
