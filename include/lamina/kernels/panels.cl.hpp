// SPDX-License-Identifier: Apache-2.0
// Shared by products on the `cpu` class: how the rows and panels of columns are divided among the work-items
// of a launch, and how a tile of rows ends.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

// OWN_SHARE(all)   of `all` rows and PANELS panels: `high` rows, full tiles of TR, and `wide` panels
// STORE_COLUMNS(v, row, column)   16 columns of a row after their epilogue; TAIL: how many of the last block there are
inline constexpr std::string_view panels_text = R"CLC(
#define OWN_SHARE(all)                                                             \
    const int row_items = get_num_groups(0), panel_items = get_num_groups(1);      \
    const int high = ((all + row_items - 1) / row_items + TR - 1) / TR * TR;       \
    const int wide = (PANELS + panel_items - 1) / panel_items;
#define STORE_COLUMNS(v, row, column)                     \
    {                                                     \
        EPILOGUE(v, (row), column)                        \
        const int to = (row) * YS_R + (column);           \
        if (TAIL > 0 && (column) + 16 > COLUMNS) {        \
            float lanes[16];                              \
            vstore16(v, 0, lanes);                        \
            for (int i = 0; i < TAIL; ++i)                \
                STORE1(y, to + i, lanes[i]);              \
        } else {                                          \
            STOREV(y, to, v);                             \
        }                                                 \
    }
)CLC"sv;

inline constexpr text_names panels_names{"", "OWN_SHARE STORE_COLUMNS"};

// The addresses of STORE_COLUMNS for all columns of a row.
//   STORED_COLUMNS(row)
inline constexpr std::string_view panels_reach = R"CLC(
#define STORED_COLUMNS(row)                                          \
    EACH(block, 0, (COLUMNS + 15) / 16) APART(block) {               \
        const int column = block * 16;                               \
        float v = 0;                                                 \
        EPILOGUE(v, row, column)                                     \
        WRITE(y, row * YS_R + column, min(16, COLUMNS - column));    \
    }
)CLC"sv;

}  // namespace lamina::kernels
