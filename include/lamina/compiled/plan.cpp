// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: plans, from bytes to records and back.
#include <lamina/plan/read.impl.hpp>
#include <lamina/plan/rewrite.impl.hpp>
