// SPDX-License-Identifier: Apache-2.0
// Changes a state of the context in place: a cache takes new rows, a counter its next number.
#pragma once
#include <lamina/graph/apply.hpp>

namespace lamina {

struct update_options {
    whole axis = -2;  ///< rows lie along it
    tensor position
        = {};  ///< i32: index along axis of the first row; none: rows are the whole state
};

/// The state with other rows: `k = update(k, rows, {.axis = 2, .position = at})` puts them at the indices
/// at, at + 1, ... of the axis; `h = update(h, next)` replaces all of it. The context's own memory
/// changes and nothing is copied besides the rows. What the call returns is the state from then on: a line
/// after it that reads the old tensor does not compile; lines before it have read the old values.
///
/// Shapes   rows as the state, but for axis with at most its extent. position: one number, or [N] with one
///          for each index of axis 0. Returns the state's shape.
/// Units    an i32 input `position` is checked by context::set_input (LAM-R26); rows whose index a device
///          finds outside of the state, because the position was computed or bound, are left out.
/// Errors   LAM-04 shapes; LAM-08 a constant position is outside; LAM-11 the axis; LAM-16 rows of another
///          type, or the position is not i32; LAM-17; LAM-25 what is updated is not a state, or it was
///          updated before.
/// Cost     the rows, whatever the state's size.
/// Source   torch.Tensor.index_copy_; StaticCache.update of transformers; jax.lax.dynamic_update_slice,
///          which moves rows that would lie outside.
constexpr tensor update(const tensor& state, const tensor& rows, update_options o = {},
    std::source_location where = std::source_location::current()) {
    network& net = network_of(state);
    const node& old = net.nodes[static_cast<std::size_t>(state.id)];
    const subject who{"update", old.at, where};
    if (!is_state(old.kind) && !traits_of(old).in_place) {
        const subject plain{"update", {}, where};
        net.report(problem_id::state_order, plain, maker_text(net, state, plain),
            " is no state; pass what net.state() or the last update of it returned");
        return state;
    }
    if (!needs_owned(net, who, rows, 2)) return state;
    if (rows.type != state.type) {
        net.report(problem_id::dtype_mismatch, who, "rows ", to_text(rows.dims), " are ",
            to_text(rows.type), ", the state is ", to_text(state.type),
            "; cast them, or declare the state with their type");
        return state;
    }
    node made;
    made.kind = op::update;
    made.type = state.type;
    made.dims = state.dims;
    made.inputs = {state.id, rows.id};
    const bool has_position = o.position.net;
    if (has_position) {
        if (!needs_owned(net, who, o.position, 3)) return state;
        o.axis = axis_of(net, who, state.dims, o.axis);
        made.attr.axis = o.axis;
    }
    bool fits = rows.dims.rank == state.dims.rank;
    for (int axis = 0; axis < state.dims.rank && fits; ++axis)
        fits = rows.dims[axis] == state.dims[axis]
            || (has_position && axis == o.axis && rows.dims[axis] < state.dims[axis]);
    if (!fits) {
        if (has_position)
            net.report(problem_id::operands, who, "rows ", to_text(rows.dims), " (",
                maker_text(net, rows, who), ") do not fit the state ", to_text(state.dims),
                "; they have its extents but along axis ", o.axis, ", where they may be fewer");
        else
            net.report(problem_id::operands, who, "values ", to_text(rows.dims), " (",
                maker_text(net, rows, who), ") do not replace the state ", to_text(state.dims),
                "; give all of it, or .position for rows");
        return state;
    }
    if (rows.dims.is_empty()) return state;
    if (!has_position) return net.add(who, made);
    const std::int64_t places = o.position.dims.count();
    const bool is_each
        = o.position.dims.rank == 1 && o.axis != 0 && o.position.dims.n == state.dims.n;
    if (o.position.type != dtype::i32)
        net.report(problem_id::dtype_mismatch, who, "position ", to_text(o.position.dims), " is ",
            to_text(o.position.type), ", i32 is needed; declare the input with dtype::i32");
    else if (places != 1 && !is_each)
        net.report(problem_id::operands, who, "position ", to_text(o.position.dims),
            " is for the state ", to_text(state.dims), " along axis ", o.axis,
            "; it is one number, or one for each index of axis 0 where that is another axis");
    const int most = state.dims[o.axis] - rows.dims[o.axis];
    for (const int at : net.nodes[static_cast<std::size_t>(o.position.id)].numbers)
        if (at < 0 || at > most) {
            net.report(problem_id::option_range, who, "position ", at, " is outside of axis ",
                o.axis, " of the state ", to_text(state.dims), "; rows ", to_text(rows.dims),
                " may begin at 0 to ", most);
            break;
        }
    made.inputs.push_back(
        o.position.dims.rank ? o.position.id : reshape_to(o.position, who, {1}).id);
    return net.add(who, made);
}

}  // namespace lamina
