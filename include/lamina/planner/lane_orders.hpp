// SPDX-License-Identifier: Apache-2.0
// Slices and shuffles of blocked channels as orders of lanes (lane_order): what a view of a view is.
#pragma once
#include <lamina/planner/stage_data.hpp>

namespace lamina::planner {

/// The view with its first channel `lanes` further on, in another order.
constexpr view moved_lanes(const view& whole, int lanes, const lane_order& order, int channels) {
    view part = whole;
    const int first = whole.shift + lanes;
    part.offset += std::int64_t{first / whole.lay.block} * whole.lay.stride[1];
    part.shift = first % whole.lay.block;
    part.lanes = channels == 1 ? lane_order{} : order;
    part.dims.at(1) = channels;
    return part;
}

/// Every step-th of a blocked view's channels from `start` on. False if no order of lanes says where
/// they lie.
constexpr bool slice_lanes(const view& whole, int start, int count, int step, view& part) {
    const lane_order& of = whole.lanes;
    const int last = start + (count - 1) * step, block = whole.lay.block;
    lane_order order{1, of.outer * step, 0};
    if (of.extent == 1) {
    } else if (start / of.extent == last / of.extent) {
        order = {1, of.inner * step, 0};
    } else if (step % of.extent == 0) {
        order = {1, of.outer * (step / of.extent), 0};
    } else if (of.extent % step == 0 && start % of.extent < step
        && count % (of.extent / step) == 0) {
        order = {of.extent / step, of.outer, of.inner * step};
    } else {
        return false;
    }
    part = moved_lanes(whole, of.of(start), order, count);
    // An input of a concat with gaps owns the lanes up to the next one.
    const bool fills_gap = of.inner == 1 && of.outer > of.extent && of.outer % block == 0
        && start % of.extent == 0 && count == of.extent && !part.shift;
    part.clean = part.lanes.is_plain()
        && (fills_gap || (part.shift + count) % block == 0
            || (whole.clean && of.is_plain() && start + count == whole.dims.c));
    return true;
}

/// Channels of `groups` groups interleaved: channel i of group j becomes channel i * groups + j.
constexpr bool shuffle_lanes(const view& whole, int groups, view& shuffled) {
    const lane_order& of = whole.lanes;
    const int width = whole.dims.c / groups;
    shuffled = whole;
    shuffled.clean = false;
    if (of.extent == 1)
        shuffled.lanes = {groups, of.outer, of.outer * width};
    else if (of.extent == width)
        shuffled.lanes = {groups, of.inner, of.outer};
    else
        return false;
    return true;
}

/// Elements from a blocked view's first block to its last channel.
constexpr int last_lane(const view& v) {
    if (v.lanes.is_plain()) return v.shift + v.dims.c - 1;
    int last = 0;
    for (int i = 0; i < v.dims.c; ++i) last = v.lanes.of(i) > last ? v.lanes.of(i) : last;
    return v.shift + last;
}

}  // namespace lamina::planner
