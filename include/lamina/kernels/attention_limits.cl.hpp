// SPDX-License-Identifier: Apache-2.0
// Which keys a query sees, for the attention families: a part of their texts.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

//   POSITION, UNTIL 0|1   buffers: the first query's place from[FROM_AT]; until[UNTIL_AT] keys are seen
//   RIGHT, LEFT           keys behind and before a query's place that are seen, where RIGHTS, LEFTS are 1
//   OWN_QUERIES           the rows are this many queries again and again; PLACE_OF(row) is a row's among
//                         them. GROUPED 1: more than once
// TAKE_LIMITS declares `start` and `finish`, of all queries; BEGIN_OF and END_OF are a row's keys.
inline constexpr std::string_view attention_limits_text = R"CLC(
#if POSITION
#define FROM_ARG , INDICES(from)
#define FROM_OPEN OPEN(from);
#define START_ clamp(from[FROM_AT], 0, LENGTH)
#else
#define FROM_ARG
#define FROM_OPEN
#define START_ 0
#endif
#if UNTIL
#define UNTIL_ARG , INDICES(until)
#define UNTIL_OPEN OPEN(until);
#define FINISH_ clamp(until[UNTIL_AT], 0, LENGTH)
#else
#define UNTIL_ARG
#define UNTIL_OPEN
#define FINISH_ LENGTH
#endif
#define TAKE_LIMITS const int start = START_, finish = FINISH_; (void)start; (void)finish;
#if GROUPED
#define PLACE_OF(row) ((row) % OWN_QUERIES)
#else
#define PLACE_OF(row) (row)
#endif
#if LEFTS
#define BEGIN_OF(place) max(0, start + (place) - LEFT)
#else
#define BEGIN_OF(place) 0
#endif
#if RIGHTS
#define END_OF(place) min(finish, start + (place) + RIGHT + 1)
#else
#define END_OF(place) finish
#endif
)CLC"sv;

inline constexpr text_names attention_limits_names{"",
    "FROM_ARG FROM_OPEN START_ UNTIL_ARG UNTIL_OPEN FINISH_ TAKE_LIMITS PLACE_OF BEGIN_OF END_OF"};

// The arguments, and READ_LIMITS, behind what declares i0.
inline constexpr std::string_view attention_limits_reach = R"CLC(
#if POSITION
#define FROM_ARG , INDICES(from)
#define READ_FROM READ(from, FROM_AT, 1);
#else
#define FROM_ARG
#define READ_FROM
#endif
#if UNTIL
#define UNTIL_ARG , INDICES(until)
#define READ_LIMITS READ_FROM READ(until, UNTIL_AT, 1);
#else
#define UNTIL_ARG
#define READ_LIMITS READ_FROM
#endif
)CLC"sv;

}  // namespace lamina::kernels
