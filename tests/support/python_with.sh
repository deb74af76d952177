#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the path of a Python that has what a test needs: the system's where it has everything, otherwise that
# of a venv, which is made on the first call.
#   python_with.sh VENV MINIMUM PROBE REQUIREMENT...
#     VENV          folder of the venv
#     MINIMUM       oldest Python that will do, such as 3.9
#     PROBE         Python statements that fail unless all is there
#     REQUIREMENT   what pip installs, such as ruff==0.17.6
# Exit code 77 = skipped (CTest's SKIP_RETURN_CODE); the sentence saying why is then all that is printed.
set -eu
if [ $# -lt 4 ]; then
    echo "python_with.sh: expected python_with.sh VENV MINIMUM PROBE REQUIREMENT..., got $# arguments" >&2
    exit 2
fi
venv=$1 minimum=$2 probe=$3
shift 3

has_all() { "$1" -c "$probe" >/dev/null 2>&1; }
skip() { rm -rf "$venv"; echo "skipped: $1"; exit 77; }

# The system's Python comes first: Debian's packages, such as python3-torch, belong to it.
python=
for candidate in /usr/bin/python3 python3; do
    if "$candidate" -c "import sys; sys.exit(sys.version_info < tuple(map(int, '$minimum'.split('.'))))" \
            >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || skip "there is no Python $minimum or later for $*; install python3"

if ! has_all "$python"; then
    if ! has_all "$venv/bin/python"; then
        rm -rf "$venv"
        "$python" -m venv --system-site-packages "$venv" >/dev/null 2>&1 \
            || skip "$python cannot make a venv for $*; install python3-venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --timeout 10 --retries 1 "$@" \
            >/dev/null 2>&1 && has_all "$venv/bin/python" \
            || skip "pip cannot fetch $* here; install them or go online"
    fi
    python=$venv/bin/python
fi
echo "$python"
