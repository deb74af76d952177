# SPDX-License-Identifier: Apache-2.0
"""Makes docs/reference/ from the comments of the public headers, and pages of docs/format/ from .fbs files.

usage: reference.py ROOT [--check]

A comment of `///` lines describes the declaration below it. It begins with a sentence; then come headings
in the order of HEADINGS, each followed by at least two blanks. --check writes nothing: it says what is not
fresh, which headings are out of order, and which layer has no example. An example is a region named after
the layer in tests/docs/layer_examples.cpp or in its test, tests/support/torch_cases_*.cpp; that of an
activation is its test's line.
"""

import itertools
import pathlib
import re
import sys
import textwrap

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from snippets import region

HEADINGS = ["Shapes", "Weights", "Units", "Errors", "Fuses with", "Cost", "Source", "Example", "Since"]
# What users may name. The other headers are stages of the planner, kernels and parts of these.
PUBLIC = [
    "*.hpp",
    "core/shape.hpp",
    "core/dtype.hpp",
    "core/name.hpp",
    "core/manifest.hpp",
    "core/weight_groups.hpp",
    "core/layout.hpp",
    "core/error.hpp",
    "core/version.hpp",
    "graph/network.hpp",
    "graph/tensor.hpp",
    "graph/dim.hpp",
    "graph/node.hpp",
    "graph/op.hpp",
    "graph/function.hpp",
    "graph/function_row.hpp",
    "graph/problem.hpp",
    "graph/print.hpp",
    "layers/*.hpp",
    "planner/target.hpp",
    "planner/fits.hpp",
    "planner/report.hpp",
    "plan/frozen.hpp",
    "plan/records.hpp",
    "plan/read.hpp",
    "plan/print.hpp",
    "plan/precision.hpp",
    "plan/plan_file.hpp",
    "plan/timings.hpp",
    "core/shape_planner.hpp",
    "runtime/device.hpp",
    "runtime/device_facts.hpp",
    "runtime/weights.hpp",
    "runtime/weight_view.hpp",
    "runtime/engine.hpp",
    "runtime/engine_options.hpp",
    "runtime/engine_report.hpp",
    "runtime/trust.hpp",
    "runtime/signature.hpp",
    "runtime/context.hpp",
    "runtime/context_options.hpp",
    "runtime/batcher.hpp",
    "runtime/infer_queue.hpp",
    "runtime/results.hpp",
    "runtime/profile.hpp",
    "runtime/ranges.hpp",
    "runtime/tuning.hpp",
    "runtime/tune.hpp",
    "runtime/tune_options.hpp",
    "runtime/tuning_report.hpp",
    "runtime/timing_cache.hpp",
    "reference/reference.hpp",
    "reference/value.hpp",
    "reference/bound.hpp",
    "reference/plan_arithmetic.hpp",
    "embed/blob.hpp",
]
EXAMPLES = ["tests/docs/layer_examples.cpp", "tests/docs/my_square.hpp"]
CASES = "tests/support/torch_cases_*.cpp"
# A declaration without a Since line was there in the first version.
FIRST_VERSION = "0.1"
HEADING = re.compile(r"(?:^|(?<=[.;:)] ))({})\s{{2,}}".format("|".join(HEADINGS)))
MADE = "<!-- Made by docs/tools/reference.py from {}. Change that file and run the script again. -->"


def read_comment(lines):
    """(first text, what follows it: texts and lists of code lines, [(heading, text)]) of a comment's lines."""
    texts, found = [[]], []
    into = texts[0]
    for line in lines:
        if not line.strip():
            continue
        if line.startswith("    ") and not found:
            if into:
                texts += [[], []]
                into = texts[-1]
            texts[-2].append(line[4:])
            continue
        row = re.match(r"(\S.*?) {4,}(\S.*)$", line.strip())
        if row and not HEADING.search(line.strip()):  # two columns
            into.append(f"\n- {row[1]}: {row[2]}")
            continue
        if into and into[-1].startswith("\n- "):
            into.append("\n\n")
        parts = HEADING.split(line.strip())
        if parts[0].strip():
            into.append(parts[0].strip())
        for heading, text in zip(parts[1::2], parts[2::2]):
            into = [text.strip()]
            found.append((heading, into))
    joined = [" ".join(part) if i % 2 == 0 else part for i, part in enumerate(texts)]
    return joined[0], joined[1:], [(h, re.sub(r" *\n *", "\n", " ".join(t))) for h, t in found]


