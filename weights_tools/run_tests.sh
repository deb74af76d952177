#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of weights_tools: run_tests.sh BUILD_FOLDER [pytest options]
# Needs numpy, safetensors and pytest. Exit code 77 = skipped, with one sentence saying why.
set -eu

if [ $# -lt 1 ]; then
    echo "run_tests.sh: no build folder given, expected run_tests.sh BUILD_FOLDER; name one" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
build=$(cd "$1" && pwd)
shift
export PYTHONDONTWRITEBYTECODE=1

python=$(sh "$here/../tests/support/python_with.sh" "$build/weights_tools_venv" 3.9 \
    'import numpy, safetensors, pytest' 'numpy>=1.22' 'safetensors>=0.4' 'pytest>=7') \
    || { status=$?; echo "$python"; exit $status; }

cd "$here"
exec "$python" -m pytest -q -p no:cacheprovider "$@"
