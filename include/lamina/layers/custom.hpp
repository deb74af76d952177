// SPDX-License-Identifier: Apache-2.0
// Custom layers: shape, OpenCL text and reference from outside of the library.
#pragma once
#include <lamina/graph/rules.hpp>

#include <initializer_list>

namespace lamina {

/// A weights tensor of a custom layer: "beta" becomes "<name>.beta" in the weights file.
struct custom_weight {
    const char* suffix = nullptr;
    shape dims = {};
};

inline constexpr int custom_weights = 4;  ///< at most

struct custom_options {
    shape dims;            ///< of the output; must be given
    custom_kernel kernel;  ///< name, OpenCL text, reference; must be given
    /// Up to four, in the kernel's order. Spelled out, for g++ 12 cannot leave out `= {}`.
    custom_weight weights[custom_weights] = {{}, {}, {}, {}};
    float scalars[2] = {};  ///< passed to kernel and reference
};

/// A layer that Lamina does not have. Wrap it in a function, so that it is used like any other layer and
/// errors name the line of its use:
///
///     constexpr tensor scaled_sine(const tensor& x, name at, float frequency,
///                                  std::source_location where = std::source_location::current()) {
///         return custom_layer({"scaled_sine", at, where}, {x},
///                             {.dims = x.dims,
///                              .kernel = {"scaled_sine", scaled_sine_text, scaled_sine_reference},
///                              .weights = {{"scale", {1}}},
///                              .scalars = {frequency}});
///     }
///
/// The kernel is one function of the name in `.kernel`, which must not be a function of OpenCL C
/// itself (`mix`, `normalize`). Its arguments are the inputs, the weights in their order, the output:
///
///     __kernel void scaled_sine(IN(x), WEIGHTS(scale), OUT(y)) {
///         OPEN(x); OPEN(scale); OPEN(y); // first of all: adds the buffers' offsets
///         const int i = get_global_id(0); // one work-item per element of the output
///         if (i >= COUNT) return;         // there may be more work-items than elements
///         STORE1(y, i, LOAD1(scale, 0) * sin(SCALAR0 * LOAD1(x, i)));
///     }
///
/// All tensors are dense and row-major whatever the plan's layout is. LOAD1 and STORE1 hide whether
/// values are float or half; compute in float. Constants: COUNT elements of the output; SCALAR0,
/// SCALAR1; X<input>_N<axis> and Y_N<axis>, the extents (X0_N2: height of the first input's image).
/// More is in kernels/prelude.cl.hpp. The text travels in the plan.
///
/// Shapes   as `.dims` says; check your inputs with network_of(x).report(...) before.
/// Weights  `.weights`, each under the layer's name.
/// Errors   LAM-06, LAM-07 names; LAM-08 no kernel, or a scalar is not finite; LAM-16 indices;
///          LAM-17 a tensor of another network; LAM-22 dims.
/// Fuses with   nothing; pointwise ops after it are a separate step.
constexpr tensor custom_layer(
    const subject& who, std::initializer_list<tensor> inputs, const custom_options& o) {
    if (inputs.size() == 0) this_tensor_was_never_made_by_input_or_a_layer();
    network& net = network_of(*inputs.begin());
    node made;
    made.kind = op::custom;
    made.dims = o.dims;
    made.custom = o.kernel;
    for (int i = 0; i < 2; ++i)
        made.attr.scalars[i] = needs_finite(net, who, "a scalar", o.scalars[i]) ? o.scalars[i] : 0;
    int position = 0;
    for (const tensor& x : inputs)
        if (needs_owned(net, who, x, ++position)) {
            needs_values(net, who, x);
            made.inputs.push_back(x.id);
        }
    if (!o.kernel.kernel_name || !o.kernel.text)
        net.report(problem_id::option_range, who,
            "has no kernel; write .kernel = {\"name\", text, reference}");
    for (int slot = 0; slot < custom_weights; ++slot)
        if (o.weights[slot].suffix)
            made.parameters[slot] = net.weights(who, o.weights[slot].suffix, o.weights[slot].dims);
    return net.add(who, made);
}

}  // namespace lamina