def name_of(declaration):
    text = re.sub(r"\btemplate <[^>]*>\s*", "", declaration)
    text = re.sub(r"\[\[.*?\]\]|alignas\([^)]*\)", "", text)
    kind = re.match(r"\s*(?:class|struct|enum class|concept)\s+(\w+)", text)
    if kind:
        return kind[1]
    operator = re.search(r"\boperator\s*([^\s(]+|\(\))\s*\(", text)
    if operator:
        return "operator" + operator[1]
    before = re.split(r"[({=;\[]", text, maxsplit=1)[0]
    words = re.findall(r"\w+", before)
    return words[-1] if words else "?"


def declaration_at(lines, at):
    """(code to show, first line behind the declaration's head) for the declaration that starts at `at`."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    head, depth, end = [], 0, at
    for end in range(at, len(lines)):
        line = lines[end]
        head.append(line)
        depth += line.count("(") - line.count(")")
        if depth <= 0 and re.search(r"[;{]\s*(//.*)?$|[;{].*[;}]\s*(//.*)?$", line):
            break
    first = re.sub(r"^template <[^>]*>\s*", "", " ".join(x.strip() for x in head))
    if (
        re.match(r"(struct|class|enum class)\b", first)
        and "{" in head[-1]
        and not re.search(r"\};", head[-1])
    ):
        close = next((i for i in range(end, len(lines)) if re.match(r" {%d}\};" % indent, lines[i])), end)
        body = lines[end + 1 : close]
        plain = not any(re.match(r"\s*///(?!<)", x) or re.match(r"\s*private:", x) for x in body)
        if "enum" in first or (plain and len(body) <= 30):
            return lines[at : close + 1], close + 1
        fields = (
            [
                x
                for x in public_part(body)
                if re.match(r" {%d}\w[^()]*;(\s*///<.*)?$" % (indent + 4), x)
                and not re.match(r"\s*(using|friend)\b", x)
            ]
            if first.startswith("struct")
            else []
        )
        if not fields:
            return [*head[:-1], re.sub(r"\s*\{.*$", ";", head[-1])], end + 1
        return [*head, *fields, " " * indent + "};"], end + 1
    # Of a function or a value the head is shown, its body or a long value is not.
    text = "\n".join(head)
    if "(" in text:
        text = re.sub(r"\)((?:\s*(?:const|&&?|noexcept))*)\s*(?::[^:].*)?\{.*$", r")\1;", text, flags=re.S)
        text = re.sub(r"\n\s+: .*\{.*$", ";", text, flags=re.S)
    else:
        text = re.sub(r"\s*\{$| = detail::.*$", ";", text, flags=re.S)
    return text.split("\n"), end + 1


def public_part(body):
    """Lines of a struct before `private:`."""
    return itertools.takewhile(lambda line: not re.match(r"\s*private:", line), body)


def entities(lines):
    """Yields (level, name, comment lines, code lines) for each documented declaration and each struct."""
    comment, at, hidden, owner, private = [], 0, 0, [], False
    while at < len(lines):
        line = lines[at]
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        if re.match(r"namespace (detail|\w*_op)\b", line):
            hidden += 1
        if re.match(r"\}\s*// namespace (detail|\w*_op)\b", line):
            hidden -= 1
        if re.match(r"\s*private:", line):
            private = True
        if re.match(r"\s*public:", line):
            private = False
        if re.match(r"\};", line):
            owner, private = [], False
        documented = re.match(r"\s*///(?!<) ?(.*)$", line)
        if documented:
            comment.append(documented[1])
        elif bare and not hidden and not private and (comment or re.match(r"struct \w+ (: \w+ )?\{", line)):
            code, behind = declaration_at(lines, at)
            level = 1 if indent and owner else 0
            name = name_of("\n".join(lines[at:behind]))
            is_type = re.match(r"(?:template <[^>]*> ?)?(?:struct|class)\s+\w+", bare)
            yield level, (owner[0] + "::" if level else "") + name, comment, code
            if not level:
                owner = [name] if is_type and not re.match(r"\};", lines[behind - 1]) else []
            comment, at = [], behind
            continue
        elif bare:
            comment = []
            opens = re.match(r"(?:class|struct)\s+(\w+)", line)
            if opens and not hidden and not bare.endswith(";"):
                owner = [opens[1]]
        at += 1


def head_comment(lines):
    """What a file says about itself: the comment at its top, without the licence's line."""
    top = itertools.takewhile(lambda line: line.startswith("//"), lines)
    return [line[3:] for line in top if not line.startswith("// SPDX")]


