# SPDX-License-Identifier: Apache-2.0
# Runs what docs/start/from_pytorch.md tells its reader to type, in the order of the page.
import re
import shlex

import pytest
from conftest import ROOT, console_commands

PAGE = ROOT / "docs/start/from_pytorch.md"


def test_the_commands_of_the_page_work_as_written(tmp_path, monkeypatch, lamina):
    pytest.importorskip("torch")
    if not PAGE.is_file():
        pytest.skip("docs are not here")
    monkeypatch.chdir(tmp_path)
    seen = set()
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.M | re.S):
        if language == "python":
            exec(compile(block, str(PAGE), "exec"), {"__name__": "page"})
        for line in block.splitlines() if language == "sh" else []:
            words = shlex.split(line, comments=True)
            if words and words[0] in console_commands():
                seen.add(words[0])
                code, _, err = lamina(*words)
                assert code == 0, (line, err)
    assert seen == console_commands().keys()


def test_the_format_page_names_every_type_and_fits_one_screen():
    page = ROOT / "docs/format/weights.md"
    if not page.is_file():
        pytest.skip("docs are not here")
    from lamina_weights.format import LAMINA_TYPES, TYPES

    text = page.read_text()
    for name in LAMINA_TYPES:
        assert f"`{name}`" in text and f"`{TYPES[name][0]}`" in text
    assert len(text.splitlines()) <= 60
