// SPDX-License-Identifier: Apache-2.0
// The main() of every test program: doctest, plus exit code 77 ("skipped") when nothing failed but
// a test case called lamina_test::skip().
#define DOCTEST_CONFIG_IMPLEMENT
#include "skip.hpp"

#include <doctest/doctest.h>

int main(int argc, char** argv) {
    doctest::Context context(argc, argv);
    const int result = context.run();
    return result == 0 && lamina_test::skips > 0 ? 77 : result;
}
