// SPDX-License-Identifier: Apache-2.0
// What the families of recurrent layers have in common: their buffers, what they are called with, the
// addresses of inputs and outputs.
#pragma once
#include <lamina/kernels/text_names.hpp>

#include <string_view>

namespace lamina::kernels {

//   DIRECTIONS 1|2  the second one's products with the input are in `back`; BACKWARD: bit d of it is set
//                where direction d begins at the last step
//   CELL         RNN_TANH, RNN_RELU, LSTM, GRU or GRU_RESET (recurrent_kind), of GATES gates
//   STEPS, ROWS  of the sequence and of the batch; UNITS; OUTS of them behind PROJECTS 0|1
//   PHASES 1|2   products in a row that a step takes: the second is the projection, or GRU_RESET's
//   GATE_F, GATE_G, GATE_H, each of (v)  functions other than the usual ones, all three or none of them
//   CLIPPED(v)   what GATE_F and GATE_G get, within its bounds; COUPLES: an LSTM's forget gate is 1 - i
//   BIAS, PEEPHOLES, BEGINS_H, BEGINS_C, LENGTHS, GIVES_H, GIVES_C 0|1  optional buffers
//   A row of the batch that LENGTHS has ended keeps its states and gives zeros; a direction that begins at
//   the last step begins at the row's own. What padding holds never gets further than its own step.
//   X_T, X_B and Y_T, Y_B  strides of a step and of a row of the batch; X_R, XB_R: of rows of x and back,
//                in which X_T and X_B count; HB_R, CB_R of h_begin's and c_begin's rows; HE_D, HE_B, CE_D,
//                CE_B of h_end's and c_end's directions and rows
//   state        floats: h of the last step and of the next, then (MEMORY 1) c of an LSTM, z of GRU_RESET,
//                then (PHASES 2) what the second product takes
inline constexpr std::string_view recurrent_arguments = R"CLC(
#if DIRECTIONS > 1
#define BACK_ARG , IN(back)
#define BACK_OPEN OPEN(back);
#else
#define BACK_ARG
#define BACK_OPEN
#define back x
#define XB_R X_R
#endif
#if PROJECTS
#define PROJECTION_ARG , WEIGHTS(projection)
#define PROJECTION_OPEN OPEN(projection);
#else
#define PROJECTION_ARG
#define PROJECTION_OPEN
#endif
#if PEEPHOLES
#define PEEP_ARG , VECTOR(peepholes)
#define PEEP_OPEN OPEN(peepholes);
#else
#define PEEP_ARG
#define PEEP_OPEN
#endif
#if LENGTHS
#define LENGTHS_ARG , INDICES(lengths)
#define LENGTHS_OPEN OPEN(lengths);
#else
#define LENGTHS_ARG
#define LENGTHS_OPEN
#endif
#if BEGINS_H
#define H_ARG , IN(h_begin)
#define H_OPEN OPEN(h_begin);
#else
#define H_ARG
#define H_OPEN
#endif
#if BEGINS_C
#define C_ARG , IN(c_begin)
#define C_OPEN OPEN(c_begin);
#else
#define C_ARG
#define C_OPEN
#endif
#if GIVES_H
#define H_OUT , OUT(h_end)
#define H_OUT_OPEN OPEN(h_end);
#else
#define H_OUT
#define H_OUT_OPEN
#endif
#if GIVES_C
#define C_OUT , OUT(c_end)
#define C_OUT_OPEN OPEN(c_end);
#else
#define C_OUT
#define C_OUT_OPEN
#endif
#if MEETS
#define TURN_ARG , SHARED_INTS(turn)
#define TURN_OPEN OPEN(turn);
#else
#define TURN_ARG
#define TURN_OPEN
#endif
#define ARGS                                                                           \
    IN(x) BACK_ARG, WEIGHTS(w) BIAS_ARG(bias) PROJECTION_ARG PEEP_ARG H_ARG C_ARG LENGTHS_ARG, \
        OUT(y) H_OUT C_OUT, SHARED_FLOATS(state) TURN_ARG
#define RECURRENT_OPEN                                                              \
    OPEN(x); BACK_OPEN OPEN(w); BIAS_OPEN(bias) PROJECTION_OPEN PEEP_OPEN H_OPEN C_OPEN \
        LENGTHS_OPEN OPEN(y); H_OUT_OPEN C_OUT_OPEN OPEN(state); TURN_OPEN
)CLC"sv;

