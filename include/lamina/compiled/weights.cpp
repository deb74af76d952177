// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: files of weights.
#include <lamina/runtime/weights.impl.hpp>
