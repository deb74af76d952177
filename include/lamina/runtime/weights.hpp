// SPDX-License-Identifier: Apache-2.0
// The weights of a network: opens and checks a file (or a blob linked into the program) and finds tensors by
// name without copying them. The engine folds and packs them.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamina/core/linkage.hpp>
#include <lamina/embed/blob.hpp>
#include <lamina/runtime/file_room.hpp>
#include <lamina/runtime/weight_view.hpp>

namespace lamina {

struct weights_options {
    /// Precedes every name in the file but not in the network: "module." of DataParallel, "model." of
    /// Lightning.
    std::string prefix = {};
};

/// Tensors by name. Copies are cheap and share the file; views stay valid while any copy lives.
class weights {
public:
    /// No tensors: for networks without weights.
    weights();

    /// Maps a .safetensors file or reads a tensorrtx .wts file; for other suffixes, the contents decide.
    /// With `.prefix = "module."` names are given without it: find("conv1.weight").
    /// If another program truncates the file meanwhile, engines report an error; direct access to the
    /// bytes of a view then raises SIGBUS, as with every mapped file.
    /// Errors  LAM-R01, LAM-R02, LAM-R22.
    /// Cost    safetensors: only the header is read; .wts: the whole text, about 400 MB/s.
    static weights open(const std::string& path, const weights_options& options = {});

    /// Reads bytes that outlive the result, such as an embedded blob; `label` names them in errors.
    /// Errors  LAM-R02, LAM-R22.
    static weights from_bytes(std::span<const std::byte> bytes, std::string_view label,
        const weights_options& options = {});

    /// Lets an engine take `lamina::embedded("resnet18")` as weights.
    weights(const blob& embedded)  // NOLINT(google-explicit-constructor)
        : weights(from_bytes(embedded.bytes, embedded.name)) {}

    /// Null if there is no such tensor; nearest() then gives a suggestion for the message.
    const weight_view* find(std::string_view name) const;

    /// Every tensor, in the order of the file's bytes.
    std::span<const weight_view> all() const;

    /// The name with the fewest single-letter edits; empty if none is at least half alike.
    std::string nearest(std::string_view name) const;

    /// Some of a tensor's bytes, in place, or copied to `room` if they are in a file. `room` only grows, so
    /// that it can be reused. Errors  LAM-R02 if the file has become shorter.
    std::span<const std::byte> read(std::span<const std::byte> some, file_room& room) const;

    /// The path or blob name, as in messages.
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
