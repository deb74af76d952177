// SPDX-License-Identifier: Apache-2.0
// op::nms on the CPU: greedy choice of boxes, the best one that is left again and again.
#pragma once
#include <lamina/reference/overlap.hpp>
#include <lamina/reference/row.hpp>
#include <lamina/reference/value.hpp>

#include <algorithm>
#include <cmath>

namespace lamina::reference_op {

/// One line of scores and its boxes.
class nms_line {
public:
    nms_line(const node& n, const operands& in, std::size_t image, std::size_t line)
        : n_(n), in_(in), image_(image), first_(line * static_cast<std::size_t>(in[1].dims.h)) {
        const std::size_t count = static_cast<std::size_t>(in[1].dims.h);
        for (std::size_t i = 0; i < count; ++i)
            scores_.push_back(static_cast<double>(in[1].values[first_ + i]));
    }

    /// Calls chosen(i, its score) for each box that is chosen.
    template <class Chosen> void choose(Chosen chosen) {
        const auto method = static_cast<nms_method>(n_.attr.kind);
        const auto threshold = static_cast<double>(n_.attr.scalars[0]);
        const auto least = static_cast<double>(n_.attr.scalars[1]);
        for (int k = 0; k < n_.dims.h; ++k) {
            std::size_t best = scores_.size();
            for (std::size_t i = 0; i < scores_.size(); ++i)
                if (scores_[i] > least && (best == scores_.size() || scores_[i] > scores_[best]))
                    best = i;
            if (best == scores_.size()) return;
            chosen(best, scores_[best]);
            for (std::size_t i = 0; i < scores_.size(); ++i) {
                if (!may_meet(i, best)) continue;
                const double o = overlap(i, best);
                if (method == nms_method::gaussian)
                    scores_[i] *= std::exp(-o * o / threshold);
                else if (o > threshold)
                    scores_[i] = method == nms_method::hard ? -INFINITY : scores_[i] * (1 - o);
            }
            scores_[best] = -INFINITY;
        }
    }
    /// As the choices so far left them.
    const std::vector<double>& scores() const { return scores_; }

    double overlap(std::size_t i, std::size_t j) const {
        return overlap_of(n_.attr.box, box(i), box(j));
    }
    bool may_meet(std::size_t i, std::size_t j) const {
        if (in_.inputs.size() < 3) return true;
        const std::size_t own = image_ * scores_.size();
        return in_[2].indices[own + i] == in_[2].indices[own + j];
    }
    box_numbers box(std::size_t i) const {
        box_numbers out;
        const auto width = static_cast<std::size_t>(in_[0].dims.h);
        for (std::size_t k = 0; k < width; ++k)
            out.at[k]
                = static_cast<double>(in_[0].values[(image_ * scores_.size() + i) * width + k]);
        return out;
    }
    std::size_t size() const { return scores_.size(); }
    std::size_t first() const { return first_; }
    /// Where the boxes' numbers begin.
    std::size_t first_box() const {
        return image_ * scores_.size() * static_cast<std::size_t>(in_[0].dims.h);
    }

private:
    const node& n_;
    const operands& in_;
    std::size_t image_, first_;
    std::vector<double> scores_;
};

template <class Visit> void for_each_nms_line(const node& n, const operands& in, Visit visit) {
    const auto lines = static_cast<std::size_t>(n.dims.c);
    for (std::size_t line = 0; line < lines * static_cast<std::size_t>(n.dims.n); ++line)
        visit(nms_line(n, in, line / lines, line), line);
}

inline void nms(const node& n, const operands& in, outputs out) {
    const auto most = static_cast<std::size_t>(n.dims.h);
    std::fill(out[1].indices.begin(), out[1].indices.end(), -1);
    for_each_nms_line(n, in, [&](nms_line boxes, std::size_t line) {
        std::size_t count = 0;
        boxes.choose([&](std::size_t i, double score) {
            out[0].values[line * most + count] = static_cast<float>(score);
            out[1].indices[line * most + count] = static_cast<std::int32_t>(i);
            ++count;
        });
        out[2].indices[line] = static_cast<std::int32_t>(count);
    });
}

/// Whether roundings may change a choice of a line: two scores, a score and the least one, or an overlap and
/// the threshold are nearer to each other than their errors.
class nms_certainty {
public:
    nms_certainty(const node& n, const operands& in, const nms_line& boxes) : n_(n) {
        const auto width = static_cast<std::size_t>(in[0].dims.h);
        double of_boxes = 0, largest = 0, smallest = INFINITY;
        for (std::size_t i = 0; i < boxes.size(); ++i) {
            const box_numbers b = boxes.box(i);
            const bool has_corners = n.attr.box == box_form::corners;
            for (int k = 0; k < 2; ++k)
                smallest = std::fmin(
                    smallest, std::fabs(has_corners ? b.at[k + 2] - b.at[k] : b.at[k + 2]));
            for (std::size_t k = 0; k < width; ++k) {
                of_boxes = std::fmax(
                    of_boxes, static_cast<double>(in[0].spread[boxes.first_box() + i * width + k]));
                largest = std::fmax(largest, size_of(b.at[k]));
            }
            of_scores_
                = std::fmax(of_scores_, static_cast<double>(in[1].spread[boxes.first() + i]));
            if (in.inputs.size() > 2 && std::isinf(in[2].spread[boxes.first_box() / width + i]))
                is_known_ = false;
        }
        // About as far as the overlap of the smallest box moves.
        of_overlap_ = 8 * (of_boxes + 4 * float_unit * largest) / std::fmax(smallest, 1e-30)
            + 16 * float_unit;
        if (!std::isfinite(of_scores_) || !std::isfinite(of_overlap_)) is_known_ = false;
    }

