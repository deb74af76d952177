// SPDX-License-Identifier: Apache-2.0
// The trained numbers of a network: opened, checked, found by name; the bytes stay where they are.
// Between a file (or a blob linked into the program) and the engine, which folds and packs them.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <lamina/core/pattern.hpp>
#include <lamina/embed/blob.hpp>
#include <lamina/runtime/mapped_file.hpp>
#include <lamina/runtime/safetensors.hpp>
#include <lamina/runtime/weight_view.hpp>
#include <lamina/runtime/wts.hpp>

namespace lamina {

struct weights_options {
    /// Stands before every name in the file and not in the network: "module." of DataParallel,
    /// "model." of Lightning.
    std::string prefix = {};
};

namespace detail {

/// Single-letter edits (insert, drop, replace) between two names.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace detail

/// Tensors by name. Copies are cheap and share the file; views stay valid while any copy lives.
class weights {
public:
    /// No tensors: for networks without weights.
    weights() {
        auto made = std::make_shared<contents>();
        made->label = "no weights";
        contents_ = std::move(made);
    }

    /// Maps a .safetensors file or reads a tensorrtx .wts file; another suffix is told by contents.
    /// With `.prefix = "module."` names are told without it: find("conv1.weight").
    /// A file that another program cuts short while it is used is an error of engines; only who
    /// reads the bytes of a view himself then gets SIGBUS, as with every mapped file.
    /// Errors  LAM-R01, LAM-R02, LAM-R22.
    /// Cost    of safetensors the header alone; of .wts the whole text, some 400 MB/s.
    static weights open(const std::string& path, const weights_options& options = {}) {
        auto made = std::make_shared<contents>();
        made->label = path;
        made->file = mapped_file(path);
        const std::span<const std::byte> bytes = made->file.bytes();
        // What is parsed is a copy, which nothing changes meanwhile.
        std::vector<std::byte> front(std::min<std::size_t>(bytes.size(), 9));
        made->file.read(front, 0);
        const bool text = is_text(front, made->label);
        front.resize(text ? bytes.size() : detail::safetensors_front(front, bytes.size()));
        made->file.read(front, 0);
        return weights(std::move(made), bytes, front, text, options);
    }

    /// Reads bytes that outlive the result, such as an embedded blob; `label` names them in errors.
    /// Errors  LAM-R02, LAM-R22.
    static weights from_bytes(std::span<const std::byte> bytes, std::string_view label,
        const weights_options& options = {}) {
        auto made = std::make_shared<contents>();
        made->label = label;
        const bool text = is_text(bytes, made->label);
        return weights(std::move(made), bytes, bytes, text, options);
    }

    /// So that an engine takes `lamina::embedded("resnet18")` where it takes weights.
    weights(const blob& embedded)  // NOLINT(google-explicit-constructor)
        : weights(from_bytes(embedded.bytes, embedded.name)) {}

    /// Null when there is no such tensor; nearest() helps with the sentence then.
    const weight_view* find(std::string_view name) const {
        const auto at = contents_->by_name.find(name);
        return at == contents_->by_name.end() ? nullptr : &contents_->table.views[at->second];
    }

    /// Every tensor, in the order of the file's bytes.
    std::span<const weight_view> all() const { return contents_->table.views; }

    /// The name with the fewest single-letter edits; empty when none is at least half alike.
    std::string nearest(std::string_view name) const {
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

    /// Some of a tensor's bytes, where they are, or copied to `room` when they lie in a file. The room
    /// only grows, so that it may serve for many.
    /// Errors  LAM-R02 when the file has become shorter.
    std::span<const std::byte> read(
        std::span<const std::byte> some, std::vector<std::byte>& room) const {
        if (!contents_->file) return some;
        if (room.size() < some.size()) room.resize(some.size());
        const std::span<std::byte> copy = std::span(room).first(some.size());
        contents_->file.read(
            copy, static_cast<std::size_t>(some.data() - contents_->file.bytes().data()));
        return copy;
    }

    /// The path or blob name, as error sentences say it.
    const std::string& label() const { return contents_->label; }

private:
    struct contents {
        std::string label;
        mapped_file file;
        detail::weight_table table;
        std::unordered_map<std::string_view, std::size_t> by_name;
    };
    std::shared_ptr<const contents> contents_;

    /// `front` holds what is parsed: the whole text, or the bytes up to the first tensor.
    weights(std::shared_ptr<contents> made, std::span<const std::byte> bytes,
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

    /// The suffix decides where it is one of ours, else the first bytes: safetensors has '{' behind
    /// its length, .wts begins with a digit. A PyTorch checkpoint gets a sentence of its own.
    static bool is_text(std::span<const std::byte> bytes, std::string_view label) {
        const std::string_view start(
            reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 9));
        if (start.starts_with("PK\3\4") || start.starts_with("\x80\2"))
            throw error(errc::file_damaged, std::string(label),
                std::string(label)
                    + ": this is a PyTorch checkpoint (a pickle), safetensors "
                      "or .wts is expected; convert it with weights_tools");
        if (label.ends_with(".wts")) return true;
        if (label.ends_with(".safetensors") || start.empty()) return false;
        return !(start.size() == 9 && start[8] == '{') && start[0] >= '0' && start[0] <= '9';
    }
};

}  // namespace lamina
