# SPDX-License-Identifier: Apache-2.0
# lamina-export: a PyTorch checkpoint, .onnx or .safetensors -> .safetensors, .wts and manifest header.
# read -> drop counters -> unpack -> strip and rename -> drop -> reshape -> convert types -> write all outputs together.
from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import command, files, groups, manifest, observers, onnx_file, safetensors_file, torch_file, wts_file
from .command import note
from .format import FLOAT_TYPES, LAMINA_TYPES, Tensor, Trouble, counted, dims, shown, tensor

INPUTS = torch_file.SUFFIXES + (onnx_file.SUFFIX, ".safetensors")
OUTPUTS = (".safetensors", ".wts", manifest.SUFFIX)


def some(names: Sequence[str]) -> str:
    """'a', 'b', 'c' and 12 more."""
    listed = ", ".join(f"'{shown(name)}'" for name in names[:3])
    return listed + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def drop_counters(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """BatchNorm's num_batches_tracked counts training steps; no network reads it."""
    kept = {n: t for n, t in tensors.items() if n.split(".")[-1] != "num_batches_tracked"}
    if len(kept) != len(tensors):
        note(f"dropped {len(tensors) - len(kept)} num_batches_tracked, which only training uses")
    return kept


def drop_unreadable(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Lamina has no kernels and no conversions for these element types."""
    names = [name for name, t in tensors.items() if t.type not in LAMINA_TYPES]
    if names:
        kinds = " and ".join(sorted({tensors[name].type for name in names}))
        note(
            f"left out what Lamina does not read ({kinds}): {some(names)}; where a layer needs "
            "it, convert it to f32 before saving"
        )
    return {name: t for name, t in tensors.items() if t.type in LAMINA_TYPES}


# What wrappers put before every name: DataParallel, Lightning modules, torch.compile.
WRAPPER = re.compile(r"((module|model|net|network|_orig_mod)\.)+")


def common_wrapper(names: Sequence[str]) -> str:
    """The prefix of a wrapper that all names carry, or nothing."""
    found = WRAPPER.match(names[0]) if names else None
    prefix = found.group() if found else ""
    while prefix and not all(name.startswith(prefix) and name != prefix for name in names):
        prefix = prefix[: prefix.rstrip(".").rfind(".") + 1]
    return prefix


def rename(tensors: dict[str, Tensor], prefix: str | None, rules: Sequence[str]):
    patterns = []
    for rule in rules:
        # The last '=' separates: a regex may hold one, as in (?=x); a tensor name hardly ever.
        pattern, separator, replacement = rule.rpartition("=")
        try:
            if not separator:
                raise re.error("no '=' in it")
            patterns.append((re.compile(pattern), replacement, rule))
        except re.error as problem:
            raise Trouble(
                f"--rename got '{shown(rule)}' ({problem}), expected REGEX=REPLACEMENT; correct the rule"
            ) from None
    wrapper = common_wrapper(list(tensors)) if prefix is None else ""
    if wrapper:
        note(
            f"every name begins with '{wrapper}' (a wrapper such as DataParallel's or "
            f"Lightning's); --strip {wrapper} would remove it"
        )
    if prefix is not None and not any(name.startswith(prefix) for name in tensors):
        note(f"--strip {shown(prefix)} matched no name")
    used = [0] * len(patterns)
    old_names: dict[str, str] = {}
    for old in tensors:
        new = old[len(prefix) :] if prefix and old.startswith(prefix) else old
        for i, (pattern, replacement, rule) in enumerate(patterns):
            try:
                new, count = pattern.subn(replacement, new)
            except (re.error, IndexError):
                raise Trouble(
                    f"--rename got '{shown(rule)}', expected a replacement that uses the "
                    "groups of its regex only; correct the rule"
                ) from None
            used[i] += count
        if not new:
            raise Trouble(
                f"tensor '{shown(old)}' has lost its whole name, expected a part to "
                "stay; change --strip or --rename"
            )
        if new in old_names:
            raise Trouble(
                f"'{shown(old_names[new])}' and '{shown(old)}' both become "
                f"'{shown(new)}', expected different names; change --strip or --rename"
            )
        old_names[new] = old
    for (_, _, rule), count in zip(patterns, used):
        if not count:
            note(f"--rename {shown(rule)} matched no name")
    return {new: tensors[old] for new, old in old_names.items()}


def matching(option: str, rule: str, tensors: dict[str, Tensor]) -> list[str]:
    """Names in which a regex of the command line is found."""
    try:
        names = [name for name in tensors if re.search(rule, name)]
    except re.error as problem:
        raise Trouble(f"{option} got '{shown(rule)}' ({problem}), expected a regex; correct it") from None
    if not names:
        note(f"{option} {shown(rule)} matched no name")
    return names


def drop(tensors: dict[str, Tensor], rules: Sequence[str]) -> dict[str, Tensor]:
    """Without what no layer reads: counters, shapes, heads of the training alone."""
    left_out = {name for rule in rules for name in matching("--drop", rule, tensors)}
    return {name: t for name, t in tensors.items() if name not in left_out}


def reshape(tensors: dict[str, Tensor], squeeze: Sequence[str], transpose: Sequence[str]):
    """Tensors as PyTorch has them, where another framework keeps axes of extent 1 or a product's weight
    the other way round. The regexes are matched to the new names."""
    for option, rules in (("--squeeze", squeeze), ("--transpose", transpose)):
        for rule in rules:
            for name in matching(option, rule, tensors):
                data = tensors[name].data
                if option == "--transpose" and data.ndim != 2:
                    raise Trouble(
                        f"tensor '{shown(name)}' has the shape {dims(data.shape)}, --transpose {shown(rule)} "
                        "turns matrices only; make its regex stricter"
                    )
                if option == "--transpose":
                    changed = np.ascontiguousarray(data.T)
                else:  # one number keeps one axis: a bias of one channel
                    changed = data.reshape([e for e in data.shape if e != 1] or [1] * min(data.ndim, 1))
                tensors[name] = Tensor(tensors[name].type, changed, tensors[name].flat)
    return tensors


def narrowed(name: str, t: Tensor, type_name: str) -> Tensor:
    """t as a narrower float; a number that would become infinite is trouble, not a surprise."""
    values = t.values()
    with np.errstate(over="ignore"):
        result = tensor(type_name, values.astype({"f32": "<f4", "f16": "<f2"}[type_name]))
    lost = np.isfinite(values) & ~np.isfinite(result.data)
    if lost.any():
        raise Trouble(
            f"tensor '{shown(name)}' holds {values[lost].flat[0]:g}, {type_name} ends at "
            f"{np.finfo(result.data.dtype).max:g}; keep it wider or clamp it"
        )
    return result


def convert(tensors: dict[str, Tensor], half: bool) -> dict[str, Tensor]:
    """f64 becomes f32, and with --half every float becomes f16; both are said."""
    sources = ("f64", "f32", "bf16") if half else ("f64",)
    target = "f16" if half else "f32"
    names = [
        name
        for name, t in tensors.items()
        if t.type in sources and not name.endswith((".output_scale", ".output_zero_point"))
    ]
    if names:
        kinds = " and ".join(sorted({tensors[name].type for name in names}))
        note(f"{kinds} written as {target}: {some(names)}")
    chosen = set(names)
    return {name: narrowed(name, t, target) if name in chosen else t for name, t in tensors.items()}


def warn_about_nan(tensors: dict[str, Tensor]) -> None:
    names = [n for n, t in tensors.items() if t.type in FLOAT_TYPES and np.isnan(t.values()).any()]
    if names:
        note(f"NaN in {some(names)}; Lamina refuses such weights, check the training run")


def note_tied(tensors: dict[str, Tensor]) -> None:
    """A head that shares an embedding's weights is in a state dict under both names, and safetensors, whose
    tensors may not overlap, stores it twice."""
    seen: dict[tuple, list[str]] = {}
    for name, t in tensors.items():
        if (
            t.type not in FLOAT_TYPES
            or t.data.ndim < 2
            or t.data.size < 2
            or (t.data == t.data.flat[0]).all()
        ):
            continue
        alike = seen.setdefault((t.type, t.data.shape, t.data.flat[:64].tobytes()), [])
        twin = next((n for n in alike if np.array_equal(tensors[n].data, t.data)), None)
        if twin:
            note(
                f"'{shown(name)}' equals '{shown(twin)}' (tied?); a network whose layers read one of them, by "
                f"name(...).shared(), does without the other: --drop {shown(name)}"
            )
        else:
            alike.append(name)


def outputs_of(paths: Sequence[str], tensors: dict[str, Tensor], metadata: dict[str, str]):
    """The bytes of each output; a manifest describes the .safetensors of the same run."""
    described = next((p for p in paths if p.endswith(".safetensors")), None)
    outputs = {}
    for path in paths:
        if path.endswith(".safetensors"):
            outputs[path] = safetensors_file.to_chunks(tensors, metadata)
        elif path.endswith(".wts"):
            widened = [name for name, t in tensors.items() if t.type != "f32"]
            if widened:
                note(f"a .wts file holds f32 only: {some(widened)} written as f32 there")
            outputs[path] = wts_file.to_chunks(tensors)
        else:
            base = Path(path).name[: -len(manifest.SUFFIX)]
            file_name = Path(described).name if described else f"{base}.safetensors"
            if not described:
                note(f"the manifest describes {shown(file_name)}, which this run does not write")
            digest = hashlib.sha256()
            for chunk in safetensors_file.to_chunks(tensors, metadata):
                digest.update(chunk)
            text = manifest.manifest_text(
                file_name, digest.hexdigest(), safetensors_file.in_file_order(tensors)
            )
            outputs[path] = [text.encode("utf-8", "surrogateescape")]
    return outputs


def job(argv: Sequence[str]) -> int:
    parser = command.Parser(
        prog="lamina-export",
        description=(
            "Writes the weights of a PyTorch, ONNX or .safetensors file as .safetensors, .wts or a manifest."
        ),
    )
    parser.add_argument("input", metavar="IN", help="one of " + " ".join(INPUTS))
    parser.add_argument("output", metavar="OUT", nargs="+", help="any of " + " ".join(OUTPUTS))
    parser.add_argument(
        "--rename",
        metavar="REGEX=REPL",
        action="append",
        default=[],
        help="change names, as re.sub does; may be repeated, applied in order",
    )
    parser.add_argument("--strip", metavar="PREFIX", help="remove PREFIX from names, before --rename")
    parser.add_argument(
        "--key",
        metavar="NAME",
        help="where in a checkpoint the state dict is, such as state_dict_ema or ema.shadow",
    )
    parser.add_argument(
        "--drop",
        metavar="REGEX",
        action="append",
        default=[],
        help="leave out these tensors, by their new names; may be repeated",
    )
    parser.add_argument(
        "--squeeze",
        metavar="REGEX",
        action="append",
        default=[],
        help="remove axes of extent 1 from these tensors, by their new names (one number keeps one); may be repeated",
    )
    parser.add_argument(
        "--transpose",
        metavar="REGEX",
        action="append",
        default=[],
        help="swap the axes of these matrices (weights of products in TensorFlow, JAX and Paddle)",
    )
    parser.add_argument(
        "--unpack",
        nargs="?",
        const="gptq",
        choices=groups.FORMATS,
        help="make floats of weights that GPTQ or AWQ packed; gptq_v2: zero points are stored as they are",
    )
    parser.add_argument("--half", action="store_true", help="write every float tensor as f16")
    args = parser.parse_args(argv)
    if Path(args.input).suffix not in INPUTS:
        raise Trouble(
            f"{shown(args.input)}: ends in '{shown(Path(args.input).suffix)}', expected "
            f"one of {' '.join(INPUTS)}; a .wts file has lost its shapes"
        )
    for path in args.output:
        if not path.endswith(OUTPUTS):
            raise Trouble(
                f"{shown(path)}: expected an output that ends in one of {' '.join(OUTPUTS)}; rename it"
            )
        if args.output.count(path) > 1:
            raise Trouble(f"{shown(path)}: named twice as output, expected once; remove one")
    tensors, metadata = files.read(args.input, note, args.key)
    tensors = observers.named(drop_unreadable(drop_counters(tensors)))
    if args.unpack:
        tensors = groups.unpack(tensors, args.unpack)
    tensors = drop(rename(tensors, args.strip, args.rename), args.drop)
    tensors = reshape(tensors, args.squeeze, args.transpose)
    tensors = convert(tensors, args.half)
    if not tensors:
        raise Trouble(f"{shown(args.input)}: no tensors, expected one at least; check what was saved")
    warn_about_nan(tensors)
    note_tied(tensors)
    files.write_together(outputs_of(args.output, tensors, metadata or {"format": "pt"}))
    total = sum(t.data.nbytes for t in tensors.values())
    print(
        f"{counted(len(tensors), 'tensor')}, {total} bytes of weights -> {', '.join(map(shown, args.output))}"
    )
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    return command.run(job, argv)


if __name__ == "__main__":
    sys.exit(main())
