// SPDX-License-Identifier: Apache-2.0
// A saved plan in a file, of which the first part is read and the weights are copied piece by piece, or in
// memory. Nothing is mapped, so that a file that changes meanwhile is an error.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <lamina/core/error.hpp>
#include <lamina/plan/plan_file.hpp>
#include <lamina/plan/read.hpp>
#include <lamina/runtime/check_signature.hpp>
#include <lamina/runtime/file.hpp>
#include <lamina/runtime/file_room.hpp>

namespace lamina::detail {

class plan_source {
public:
    /// Errors  LAM-R01, LAM-R10.
    explicit plan_source(const std::string& path) : label_(path), file_(std::in_place, path) {
        const std::uint64_t size = file_->size();
        const std::size_t last
            = static_cast<std::size_t>(std::min<std::uint64_t>(size, plan_frame_bytes));
        frame_ = frame_of(file_->read(size - last, last), size, label_);
        if (frame_.end.segment_offset > plan_view::most_bytes)
            throw error(errc::plan_damaged, label_,
                label_ + " has " + std::to_string(frame_.end.plan_bytes)
                    + " bytes of plan, at most " + std::to_string(plan_view::most_bytes)
                    + " are expected; copy or save it again");
        read_ = file_->read(0, static_cast<std::size_t>(frame_.end.segment_offset));
        front_ = read_;
        check_front(front_, frame_.end, label_);
    }

    /// Errors  LAM-R10.
    plan_source(std::span<const std::byte> bytes, const std::string& label)
        : label_(label), bytes_(bytes),
          frame_(
              frame_of(bytes.last(std::min(bytes.size(), plan_frame_bytes)), bytes.size(), label)),
          front_(bytes.first(static_cast<std::size_t>(frame_.end.segment_offset))) {
        check_front(front_, frame_.end, label_);
    }
    plan_source(const plan_source&) = delete;
    plan_source& operator=(const plan_source&) = delete;

    const std::string& label() const { return label_; }
    std::span<const std::byte> plan() const {
        return front_.first(static_cast<std::size_t>(frame_.end.plan_bytes));
    }
    std::size_t segment_bytes() const { return static_cast<std::size_t>(frame_.end.segment_bytes); }

    /// A piece of the segment, in place or read into `room`. Threads may call it at the same time.
    /// Errors  LAM-R02 if the file has become shorter.
    std::span<const std::byte> piece(std::size_t i, file_room& room) const {
        const std::size_t at = i * segment_piece;
        const std::size_t size = std::min(segment_piece, segment_bytes() - at);
        const std::uint64_t begin = frame_.end.segment_offset + at;
        if (!file_) return bytes_.subspan(static_cast<std::size_t>(begin), size);
        if (room.size() < size) room.resize(size);
        const std::span<std::byte> copy = std::span(room).first(size);
        file_->read(copy, begin);
        return copy;
    }

    /// From now on the segment's digest must be the signed one.
    /// Errors  LAM-R25 unless one of the keys signed it.
    void require_signature(std::span<const plan_key> keys) {
        check_signature(frame_, front_, keys, label_);
        checked_ = true;
    }
    /// The digest that the segment must have; null if no signature is required.
    const unsigned char* segment_digest() const {
        return checked_ ? frame_.signature.segment_digest : nullptr;
    }

private:
    std::string label_;
    std::optional<opened_file> file_;
    std::span<const std::byte> bytes_;  ///< all, where there is no file
    plan_frame frame_;
    std::vector<std::byte> read_;
    std::span<const std::byte> front_;  ///< up to the segment
    bool checked_ = false;
};

}  // namespace lamina::detail