// OPENED, LET_IN  a gate, and what it lets in, of their sums
// TAKE_ROW(r)  declares which step a row of the batch is at, `at_step`
// ROW_KEPT, ROW_GIVEN  the new value; behind the row's end the last one, and zero
inline constexpr std::string_view recurrent_cells = R"CLC(
#define RNN_TANH 0
#define RNN_RELU 1
#define LSTM 2
#define GRU 3
#define GRU_RESET 4
#define MEMORY (CELL == LSTM || CELL == GRU_RESET)
#ifdef GATE_F
#define OWN_FUNCTIONS 1
#else
#define OWN_FUNCTIONS 0
#define GATE_G f_tanh
#define GATE_H f_tanh
#if CELL == RNN_TANH
#define GATE_F f_tanh
#elif CELL == RNN_RELU
#define GATE_F f_relu
#else
#define GATE_F f_sigmoid
#endif
#endif
#ifndef CLIPPED
#define CLIPPED(v) (v)
#endif
#define OPENED(v) GATE_F(CLIPPED(v))
#define LET_IN(v) GATE_G(CLIPPED(v))
#ifdef COUPLES
#define FORGET(in, v) (1.0f - (in))
#else
#define FORGET(in, v) OPENED(v)
#endif
#if LENGTHS
#define TAKE_ROW(r)                                                    \
    const int length = clamp(lengths[row + (r)], 0, STEPS);            \
    const bool is_on = step < length;                                  \
    const int at_step = is_on && BACKWARD >> d & 1 ? length - 1 - step : step; \
    (void)time;
#define ROW_KEPT(fresh, last) (is_on ? (fresh) : (last))
#define ROW_GIVEN(v, zero) (is_on ? (v) : (zero))
#else
#define TAKE_ROW(r) const int at_step = time;
#define ROW_KEPT(fresh, last) (fresh)
#define ROW_GIVEN(v, zero) (v)
#endif
)CLC"sv;

inline constexpr text_names recurrent_argument_names{"",
    "BACK_ARG BACK_OPEN back XB_R PROJECTION_ARG PROJECTION_OPEN H_ARG H_OPEN C_ARG C_OPEN H_OUT "
    "H_OUT_OPEN C_OUT C_OUT_OPEN TURN_ARG TURN_OPEN RECURRENT_OPEN RNN_TANH RNN_RELU LSTM GRU "
    "GRU_RESET MEMORY PEEP_ARG PEEP_OPEN LENGTHS_ARG LENGTHS_OPEN TAKE_ROW ROW_KEPT ROW_GIVEN OWN_FUNCTIONS "
    "GATE_F GATE_G GATE_H CLIPPED OPENED LET_IN FORGET"};

inline constexpr std::string_view recurrent_reach = R"CLC(
REQUIRE(STEPS >= 1 && ROWS >= 1 && UNITS >= 1 && OUTS >= 1 && GATES >= 1);
EACH(t, 0, STEPS) EACH(row, 0, ROWS) {
    READ(x, (t * X_T + row * X_B) * X_R, GATES * UNITS);
    READ(back, (t * X_T + row * X_B) * XB_R, GATES * UNITS);
    EACH(d, 0, DIRECTIONS) WRITE(y, t * Y_T + row * Y_B + d * OUTS, OUTS);
}
#if LENGTHS
READ(lengths, 0, ROWS);
#endif
EACH(d, 0, DIRECTIONS) EACH(row, 0, ROWS) {
#if BEGINS_H
    READ(h_begin, (d * ROWS + row) * HB_R, OUTS);
#endif
#if BEGINS_C
    READ(c_begin, (d * ROWS + row) * CB_R, UNITS);
#endif
#if GIVES_H
    WRITE(h_end, d * HE_D + row * HE_B, OUTS);
#endif
#if GIVES_C
    WRITE(c_end, d * CE_D + row * CE_B, UNITS);
#endif
}
)CLC"sv;

}  // namespace lamina::kernels
