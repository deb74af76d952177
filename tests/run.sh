#!/bin/sh
# Installs what is missing (Debian 12, Ubuntu), builds, and runs every test that this machine can run.
# The output ends with CTest's summary, the exit code is CTest's.
#   tests/run.sh [ctest arguments, such as -L none or -R conv2d]
#   LAMINA_BUILD_DIR     where to build; build/tests in the checkout without it
#   LAMINA_SHARED_DATA   folder of the real networks' data; without it ../shared is tried, and where
#                        that is missing too, the tests that need it say that they were skipped
#   LAMINA_TEST_SEED     a number that repeats what the random tests drew. Without it each commit has its own,
#                        and one is drawn where files differ from the commit; it is printed
#   LAMINA_TEST_LONG     1: what is otherwise drawn is tried in full: every mistake and every header by both
#                        compilers, every case of an op in floats and both 16-bit types on both classes of devices,
#                        every class of CPUs, and all kernels of the gpu class optimised, not one engine's in eight
#   LAMINA_TEST_GPU      ON or OFF: run the device tests on a GPU as well; found out without it
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${LAMINA_BUILD_DIR:-$root/build/tests}

"$root/.ci/install" g++ cmake make ninja-build ccache git xz-utils ca-certificates \
    python3 python3-numpy python3-pytest python3-venv \
    ocl-icd-opencl-dev opencl-c-headers pocl-opencl-icd libclblast-dev \
    libeigen3-dev libflatbuffers-dev flatbuffers-compiler nlohmann-json3-dev libcli11-dev libstb-dev \
    doctest-dev libbenchmark-dev libsodium-dev clang-16 libclang-rt-16-dev clang-tidy-16

mkdir -p "$build"
if [ -z "${LAMINA_SHARED_DATA:-}" ] && [ -f "$root/../shared/unpack-data.sh" ]; then
    LAMINA_SHARED_DATA=$(sh "$root/../shared/unpack-data.sh" "$build/shared")
    export LAMINA_SHARED_DATA
fi
if [ -z "${LAMINA_TEST_GPU:-}" ]; then
    LAMINA_TEST_GPU=OFF
    if nvidia-smi -L >/dev/null 2>&1; then LAMINA_TEST_GPU=ON; fi
fi

# -O1 keeps the build short; asserts of the libraries stay on.
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 \
    -DPython3_FIND_VIRTUALENV=STANDARD -DPython3_ROOT_DIR=/usr -DLAMINA_TEST_GPU="$LAMINA_TEST_GPU" \
    -DLAMINA_TEST_COMPILED=ON
cmake --build "$build" -j"$(nproc)"
if [ -z "${LAMINA_TEST_SEED:-}" ]; then
    tree=$(git -C "$root" rev-parse -q --verify 'HEAD^{tree}' 2>/dev/null) || tree=
    if [ -n "$tree" ] && [ -z "$(git -C "$root" status --porcelain)" ]; then
        LAMINA_TEST_SEED=$((0x$(printf %.8s "$tree")))
    else
        LAMINA_TEST_SEED=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
    fi
fi
export LAMINA_TEST_SEED
echo "The random tests draw from seed $LAMINA_TEST_SEED; LAMINA_TEST_SEED=$LAMINA_TEST_SEED tests/run.sh repeats them."
cd "$build"
exec ctest --output-on-failure -j2 "$@"
