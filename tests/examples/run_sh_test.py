# SPDX-License-Identifier: Apache-2.0
"""Tests of examples/run.sh, as far as it goes without building."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


def run(*words, **environment):
    with tempfile.TemporaryDirectory() as build:
        known = {"PATH": os.environ["PATH"], "LAMINA_BUILD_DIR": build, **environment}
        return subprocess.run([EXAMPLES / "run.sh", *words], capture_output=True, text=True, env=known)


class run_sh_test(unittest.TestCase):
    def test_it_lists_every_program_that_it_runs(self):
        found = run("list")
        listed = [line.split()[0] for line in found.stdout.splitlines()[1:]]
        text = (EXAMPLES / "run.sh").read_text()
        branches = re.findall(r"^    ([a-z_| ]+)\)", text.partition("case $name in\n    list)")[2], re.M)
        self.assertEqual(0, found.returncode)
        self.assertEqual(sorted(listed), sorted(name for branch in branches for name in branch.split(" | ")))

    def test_the_page_has_all_of_them(self):
        page = (EXAMPLES / "README.md").read_text()
        for line in run("list").stdout.splitlines()[1:]:
            self.assertIn(f"`{line.split()[0]}`", page)

    def test_an_unknown_name_is_one_sentence(self):
        found = run("fases")
        self.assertEqual((2, ""), (found.returncode, found.stdout))
        self.assertIn("there is no example 'fases'", found.stderr)

    def test_missing_weights_are_named_before_anything_is_built(self):
        for name, file in {
            "imagenet": "mobilenetv2_imagenet",
            "faces": "ultraface_rfb320",
            "paint": "fast_style_wave",
        }.items():
            found = run(name)
            self.assertEqual((2, ""), (found.returncode, found.stdout))
            self.assertIn(f"{file}.safetensors is neither in LAMINA_WEIGHTS nor", found.stderr)

    def test_a_missing_package_is_named_with_the_command_that_installs_it(self):
        with tempfile.TemporaryDirectory() as folder:
            bare = pathlib.Path(folder) / "python"
            bare.write_text('#!/bin/sh\nexec python3 -S -E "$@"\n')
            bare.chmod(0o755)
            found = run("file_types", LAMINA_PYTHON=str(bare))
        self.assertEqual((2, ""), (found.returncode, found.stdout))
        self.assertIn("-m pip install magika", found.stderr)

    def test_a_missing_python_is_one_sentence(self):
        found = run("pitch", LAMINA_PYTHON="/nowhere/python")
        self.assertEqual((2, ""), (found.returncode, found.stdout))
        self.assertEqual(1, found.stderr.count("\n"))
        self.assertIn("there is no /nowhere/python, which converts", found.stderr)


if __name__ == "__main__":
    unittest.main()
