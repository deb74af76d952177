# SPDX-License-Identifier: Apache-2.0
"""Tests of must_fail.py on outputs of the two compilers."""

import os
import tempfile
import unittest
import unittest.mock

import must_fail

GNU = """x.hpp:9:8: error: incomplete type 'NETWORK_ERROR<piece{"resnet18.hpp:20: add: both     "}, \
piece{"operands need one shape, got   "}, piece{"1x128x28x28 and 1x128x56x56;   "}>' used"""
CLANG = """x.hpp:9:8: error: implicit instantiation of undefined template \
'NETWORK_ERROR<piece{{"resnet18.hpp:20: add: both     "}}, piece{{"operands need one shape, got   "}}>\'"""


class must_fail_test(unittest.TestCase):
    def test_a_sentence_cut_into_pieces_is_found(self):
        wanted = ["resnet18.hpp:20: add: both operands need one shape, got"]
        self.assertEqual(must_fail.missing(wanted, GNU), [])
        self.assertEqual(must_fail.missing(wanted, CLANG), [])

    def test_a_sentence_that_is_not_there_is_reported(self):
        self.assertEqual(must_fail.missing(["got 1x64x28x28"], GNU), ["got 1x64x28x28"])

    def test_text_outside_pieces_counts(self):
        self.assertEqual(must_fail.missing(["incomplete type"], GNU), [])

    def test_expectations_are_read_from_the_source(self):
        self.assertEqual(must_fail.expectations("// EXPECT: a b \n// EXPECT: c\nint x;"), ["a b", "c"])

    def verdict(self, source):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.cpp")
            with open(path, "w") as file:
                file.write(source)
            return must_fail.main(path, os.environ.get("CXX", "c++"))

    def test_a_file_that_compiles_is_a_failure(self):
        self.assertIn("compiled, but must not", self.verdict("// EXPECT: x\nint x;\n"))

    def test_a_file_without_expectation_is_a_failure(self):
        self.assertIn("holds no", self.verdict("int x\n"))

    def test_what_must_not_be_said_is_reported(self):
        source = '// EXPECT: two\n// NOT: words\nstatic_assert(false, "two words");\n'
        self.assertIn("these are in the output", self.verdict(source))

    def test_every_case_must_fail(self):
        source = "// EXPECT: x\n// CASES: 2\n#if CASE == 1\nint x = x(;\n#endif\n"
        self.assertRegex(self.verdict(source), r"compiled, but must not \(.*, case 2\)")

    def test_each_of_two_compilers_is_drawn_and_a_seed_repeats_it(self):
        commands = [["g++", "-O1"], ["clang++"]]
        with unittest.mock.patch.dict(os.environ):
            os.environ.pop("LAMINA_TEST_LONG", None)
            drawn = []
            for seed in range(40):
                os.environ["LAMINA_TEST_SEED"] = str(seed)
                drawn.append(must_fail.chosen("/a/x.cpp", commands))
                self.assertEqual(must_fail.chosen("/b/x.cpp", commands), drawn[-1])
            for command in commands:
                self.assertIn([command], drawn)
            os.environ["LAMINA_TEST_LONG"] = "1"
            self.assertEqual(must_fail.chosen("/a/x.cpp", commands), commands)

    def test_the_second_compiler_must_refuse_too(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.cpp")
            with open(path, "w") as file:
                file.write("// EXPECT: word\n#error word\n")
            with unittest.mock.patch.dict(os.environ, {"LAMINA_TEST_LONG": "1"}):
                compiler = os.environ.get("CXX", "c++")
                self.assertEqual(must_fail.main(path, compiler, "-O1", "--or", compiler), 0)
                self.assertIn("(true", must_fail.main(path, compiler, "--or", "true"))

    def test_the_right_message_passes(self):
        self.assertEqual(self.verdict('// EXPECT: two words\nstatic_assert(false, "two words");\n'), 0)


if __name__ == "__main__":
    unittest.main()
