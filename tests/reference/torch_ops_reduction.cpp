// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: softmax, reductions, argmax and embedding.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: softmax, reductions, argmax and embedding equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::reduction_cases());
}
