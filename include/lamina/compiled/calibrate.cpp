// SPDX-License-Identifier: Apache-2.0
// A part of the library of Lamina::compiled: calibration.
#include <lamina/calibrate.impl.hpp>
