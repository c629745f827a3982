#!/usr/bin/env bash
# Builds `disentangle` with CUDA, on a machine with or without a GPU, driver or installed CUDA.
#
#   scripts/cuda-build.sh [--cudnn] [--check] [--step]
#
# --check type-checks, and builds no binary; --step builds the example `step` too, which scripts/cuda-check.sh times.
#
# Takes the compiler of $CUDA_HOME or /usr/local/cuda (12 or 13); where there is none, or with
# CUDA_FROM_PYPI=1, NVIDIA's packages of CUDA 13.0 from the Python package index, in a folder of target/.
# CUDA_COMPUTE_CAP names the GPU's architecture: 90 (Hopper) if it is not set; 80 Ampere, 89 Ada, 100 Blackwell.
# Kernels of one architecture run on later ones too, except those that only quantized models use.
#
# The binary is not bound to CUDA's libraries: it asks for them when a device is opened, so that it starts without.
# It looks in the folder `cuda` beside it (made here, a link to the compiler's libraries), then as the system does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly VERSION="13.0"
TARGET=$(realpath -m "${CARGO_TARGET_DIR:-target}")
LINK="$TARGET/cuda-link"
features="cuda"
check=""
step=""
for argument in "$@"; do
    case "$argument" in
    --cudnn) features="cudnn" ;;
    --check) check=1 ;;
    --step) step=1 ;;
    *) echo "error: $argument: expected --cudnn, --check or --step" >&2 && exit 2 ;;
    esac
done

fail() {
    echo "error: $*" >&2
    exit 1
}

need() {
    command -v "$1" >/dev/null || fail "no $1: $2"
}

# NVIDIA's packages, once.
from_pypi() {
    local folder="$TARGET/cuda-toolkit-$VERSION" python
    local packages=("nvidia-cuda-nvcc==$VERSION.*" "nvidia-nvvm==$VERSION.*" "nvidia-cuda-crt==$VERSION.*"
        "nvidia-cuda-cccl==$VERSION.*" "nvidia-cuda-runtime==$VERSION.*" "nvidia-cublas==$VERSION.*"
        "nvidia-curand==10.4.0.*" "nvidia-cuda-nvrtc==$VERSION.*")
    [[ $features == cudnn ]] && packages+=("nvidia-cudnn-cu13==9.*") && folder+="-cudnn"
    home="$folder/nvidia/cu13"
    [[ -f $folder/complete ]] && return
    need python3 "it fetches NVIDIA's compiler; or install CUDA and set CUDA_HOME"
    python="$TARGET/cuda-python/bin/python"
    [[ -x $python ]] || python3 -m venv "$TARGET/cuda-python" ||
        fail "python3 -m venv failed: install Python's venv, or CUDA"
    rm -rf "$folder"
    "$python" -m pip install --quiet --no-deps --target "$folder" "${packages[@]}" ||
        fail "NVIDIA's packages could not be installed (about 1.2 GB in $folder)"
    if [[ $features == cudnn ]]; then
        cp -s "$folder"/nvidia/cudnn/include/* "$home/include/"
        cp -s "$folder"/nvidia/cudnn/lib/* "$home/lib/"
    fi
    touch "$folder/complete"
}

find_toolkit() {
    home="${CUDA_HOME:-/usr/local/cuda}"
    if [[ -n ${CUDA_FROM_PYPI:-} || (-z ${CUDA_HOME:-} && ! -x $home/bin/nvcc) ]]; then
        from_pypi
    fi
    [[ -x $home/bin/nvcc ]] || fail "$home/bin/nvcc: not there; CUDA_HOME is to name a folder that holds bin/nvcc"
    home=$(realpath "$home")
    header=$(find -L "$home/include" "$home"/targets/*/include -maxdepth 1 -name cuda.h 2>/dev/null | head -n 1 || true)
    [[ -n $header ]] || fail "$home: has no include/cuda.h"
    for libraries in "$home/lib64" "$home/lib" "$home/targets/$(uname -m)-linux/lib" ""; do
        compgen -G "$libraries/libcublas.so*" >/dev/null && break
    done
    [[ -n $libraries ]] || fail "$home: has no libcublas.so"
}

