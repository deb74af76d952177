// SPDX-License-Identifier: Apache-2.0
// What a network file includes: tensors, names, shapes and every layer. No third-party header.
#pragma once
#include <lamina/core/error_text.hpp>  // first: the list of includes in messages stays short

#include <lamina/core/manifest.hpp>
#include <lamina/core/version.hpp>
#include <lamina/graph/network.hpp>

#include <lamina/layers/all.hpp>
