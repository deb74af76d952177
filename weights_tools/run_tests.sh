#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of weights_tools: run_tests.sh BUILD_FOLDER [pytest options]
# Needs numpy, safetensors and pytest; makes a venv for them in BUILD_FOLDER where they are absent.
# Exit code 77 = skipped (CTest's SKIP_RETURN_CODE), with one sentence saying why.
set -eu

if [ $# -lt 1 ]; then
    echo "run_tests.sh: no build folder given, expected run_tests.sh BUILD_FOLDER; name one" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
venv=$(cd "$1" && pwd)/weights_tools_venv
shift
export PYTHONDONTWRITEBYTECODE=1

has_all() {
    "$1" -c 'import numpy, safetensors, pytest' >/dev/null 2>&1
}

# The system's python comes first: Debian's python3-torch belongs to it.
python=
for candidate in /usr/bin/python3 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "skipped: no python3 of 3.9 or later here; install python3 to test weights_tools"
    exit 77
fi

if ! has_all "$python"; then
    if ! has_all "$venv/bin/python"; then
        rm -rf "$venv"
        if ! "$python" -m venv --system-site-packages "$venv" >/dev/null 2>&1; then
            rm -rf "$venv"
            echo "skipped: $python cannot make a venv; install python3-venv to test weights_tools"
            exit 77
        fi
        if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --timeout 10 \
                --retries 1 'numpy>=1.22' 'safetensors>=0.4' 'pytest>=7' >/dev/null 2>&1; then
            rm -rf "$venv"
            echo "skipped: pip cannot fetch numpy, safetensors and pytest here; install them or go online"
            exit 77
        fi
    fi
    python=$venv/bin/python
fi

cd "$here"
exec "$python" -m pytest -q -p no:cacheprovider "$@"
