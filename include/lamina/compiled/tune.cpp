// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: the tuner.
#include <lamina/runtime/tune.impl.hpp>
