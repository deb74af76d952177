#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the node tests of the ONNX project's Python package: run_tests.sh BUILD_FOLDER PROGRAM [options of check.py]
# Needs numpy and the onnx package of the version below, whose cases unsupported.txt names.
# Exit code 77 = skipped, with one sentence saying why.
set -eu
version=1.23.2

if [ $# -lt 2 ]; then
    echo "run_tests.sh: expected run_tests.sh BUILD_FOLDER PROGRAM; name the build folder and run_cases" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
build=$(cd "$1" && pwd)
program=$2
shift 2
export PYTHONDONTWRITEBYTECODE=1

python=$(sh "$here/../support/python_with.sh" "$build/onnx_venv" 3.10 \
    "import numpy, onnx.backend.test.case.node, sys; sys.exit(onnx.__version__ != '$version')" \
    "onnx==$version") || { status=$?; echo "$python"; exit $status; }

cd "$here"
exec "$python" check.py "$build/onnx_cases" "$program" "$@"
