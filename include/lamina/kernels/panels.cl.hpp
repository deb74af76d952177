// SPDX-License-Identifier: Apache-2.0
// Shared by products on the `cpu` class: how the rows and panels of columns are divided among the work-items
// of a launch.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// OWN_SHARE(all)   of `all` rows and PANELS panels: `high` rows, full tiles of TR, and `wide` panels
inline constexpr std::string_view panels_text = R"CLC(
#define OWN_SHARE(all)                                                             \
    const int row_items = get_num_groups(0), panel_items = get_num_groups(1);      \
    const int high = ((all + row_items - 1) / row_items + TR - 1) / TR * TR;       \
    const int wide = (PANELS + panel_items - 1) / panel_items;
)CLC"sv;

inline constexpr text_names panels_names{"", "OWN_SHARE"};

}  // namespace lamina::kernels
