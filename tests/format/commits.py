# SPDX-License-Identifier: Apache-2.0
"""Checks the subjects of commits: at most 72 characters. Commits before the rule are left as they are.

usage: commits.py [ROOT]
"""

import pathlib
import subprocess
import sys

LONGEST = 72
LAST_UNCHECKED = "8d41a0b454f10ebf905393d4dbe05451181b8365"  # the rule holds after this commit
ROOT = pathlib.Path(__file__).resolve().parents[2]
WITHOUT_IT = 20  # how many commits are checked where history does not reach back to it


def git(root, *arguments):
    try:
        run = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    except FileNotFoundError:  # no git is installed
        return None
    return run.stdout if run.returncode == 0 else None


def too_long(log):
    """The lines of "hash subject" whose subject is too long, each as a sentence."""
    for line in log.splitlines():
        commit, _, subject = line.partition(" ")
        if len(subject) > LONGEST:
            yield f"{commit} has a subject of {len(subject)} characters, at most {LONGEST}: {subject}"


def main(root=ROOT):
    if git(root, "rev-parse", "HEAD") is None:
        print("skipped: no git, or no history of this tree")
        return 77
    base = (git(root, "describe", "--tags", "--abbrev=0") or LAST_UNCHECKED).strip()
    known = git(root, "merge-base", "--is-ancestor", base, "HEAD") is not None
    which = f"{base}..HEAD" if known else f"-{WITHOUT_IT}"
    log = git(root, "log", "--no-merges", "--format=%h %s", which) or ""
    faults = list(too_long(log))
    print("\n".join([*faults, f"{len(log.splitlines())} commits, {len(faults)} subjects are too long"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
