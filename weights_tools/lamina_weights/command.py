# SPDX-License-Identifier: Apache-2.0
# What every command shares: its argument parser, its notes, and how trouble becomes an exit code.
# 0 done (or the same), 1 different (lamina-diff), 2 trouble in one sentence on stderr.
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Callable

from .format import Trouble, shown


class Parser(argparse.ArgumentParser):
    """Argument mistakes are trouble like any other: one sentence."""

    def error(self, message: str):
        raise Trouble(f"{self.prog}: {shown(message)}; see {self.prog} --help")


def note(sentence: str) -> None:
    """Something done or seen that the user should know; stdout stays for results."""
    print(f"note: {sentence}", file=sys.stderr)


def run(job: Callable[[Sequence[str]], int], argv: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = job(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return code
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
    except BrokenPipeError:  # `lamina-list x | head`: the reader has seen enough
        abandon_stdout()
        return 0
    except MemoryError:
        print(
            "not enough memory for the tensors of this file; close something or use a larger machine",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("stopped by the keyboard, nothing was written; run it again", file=sys.stderr)
    except OSError as problem:
        print(
            f"output could not be written ({problem.strerror or problem}); check the free space",
            file=sys.stderr,
        )
        abandon_stdout()
    return 2


def abandon_stdout() -> None:
    """Sends what is still buffered nowhere, so that Python's exit does not complain again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        pass