# The newest file of a library, as the loader will ask for it.
soname() {
    local file
    file=$(compgen -G "$libraries/lib$1.so*" | sort -V | tail -n 1) || fail "$libraries: has no lib$1.so"
    readelf -d "$file" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p'
}

functions() {
    nm -D --defined-only "$libraries/$(soname "$1")" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort -u
}

# What cudarc and candle-kernels link to: archives of functions that load the library when they are first called.
make_link_folder() {
    rm -rf "$LINK"
    mkdir -p "$LINK/lib64"
    local entry
    for entry in "$home"/*; do
        case "${entry##*/}" in
        lib | lib64) ;;
        *) ln -s "$entry" "$LINK/" ;;
        esac
    done
    # cuda.h names every function of the driver, which is not here: the words beginning with `cu` and a capital.
    grep -oE '\bcu[A-Z][A-Za-z0-9_]*' "$header" | sort -u |
        scripts/cuda-lazy.sh libcuda.so.1 34 "$LINK/lib64/libcuda.a" # CUDA_ERROR_STUB_LIBRARY
    functions cublas | scripts/cuda-lazy.sh "$(soname cublas)" 1 "$LINK/lib64/libcublas.a"
    functions cublasLt | scripts/cuda-lazy.sh "$(soname cublasLt)" 1 "$LINK/lib64/libcublasLt.a"
    functions curand | scripts/cuda-lazy.sh "$(soname curand)" 203 "$LINK/lib64/libcurand.a"
    functions nvrtc | scripts/cuda-lazy.sh "$(soname nvrtc)" 11 "$LINK/lib64/libnvrtc.a"
    [[ $features != cudnn ]] ||
        functions cudnn | scripts/cuda-lazy.sh "$(soname cudnn)" 1001 "$LINK/lib64/libcudnn.a"
    ln -s "$libraries/libcudart_static.a" "$LINK/lib64/libcudart.a"
}

main() {
    need cargo "see https://rustup.rs"
    need cc "nvcc and rustc call a C compiler"
    need readelf "it comes with binutils"
    [[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || fail "this script knows Linux on x86_64 only; use cargo build --features cuda"
    find_toolkit
    make_link_folder
    export CUDA_HOME="$LINK" CUDA_ROOT="$LINK" CUDA_PATH="$LINK" CUDA_TOOLKIT_ROOT_DIR="$LINK"
    export PATH="$LINK/bin:$PATH" CUDA_COMPUTE_CAP="${CUDA_COMPUTE_CAP:-90}"
    echo "== $(nvcc --version | grep release), of $home, for compute capability $CUDA_COMPUTE_CAP"
    if [[ -n $check ]]; then
        exec cargo clippy --release --workspace --exclude xtask --features "disentangle/$features" -- -D warnings
    fi
    # An RPATH, not a RUNPATH: libnvrtc looks for libnvrtc-builtins, and only an RPATH holds for what a library loads.
    cargo rustc --release --package disentangle --bin disentangle --features "$features" -- \
        -C strip=symbols -C "link-arg=-Wl,--disable-new-dtags,-rpath,\$ORIGIN/cuda"
    ln -sfn "$libraries" "$TARGET/release/cuda"
    [[ -z $step ]] || cargo rustc --release --package disentangle-trainer --example step --features "$features" -- \
        -C strip=symbols -C "link-arg=-Wl,--disable-new-dtags,-rpath,\$ORIGIN/../cuda"
    local binary="$TARGET/release/disentangle"
    echo "== $binary: $(du -h "$binary" | cut -f 1), linked to"
    readelf -d "$binary" | sed -n 's/.*\(NEEDED\|RPATH\).*\[\(.*\)\]/   \1 \2/p'
    ! readelf -d "$binary" | grep -qE 'NEEDED.*lib(cu|nvrtc)' || fail "$binary: is bound to a library of CUDA"
}

main
