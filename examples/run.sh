#!/bin/sh
# Names what is on a picture: installs what is missing (Debian 12, Ubuntu), builds the ResNet-20 example, runs it.
#   examples/run.sh                       the cat and the horse of examples/pictures
#   examples/run.sh --image FILE          your own picture (PNG, JPEG, BMP)
#   examples/run.sh --image FILE --json   only JSON on standard output
#   LAMINA_BUILD_DIR                      where to build; build/examples in the checkout without it
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${LAMINA_BUILD_DIR:-$root/build/examples}

# All of this speaks on standard error, so that standard output is the program's alone.
{
    "$root/.ci/install" g++ cmake make ocl-icd-opencl-dev opencl-c-headers \
        pocl-opencl-icd libeigen3-dev libflatbuffers-dev nlohmann-json3-dev libcli11-dev libstb-dev
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLAMINA_BUILD_TESTS=OFF -DLAMINA_BUILD_BENCH=OFF
    cmake --build "$build" -j"$(nproc)" --target resnet20
} >&2

program=$build/examples/resnet20
case " $* " in
    *" --image"* | *" --help "* | *" -h "*)
        exec "$program" "$@" ;;
    *" --json "*)
        exec "$program" --image "$root/examples/pictures/chelsea.png" "$@" ;;
esac
for picture in chelsea horse; do
    "$program" --image "$root/examples/pictures/$picture.png" "$@"
done
