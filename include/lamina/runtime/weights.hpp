// SPDX-License-Identifier: Apache-2.0
// The trained numbers of a network: opened, checked, found by name; the bytes stay where they are.
// Between a file (or a blob linked into the program) and the engine, which folds and packs them.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/linkage.hpp>
#include <lamina/embed/blob.hpp>
#include <lamina/runtime/weight_view.hpp>

namespace lamina {

struct weights_options {
    /// Stands before every name in the file and not in the network: "module." of DataParallel,
    /// "model." of Lightning.
    std::string prefix = {};
};

/// Tensors by name. Copies are cheap and share the file; views stay valid while any copy lives.
class weights {
public:
    /// No tensors: for networks without weights.
    weights();

    /// Maps a .safetensors file or reads a tensorrtx .wts file; another suffix is told by contents.
    /// With `.prefix = "module."` names are told without it: find("conv1.weight").
    /// A file that another program cuts short while it is used is an error of engines; only who
    /// reads the bytes of a view himself then gets SIGBUS, as with every mapped file.
    /// Errors  LAM-R01, LAM-R02, LAM-R22.
    /// Cost    of safetensors the header alone; of .wts the whole text, some 400 MB/s.
    static weights open(const std::string& path, const weights_options& options = {});

    /// Reads bytes that outlive the result, such as an embedded blob; `label` names them in errors.
    /// Errors  LAM-R02, LAM-R22.
    static weights from_bytes(std::span<const std::byte> bytes, std::string_view label,
        const weights_options& options = {});

    /// So that an engine takes `lamina::embedded("resnet18")` where it takes weights.
    weights(const blob& embedded)  // NOLINT(google-explicit-constructor)
        : weights(from_bytes(embedded.bytes, embedded.name)) {}

    /// Null when there is no such tensor; nearest() helps with the sentence then.
    const weight_view* find(std::string_view name) const;

    /// Every tensor, in the order of the file's bytes.
    std::span<const weight_view> all() const;

    /// The name with the fewest single-letter edits; empty when none is at least half alike.
    std::string nearest(std::string_view name) const;

    /// Some of a tensor's bytes, where they are, or copied to `room` when they lie in a file. The room
    /// only grows, so that it may serve for many.
    /// Errors  LAM-R02 when the file has become shorter.
    std::span<const std::byte> read(
        std::span<const std::byte> some, std::vector<std::byte>& room) const;

    /// The path or blob name, as error sentences say it.
    const std::string& label() const;

private:
    struct contents;
    std::shared_ptr<const contents> contents_;

    /// `front` holds what is parsed: the whole text, or the bytes up to the first tensor.
    weights(std::shared_ptr<contents> made, std::span<const std::byte> bytes,
        std::span<const std::byte> front, bool text, const weights_options& options);
};

}  // namespace lamina

#ifndef LAMINA_COMPILED
#include <lamina/runtime/weights.impl.hpp>
#endif
