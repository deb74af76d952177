# SPDX-License-Identifier: Apache-2.0
"""Tests of run_example.py."""

import unittest

import run_example


class run_example_test(unittest.TestCase):
    def test_masked_parts_may_differ(self):
        expected = "# mask: [0-9.]+ ms\nload 1.5 ms\ncat 0.98\n"
        self.assertEqual([], run_example.difference(expected, "load 22 ms\ncat 0.98\n"))

    def test_the_rest_may_not(self):
        expected = "# mask: [0-9.]+ ms\nload 1.5 ms\ncat 0.98\n"
        self.assertIn("+dog 0.98", run_example.difference(expected, "load 22 ms\ndog 0.98\n"))

    def test_missing_lines_are_seen(self):
        self.assertIn("-b", run_example.difference("a\nb\n", "a\n"))


if __name__ == "__main__":
    unittest.main()
