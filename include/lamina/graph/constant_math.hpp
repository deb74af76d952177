// SPDX-License-Identifier: Apache-2.0
// Logarithms, powers and cosines for numbers that a definition computes: <cmath> is not constexpr in C++20.
// Series end where a term is too small to change the sum: tables have thousands of numbers.
#pragma once
#include <cstdint>

namespace lamina {

/// The natural logarithm of a number above 0, to about 1e-15.
constexpr double logarithm(double x) {
    constexpr double ln2 = 0.693147180559945309417;
    int twos = 0;
    for (; x > 1.5; x /= 2) ++twos;
    for (; x < 0.75; x *= 2) --twos;
    const double z = (x - 1) / (x + 1);
    const double square = z * z;
    double power = z, sum = 0, before = 1;
    for (int n = 1; n < 60 && sum != before; n += 2, power *= square) {
        before = sum;
        sum += power / n;
    }
    return 2 * sum + twos * ln2;
}

/// e^x, to about 1e-15 of it, for |x| below 700.
constexpr double exponential(double x) {
    constexpr double ln2 = 0.693147180559945309417;
    int twos = static_cast<int>(x / ln2);
    const double rest = x - twos * ln2;
    double term = 1, sum = 1, before = 0;
    for (int n = 1; n < 30 && sum != before; ++n) {
        before = sum;
        sum += term *= rest / n;
    }
    for (; twos > 0; --twos) sum *= 2;
    for (; twos < 0; ++twos) sum /= 2;
    return sum;
}

/// base^exponent of a base above 0.
constexpr double power_of(double base, double exponent) {
    return exponential(exponent * logarithm(base));
}

/// The square root of x >= 0, by Newton's steps.
constexpr double square_root(double x) {
    if (!(x > 0)) return 0;
    double root = x > 1 ? x : 1;
    for (int step = 0; step < 64; ++step) root = 0.5 * (root + x / root);
    return root;
}

/// cos(2 pi turns), to about 1e-15.
constexpr double cosine_of_turns(double turns) {
    constexpr double two_pi = 6.28318530717958647693;
    turns -= static_cast<double>(static_cast<std::int64_t>(turns));
    if (turns < 0) turns = -turns;
    if (turns > 0.5) turns = 1 - turns;
    const bool mirrors = turns > 0.25;
    if (mirrors) turns = 0.5 - turns;
    const double square = two_pi * two_pi * turns * turns;
    double sum = 0, term = 1, before = 1;
    for (int k = 1; k <= 20 && sum != before; ++k) {
        before = sum;
        sum += term;
        term *= -square / ((2 * k - 1) * (2 * k));
    }
    return mirrors ? -sum : sum;
}

}  // namespace lamina
