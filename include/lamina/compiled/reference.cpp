// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: the reference, and plans compared with it.
#include <lamina/debug.impl.hpp>
#include <lamina/reference/reference.impl.hpp>
