// SPDX-License-Identifier: Apache-2.0
// Logarithms and powers for numbers that a definition computes: <cmath> is not constexpr in C++20.
#pragma once

namespace lamina {

/// The natural logarithm of a number above 0, to about 1e-15.
constexpr double logarithm(double x) {
    constexpr double ln2 = 0.693147180559945309417;
    int twos = 0;
    for (; x > 1.5; x /= 2) ++twos;
    for (; x < 0.75; x *= 2) --twos;
    const double z = (x - 1) / (x + 1);
    double power = z, sum = 0;
    for (int n = 1; n < 60; n += 2, power *= z * z) sum += power / n;
    return 2 * sum + twos * ln2;
}

/// e^x, to about 1e-15 of it, for |x| below 700.
constexpr double exponential(double x) {
    constexpr double ln2 = 0.693147180559945309417;
    int twos = static_cast<int>(x / ln2);
    const double rest = x - twos * ln2;
    double term = 1, sum = 1;
    for (int n = 1; n < 30; ++n) sum += term *= rest / n;
    for (; twos > 0; --twos) sum *= 2;
    for (; twos < 0; ++twos) sum /= 2;
    return sum;
}

/// base^exponent of a base above 0.
constexpr double power_of(double base, double exponent) {
    return exponential(exponent * logarithm(base));
}

}  // namespace lamina
