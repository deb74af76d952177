// SPDX-License-Identifier: Apache-2.0
// What a row of function.hpp holds.
#pragma once

namespace lamina {

enum class function : unsigned char;

/// The intermediate value that is rounded, if it may be larger than the function's result.
enum class inner_size : unsigned char {
    none,
    one,          ///< 1 or 1/2 is added
    one_or_more,  ///< 1 is added, or the argument is a factor
    argument,     ///< something near the argument is subtracted from it
};

/// The condition on the first scalar of a function, besides being finite.
enum class scalar_rule : unsigned char { any, not_zero, not_negative };

/// Properties of a function; the defaults fit most.
struct function_traits {
    int values = 1;          ///< tensors that it takes: 1 to 3
    int scalars = 0;         ///< numbers that it takes besides: 0 to 2
    float defaults[2] = {};  ///< of the scalars, where PyTorch has some
    scalar_rule rule = scalar_rule::any;
    int units = 4;  ///< error in OpenCL, in units in the last place
    inner_size inner = inner_size::none;
    bool on_ints = false;     ///< also of whole numbers: its text works where VEC is int
    bool keeps_zero = false;  ///< f(0) is 0 whatever the scalars are: padding lanes stay zeros
};

/// What is known about a function.
struct function_row {
    function kind;
    const char* opencl;  ///< what kernels call: f_NAME or OpenCL's own
    const char* text;    ///< defines it on VEC after the prelude, or empty
    double (*value)(
        double x, double a, double b);  ///< exact; a is the second value if there is one
    function_traits traits = {};

    /// The layer's name: opencl without f_.
    constexpr const char* name() const {
        return opencl[0] == 'f' && opencl[1] == '_' ? opencl + 2 : opencl;
    }
};

/// Parts of exact values. All of them propagate NaN.
namespace detail {

constexpr double clamp(double x, double low, double high) {
    const double raised = x < low ? low : x;
    return raised > high ? high : raised;
}
/// Without its fraction, as an int holds it; 0 of a NaN.
constexpr double to_int(double x) {
    return x != x ? 0
                  : static_cast<double>(static_cast<int>(clamp(x, -2147483648.0, 2147483647.0)));
}
inline double sigmoid(double x) { return 1 / (1 + __builtin_exp(-x)); }

}  // namespace detail
}  // namespace lamina
