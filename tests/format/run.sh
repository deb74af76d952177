#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks the format of the tree by the versions below: run.sh BUILD_FOLDER cpp|python|lint
# Another version formats differently, Debian 12's clang-format 16 for one.
# Exit code 77 = skipped, with one sentence saying why.
set -eu
clang_format=23.1.5
ruff=0.17.6

if [ $# -ne 2 ]; then
    echo "run.sh: expected run.sh BUILD_FOLDER cpp|python|lint, got $# arguments" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
build=$(cd "$1" && pwd)
export PYTHONDONTWRITEBYTECODE=1

python=$(sh "$here/../support/python_with.sh" "$build/format_venv" 3.9 "
from importlib.metadata import version
assert version('clang-format') == '$clang_format' and version('ruff') == '$ruff'
" "clang-format==$clang_format" "ruff==$ruff") || { status=$?; echo "$python"; exit $status; }

exec "$python" "$here/check.py" "$2"