def find_example(root, entity):
    for file in [*EXAMPLES, *sorted(root.glob(CASES))]:
        text = (root / file).read_text()
        if f"// [{entity}]" in text:
            return region(root, file, entity)
        named = rf"(?:lamina::)?{entity}\{{[^;]*\}}"
        for before in (r"x", r"\([^;|]*\)", r"[^;]*"):  # alone, of a sum or a product, last of a chain
            line = re.search(rf"return ({before} \| {named});\s+\}}>", text)
            if line:
                return f"x = {' '.join(line[1].split())};\n"
    return ""


def prose(text):
    """Text as Markdown: angle brackets outside of `code` would be taken for tags."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else part.replace("<", "\\<").replace("|", "\\|") for part in parts
    )


def page(root, name):
    """(text of a header's page, first sentence, faults)."""
    source = f"include/lamina/{name}"
    lines = (root / source).read_text().splitlines()
    faults, out = [], [MADE.format(source), "", f"# lamina/{name}", ""]
    intro, _, facts = read_comment(head_comment(lines))
    out += [prose(intro), ""] + render_facts(facts)
    out += ["```cpp", f"#include <lamina/{name}>", "```", ""]
    seen, examples = [], 0
    for level, entity, comment, code in entities(lines):
        sentence, more, facts = read_comment(comment)
        order = [HEADINGS.index(h) for h, _ in facts]
        if order != sorted(set(order)):
            faults.append(
                f"{source}: {entity}: headings {', '.join(h for h, _ in facts)} are not in the order "
                f"{', '.join(HEADINGS)}, each once"
            )
        if entity not in seen:
            out += ["##" + "#" * level + f" {entity}", ""]
        seen.append(entity)
        if sentence:
            out += [prose(sentence), ""]
        for part in more:
            out += [prose(part), ""] if isinstance(part, str) else ["```cpp", *part, "```", ""]
        out += ["```cpp", textwrap.dedent("\n".join(code)), "```", ""]
        names = [h for h, _ in facts]
        is_layer = name.startswith("layers/") or re.search(r" = activation<", code[-1])
        if is_layer and not level and seen.count(entity) == 1:
            example = find_example(root, entity)
            facts += [("Example", example)] if example else []
            examples += bool(example)
        if not level and comment and "Since" not in names:
            facts.append(("Since", FIRST_VERSION))
        out += render_facts(facts)
    if name.startswith("layers/") and not examples:
        faults.append(f"{source}: no layer of this file has an example; add a region to {EXAMPLES[0]}")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).rstrip() + "\n", intro, faults


def render_facts(facts):
    out = []
    for heading, text in facts:
        if heading == "Example":
            out += ["**Example**", "", "```cpp", text.rstrip(), "```", ""]
        else:
            out += [f"**{heading}** {prose(text)}", ""]
    return out


def headers(root):
    base = root / "include/lamina"
    found = {f.relative_to(base).as_posix() for pattern in PUBLIC for f in base.glob(pattern)}
    return sorted(h for h in found if h != "layers/all.hpp" and not h.endswith(".impl.hpp"))


def index(rows):
    out = [
        MADE.format("the public headers"),
        "",
        "# Reference",
        "",
        "One page per public header. A network file includes `lamina/define.hpp`, a program that runs one "
        "`lamina/run.hpp` and `lamina/plan.hpp`.",
        "",
    ]
    folder = None
    for name, intro in rows:
        here = name.rsplit("/", 1)[0] if "/" in name else ""
        if here != folder:
            folder = here
            out += ["", f"## {folder or 'lamina'}", "", "| header | what it is |", "|---|---|"]
        first = re.split(r"(?<=\.) ", intro)[0]
        out.append(f"| [{name}]({name[:-4]}.md) | {prose(first)} |")
    return "\n".join(out) + "\n"


def trailer_of(root, header, name):
    """A frame's last bytes, as the reference page of its header shows them."""
    found = [x for x in page(root, header)[0].split("\n## ") if x.startswith(name)]
    return "### " + found[0].strip().replace("\n\n**Since** 0.1", "") if found else ""