    /// Before `best` is chosen; as many as there are scores: at the end.
    void see(const nms_line& boxes, std::size_t best) {
        const auto method = static_cast<nms_method>(n_.attr.kind);
        const auto threshold = static_cast<double>(n_.attr.scalars[0]);
        const auto least = static_cast<double>(n_.attr.scalars[1]);
        const double reach = allowed_spreads * 2 * of_score();
        for (std::size_t i = 0; i < boxes.size() && is_known_; ++i) {
            const double score = boxes.scores()[i];
            if (!std::isfinite(score) || i == best) continue;
            if (reach > 0 && std::fabs(score - least) <= reach) is_known_ = false;
            if (best >= boxes.size()) continue;
            if (score > least && reach > 0 && boxes.scores()[best] - score <= reach)
                is_known_ = false;
            if (method != nms_method::gaussian && score > least && boxes.may_meet(i, best)
                && std::fabs(boxes.overlap(i, best) - threshold) <= allowed_spreads * of_overlap_)
                is_known_ = false;
        }
        ++chosen_;
    }
    bool is_known() const { return is_known_; }
    /// The spread of a score after the choices so far.
    double of_score() const {
        const bool decays = static_cast<nms_method>(n_.attr.kind) != nms_method::hard;
        return of_scores_ + (decays ? chosen_ * 2 * of_overlap_ : 0);
    }

private:
    const node& n_;
    double of_scores_ = 0, of_overlap_ = 0;
    int chosen_ = 0;
    bool is_known_ = true;
};

inline void nms_spread(const node& n, const operands& in, const arithmetic& by, outputs out) {
    const auto most = static_cast<std::size_t>(n.dims.h);
    for_each_nms_line(n, in, [&](nms_line boxes, std::size_t line) {
        nms_certainty sure(n, in, boxes);
        std::vector<double> spreads;
        boxes.choose([&](std::size_t best, double score) {
            sure.see(boxes, best);
            spreads.push_back(root_of_squares(sure.of_score(), by.stored(size_of(score))));
        });
        sure.see(boxes, boxes.size());
        spreads.resize(most);
        for (std::size_t k = 0; k < most; ++k) {
            out[0].spread[line * most + k] = sure.is_known() ? kept_spread(spreads[k]) : unknown;
            if (!sure.is_known()) out[1].spread[line * most + k] = unknown;
        }
        if (!sure.is_known()) out[2].spread[line] = unknown;
    });
}

inline constexpr reference_row nms_row{op::nms, nms, nms_spread};

}  // namespace lamina::reference_op
