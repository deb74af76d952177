// SPDX-License-Identifier: Apache-2.0
// A file that describes a network compiles with Lamina::define alone.
#include "tiny.hpp"

void build_tiny(lamina::network& net);
void build_tiny(lamina::network& net) { tiny::define(net); }
