#!/bin/sh
# How long programs take from their start to the first result:
#   bench/start/run.sh [--json FILE] [--history] [--check] [--times N] [--weights FILE] [--only NAME]
#   LAMINA_BUILD_DIR   where to build; build/bench in the checkout without it
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${LAMINA_BUILD_DIR:-$root/build/bench}
{
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLAMINA_BUILD_TESTS=OFF -DLAMINA_BUILD_PLAN_EXAMPLE=ON
    cmake --build "$build" -j"$(nproc)" --target resnet20_embedded plan_embedded make_plan run_plan bench_start_resnet50 \
        bench_start_conformer
} >&2
exec python3 "$root/bench/start/start.py" "$build/examples" "$build/bench" "$@"
