# SPDX-License-Identifier: Apache-2.0
# lamina-manifest: a .safetensors file -> a C++ header with its names, types and shapes.
# The compiler then checks a network against it: static_assert(lamina::fits<net, net_weights>).
from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from . import command, files
from .format import MAX_RANK, Tensor, Trouble, dims, shown

SUFFIX = ".weights.hpp"


def identifier(path: str) -> str:
    """resnet-20.v2.safetensors -> resnet_20_v2_weights."""
    words = re.sub(r"[^0-9A-Za-z]+", "_", Path(path).stem).strip("_")
    return ("net_" if not words or words[0].isdigit() else "") + f"{words}_weights".lstrip("_")


def quoted(text: str) -> str:
    """A C++ string literal; octal escapes end after three digits whatever follows."""
    literal = ""
    for c in text:
        if c in '"\\':
            literal += "\\" + c
        elif c.isprintable():
            literal += c
        else:
            literal += "".join(f"\\{byte:03o}" for byte in c.encode("utf-8", "surrogateescape"))
    return f'"{literal}"'


def manifest_text(file_name: str, digest: str, tensors: dict[str, Tensor], name: str | None = None) -> str:
    name = name or identifier(file_name)
    if not re.fullmatch(r"[A-Za-z][0-9A-Za-z_]*", name) or "__" in name:
        raise Trouble(
            f"--name is '{shown(name)}', expected a C++ name of letters, digits and "
            "single underscores; pick another"
        )
    if not tensors:
        raise Trouble(f"{shown(file_name)}: no tensors, expected one at least; check the export")
    lines = [
        f"// Names and shapes of {shown(file_name)}, written by lamina-manifest.",
        "#pragma once",
        "#include <lamina/core/manifest.hpp>",
        f"inline constexpr lamina::manifest_entry {name}_entries[] = {{",
    ]
    for tensor_name, t in tensors.items():
        if len(t.shape) > MAX_RANK or max(t.shape, default=1) >= 1 << 31:
            raise Trouble(
                f"{shown(file_name)}: tensor '{shown(tensor_name)}' is {dims(t.shape)}, "
                f"expected at most {MAX_RANK} extents of 0 to 2^31 - 1; reshape or drop it"
            )
        extents = ", ".join(str(d) for d in t.shape)
        lines.append(f"    {{{quoted(tensor_name)}, lamina::dtype::{t.type}, {{{extents}}}}},")
    lines += [
        "};",
        f'inline constexpr lamina::manifest {name}{{{quoted(file_name)}, "{digest}", {name}_entries}};',
        "",
    ]
    return "\n".join(lines)


def job(argv: Sequence[str]) -> int:
    parser = command.Parser(
        prog="lamina-manifest",
        description=("Writes a C++ header with the names, types and shapes of a .safetensors file."),
    )
    parser.add_argument("input", metavar="IN.safetensors")
    parser.add_argument("output", metavar=f"OUT{SUFFIX}")
    parser.add_argument("--name", help="C++ name of the manifest (default: file name + _weights)")
    args = parser.parse_args(argv)
    if not args.input.endswith(".safetensors") or not args.output.endswith(SUFFIX):
        raise Trouble(
            f"lamina-manifest: got '{shown(args.input)}' and '{shown(args.output)}', "
            f"expected IN.safetensors and OUT{SUFFIX}; see lamina-manifest --help"
        )
    tensors, _ = files.read(args.input, command.note)
    digest = hashlib.sha256()
    with open(args.input, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    text = manifest_text(Path(args.input).name, digest.hexdigest(), tensors, args.name)
    files.write_together({args.output: [text.encode("utf-8", "surrogateescape")]})
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    return command.run(job, argv)


if __name__ == "__main__":
    sys.exit(main())
