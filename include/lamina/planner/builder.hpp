// SPDX-License-Identifier: Apache-2.0
// How a kernel family turns a step into a launch. In layers: launch_arguments (constants, numbers,
// buffers), launch_indexing (addresses), launch_epilogue, and here the tactics and the finished launch.
#pragma once
#include <lamina/graph/walk.hpp>
#include <lamina/planner/launch_epilogue.hpp>

#include <utility>

namespace lamina::planner {

struct launch_builder : launch_epilogue {
    using launch_epilogue::launch_epilogue;

    dynamic_array<int> tactics;
    ability needs
        = ability::none;  ///< the family's (family_row::needs), so that its tactics have it

    /// A way to tile this kernel; the first added is the default.
    constexpr void tactic_of(tactic wanted) {
        if (wanted.needs == ability::none) wanted.needs = needs;
        const int count = static_cast<int>(m.tactics.size());
        const tactic* const known = m.tactics.data();
        for (int i = 0; i < count; ++i)
            if (known[i].tile[0] == wanted.tile[0] && known[i] == wanted) {
                tactics.push_back(i);
                return;
            }
        tactics.push_back(count);
        m.tactics.push_back(wanted);
    }

    /// Puts the tactics that were added behind the first `others` before those.
    constexpr void put_first(std::size_t others) {
        dynamic_array<int> order(tactics.begin() + others, tactics.end());
        order.append(tactics.begin(), tactics.begin() + others);
        tactics.swap(order);
    }

    /// One work-item per element or vector; groups as wide as the first extent fills, up to 64
    /// work-items on a CPU and 256 on a GPU. Set out.extents first.
    constexpr void element_tactics() {
        const int total = target.is_cpu() ? 64 : 256;
        int wide = 1;
        while (wide < total && wide < out.extents[0]) wide *= 2;
        int high = 1;
        while (wide * high < total && high < out.extents[1]) high *= 2;
        // ELEMENT does not look at a third dimension of less than three axes: work-items along it would
        // compute an element again, and kernels that work in their output at the same time.
        const int left = out.extents[2] == 1 ? 1 : total / (wide * high);
        // NVIDIA's devices take at most 64 work-items along the third axis.
        const int deep = left < 64 ? left : 64;
        tactic t;
        t.label.append("group").append(wide).append('x').append(high).append('x').append(deep);
        t.tile[0] = t.local[0] = wide;
        t.tile[1] = t.local[1] = high;
        t.tile[2] = t.local[2] = deep;
        tactic_of(t);
    }

    /// One work-item per work-group, for those that have much to do.
    constexpr void line_tactic() {
        tactic t;
        t.label.append("line");
        tactic_of(t);
    }

    /// Names the family, shares the program with equal launches and appends the launch to the module.
    constexpr void finish(const char* family, const char* source = nullptr) {
        const std::uint64_t hash = defines.hash ^ hash_of(family);
        const int count = static_cast<int>(m.kernels.size());
        const kernel* const known = m.kernels.data();
        for (int i = 0; i < count && out.kernel < 0; ++i) {
            if (known[i].hash != hash) continue;
            const kernel& other = known[i];
            if (std::string_view(other.family) == family && other.tactics == tactics
                && std::string_view(other.source ? other.source : "") == (source ? source : ""))
                out.kernel = i;
        }
        if (out.kernel < 0) {
            out.kernel = count;
            m.kernels.push_back({family, define_parts(defines), hash, source, tactics});
        }
        out.tactic = tactics[0];
        m.launches.push_back(std::move(out));
    }
};

}  // namespace lamina::planner
