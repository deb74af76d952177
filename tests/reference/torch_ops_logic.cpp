// SPDX-License-Identifier: Apache-2.0
// The reference against PyTorch: softmax, logics, argmax and embedding.
#include "support/torch_reference.hpp"

#include <doctest/doctest.h>

TEST_CASE("reference: softmax, logics, argmax and embedding equal PyTorch's") {
    lamina_test::check_against_torch(lamina_test::logic_cases());
}
