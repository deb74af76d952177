#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the node tests of the ONNX project's Python package: run_tests.sh BUILD_FOLDER PROGRAM [options of check.py]
# Needs numpy and the onnx package of the version below, whose cases unsupported.txt names; makes a venv for
# them in BUILD_FOLDER where they are absent. Exit code 77 = skipped, with one sentence saying why.
set -eu
version=1.23.2

if [ $# -lt 2 ]; then
    echo "run_tests.sh: expected run_tests.sh BUILD_FOLDER PROGRAM; name the build folder and run_cases" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
build=$(cd "$1" && pwd)
venv=$build/onnx_venv
program=$2
shift 2
export PYTHONDONTWRITEBYTECODE=1

has_all() {
    "$1" -c "import numpy, onnx.backend.test.case.node, sys; sys.exit(onnx.__version__ != '$version')" >/dev/null 2>&1
}

python=
for candidate in /usr/bin/python3 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "skipped: no python3 of 3.10 or later here, which onnx $version needs; install python3"
    exit 77
fi

if ! has_all "$python"; then
    if ! has_all "$venv/bin/python"; then
        rm -rf "$venv"
        if ! "$python" -m venv --system-site-packages "$venv" >/dev/null 2>&1; then
            rm -rf "$venv"
            echo "skipped: $python cannot make a venv; install python3-venv to run ONNX's node tests"
            exit 77
        fi
        if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --timeout 10 --retries 1 \
                "onnx==$version" >/dev/null 2>&1 || ! has_all "$venv/bin/python"; then
            rm -rf "$venv"
            echo "skipped: pip cannot fetch onnx $version here; install it or go online"
            exit 77
        fi
    fi
    python=$venv/bin/python
fi

cd "$here"
exec "$python" check.py "$build/onnx_cases" "$program" "$@"