def plan_page(root):
    """docs/format/plan.md out of the comments of plan.fbs."""
    source = "include/lamina/plan/plan.fbs"
    lines = (root / source).read_text().splitlines()
    frame = head_comment((root / "include/lamina/plan/plan_file.hpp").read_text().splitlines())
    return tables(
        lines,
        [
            MADE.format(source),
            "",
            "# Plans",
            "",
            " ".join(head_comment(lines)),
            "",
            "Numbers are little-endian. `plan_view::open` (`lamina/plan/read.hpp`) is the only entry point: it verifies "
            "the FlatBuffer and then checks every offset, extent and index before anything is used.",
            "",
            "## A saved plan",
            "",
            frame[0],
            "",
            trailer_of(root, "plan/plan_file.hpp", "plan_trailer"),
            "",
        ],
    )


def timings_page(root):
    """docs/format/timings.md out of the comments of timing_cache.fbs."""
    source = "include/lamina/plan/timing_cache.fbs"
    lines = (root / source).read_text().splitlines()
    return tables(
        lines,
        [
            MADE.format(source),
            "",
            "# Timing caches",
            "",
            " ".join(head_comment(lines)),
            "",
            "Numbers are little-endian. `read_timings` (`lamina/plan/timings.hpp`) is the only entry point: it compares the "
            "hash, verifies the FlatBuffer and checks counts and times. A file is the FlatBuffer, zeros to a "
            "multiple of 8 bytes, and the trailer.",
            "",
            trailer_of(root, "plan/timings.hpp", "timing_trailer"),
            "",
        ],
    )


def tables(lines, out):
    """A page that begins with `out`, with the tables of a schema's lines."""
    comment, table = [], None
    for line in lines:
        if line.startswith("//") and not line.startswith("///"):
            continue
        opened = re.match(r"(table|struct|enum) (\w+)(?: : (\w+))? \{(.*)", line)
        field = re.match(r"\s+(\w+)(?::([^;]+))?[;,]", line)
        if line.strip().startswith("///"):
            comment.append(line.strip()[3:].strip())
        elif opened:
            table = opened[1]
            out += ["", f"## {opened[2]}", "", " ".join(comment), ""]
            comment = []
            if opened[4]:
                values = re.findall(r"\w+", opened[4])
                out += [", ".join(f"`{v}` {i}" for i, v in enumerate(values)) + f" ({opened[3]})", ""]
                table = None
            elif table == "enum":
                out += ["| value | meaning |", "|---|---|"]
            else:
                out += ["| field | type | meaning |", "|---|---|---|"]
        elif field and table:
            meaning = " ".join(comment)
            kind = (field[2] or "").strip()
            out.append(
                f"| `{field[1]}` | {meaning} |"
                if table == "enum"
                else f"| `{field[1]}` | `{kind}` | {meaning} |"
            )
            comment = []
        elif line.startswith("}"):
            table = None
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).rstrip() + "\n"


def everything(root):
    """({path below docs: text}, faults)."""
    files, faults, rows = {}, [], []
    for name in headers(root):
        text, intro, wrong = page(root, name)
        files[f"reference/{name[:-4]}.md"] = text
        rows.append((name, intro))
        faults += wrong
    rows.sort(key=lambda row: ("/" in row[0], row[0]))
    files["reference/index.md"] = index(rows)
    files["format/plan.md"] = plan_page(root)
    files["format/timings.md"] = timings_page(root)
    return files, faults


def main(root, *options):
    root = pathlib.Path(root).resolve()
    files, faults = everything(root)
    there = {f.relative_to(root / "docs").as_posix() for f in (root / "docs/reference").rglob("*.md")}
    again = "run `python3 docs/tools/reference.py .`"
    for path in sorted(there - files.keys()):
        if "--check" in options:
            faults.append(f"docs/{path}: belongs to no public header; {again}")
        else:
            (root / "docs" / path).unlink()
    for path, text in files.items():
        file = root / "docs" / path
        if file.is_file() and file.read_text() == text:
            continue
        if "--check" in options:
            faults.append(f"docs/{path}: is not what the headers say; {again}")
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    print("\n".join(faults) if faults else f"{len(files)} pages are fresh")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
