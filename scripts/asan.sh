#!/usr/bin/env bash
# Runs the tests of the kernels, which are unsafe, and of the readers of files, which are hostile, under AddressSanitizer.
#
#   scripts/asan.sh [PACKAGE…]     without one: disentangle-kernels disentangle-arrays
#
# Needs no nightly toolchain: the stable one has the sanitizer's runtime, behind a flag that this sets for itself alone.
# Miri is no choice here: it knows neither the vector instructions of the kernels nor the C library that candle calls.
# What it builds is in target/asan. The first run compiles candle with the sanitizer, some ten minutes on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
runtime=$(rustc --print sysroot)/lib/rustlib/$host/lib/librustc-stable_rt.asan.a
if [[ ! -f $runtime ]]; then
    echo "error: $runtime: not there; AddressSanitizer is known for Linux alone" >&2
    exit 1
fi
packages=("$@")
[[ $# -gt 0 ]] || packages=(disentangle-kernels disentangle-arrays)

export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address" CARGO_INCREMENTAL=0
# Leaks are not looked for: pools of threads live as long as the process.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0}"
# Doc tests are built by rustdoc, which takes flags of its own.
cargo test --target "$host" --target-dir "${CARGO_TARGET_DIR:-target}/asan" --tests "${packages[@]/#/--package=}"
