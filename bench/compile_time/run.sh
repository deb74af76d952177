#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What planning a network costs the compiler: seconds and memory for networks of 20 to 1000 nodes.
# run.sh [--json FILE] [--history] [--check] ...; `run.sh --help` says all.
exec "${PYTHON:-python3}" "$(dirname "$0")/measure.py" "$@"
