# SPDX-License-Identifier: Apache-2.0
"""Checks the checks of this folder: badly formatted files, long subjects, and a machine that is offline.

usage: format_test.py BUILD_FOLDER
"""

import contextlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import commits

HERE = pathlib.Path(__file__).resolve().parent


def expect(condition, what):
    if not condition:
        print(f"not so: {what}")
        sys.exit(1)


def subjects():
    fits, longer = "abc " + "x" * 72, "def " + "x" * 73
    expect(
        list(commits.too_long(f"{fits}\n{longer}\n")) and not list(commits.too_long(fits)),
        "72 fit, 73 do not",
    )
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        expect(commits.main(folder) == 77, "no history is skipped")
        git = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run([*git, "init", "-q"], check=True)
        for subject, result in (("short", 0), ("y" * 73, 1)):
            subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", subject], check=True)
            expect(commits.main(folder) == result, f"a commit '{subject}'")


def without_index():
    """No index, no package: python_with.sh says 'skipped', exits with 77 and leaves no venv behind."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [
                "sh",
                HERE.parent / "support" / "python_with.sh",
                f"{folder}/venv",
                "3.9",
                "import no_such_module",
                "no-such",
            ],
            env={**os.environ, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull},
            capture_output=True,
            text=True,
        )
        expect(run.returncode == 77 and run.stdout.startswith("skipped: "), f"skipped, got {run}")
        expect(not pathlib.Path(folder, "venv").exists(), "no venv is left")


def bad_files(build):
    """A copy of the root's settings with one good and one bad file of each kind."""
    files = {
        "cpp": ("bad.cpp", "int   main( ) {return 0;}\n", "int main() { return 0; }\n"),
        "python": ("bad.py", "a = [ 1,2 ]\n", "a = [1, 2]\n"),
        "lint": ("bad.py", "import os\n", "import os\n\nprint(os.name)\n"),
    }
    for kind, (name, bad, good) in files.items():
        for text, expected in ((good, 0), (bad, 1)):
            with tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder)
                shutil.copytree(HERE, root / "tests/format")
                shutil.copytree(HERE.parent / "support", root / "tests/support")
                shutil.copy(HERE.parents[1] / ".clang-format", root)
                (root / name).write_text(text)
                command = ["sh", root / "tests/format/run.sh", build, kind]
                run = subprocess.run(command, capture_output=True, text=True)
                if run.returncode == 77:
                    print(run.stdout)
                    sys.exit(77)
                expect(run.returncode == expected, f"{kind}: {expected} for {text!r}, got {run}")


if __name__ == "__main__":
    subjects()
    without_index()
    bad_files(sys.argv[1])
    print("all checks")
