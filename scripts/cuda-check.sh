#!/usr/bin/env bash
# Checks and measures `disentangle` on a machine with a GPU, and writes a section for docs/benchmarks.md.
#
#   scripts/cuda-check.sh [--study] > section.md     exit 1: a check failed; 2: no GPU
#
# --study also trains two runs of the field's study, 300,000 steps each (STUDY_STEPS for another number), and scores them.
#
# Needs python3 and a driver. Takes `disentangle` and `examples/step` of target/release (or $CARGO_TARGET_DIR/release), which
# another machine may have built; builds what is missing by `scripts/cuda-build.sh --step`. PEERS_PYTHON names a Python
# with torch: without it there are no times beside PyTorch. DEVICE is the device, `cuda` if it is not set; SECONDS_EACH
# how long each time is measured; GPU_TFLOPS and GPU_GBS the GPU's peaks where the script does not know them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly TOLERANCE="1e-3"
readonly STEPS=100
readonly CONFIG="configs/presets/quickstart.yaml"
RELEASE="$(realpath -m "${CARGO_TARGET_DIR:-target}")/release"
DEVICE="${DEVICE:-cuda}"
SECONDS_EACH="${SECONDS_EACH:-3}"
THREADS=$(nproc)

study=""
for argument in "$@"; do
    case "$argument" in
    --study) study=1 ;;
    *) echo "error: $argument: expected --study" >&2 && exit 2 ;;
    esac
done

if ! gpus=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null) || [[ -z $gpus ]]; then
    echo "error: no GPU: nvidia-smi names none; nothing was checked" >&2
    exit 2
fi
command -v python3 >/dev/null || { echo "error: no python3: it compares the losses" >&2 && exit 1; }
number=0
[[ $DEVICE != cuda:* ]] || number="${DEVICE#cuda:}"
gpu=$(sed -n "$((number + 1))p" <<<"$gpus")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

say() {
    echo "== $*" >&2
}

# Runs a command; shows what it wrote if it fails.
quietly() {
    "$@" >"$folder/log" 2>&1 || { cat "$folder/log" >&2 && echo "error: failed: $*" >&2 && exit 1; }
}

train() {
    say "train $*"
    quietly "$RELEASE/disentangle" train --no-progress "$@"
}

# The largest relative difference of the losses that two runs logged; fails if the runs disagree.
compare_losses() {
    python3 - "$1/events.jsonl" "$2/events.jsonl" "$3" "$TOLERANCE" <<'PYTHON'
import json, math, sys
def losses(path):
    events = map(json.loads, open(path))
    scalars = [e for e in events if e["event"] == "scalars"]
    return {(e["step"], k): v for e in scalars for k, v in e["values"].items() if k.startswith("loss/")}
ours, theirs = losses(sys.argv[1]), losses(sys.argv[2])
least, tolerance = int(sys.argv[3]), float(sys.argv[4])
if ours.keys() != theirs.keys() or len(ours) < least:
    sys.exit(f"error: the runs logged {len(ours)} and {len(theirs)} losses, not the same {least} or more")
differences = {step: abs(ours[step] - theirs[step]) / abs(ours[step]) for step in ours}
if not all(map(math.isfinite, differences.values())):
    sys.exit("error: a loss is not finite")
step = max(differences, key=differences.get)
print(f"{differences[step]:.2e} ({step[1]} at step {step[0]}, of {len(ours)} logged values)")
if differences[step] > tolerance:
    sys.exit(f"error: losses differ by {differences[step]:.2e} ({step[1]} at step {step[0]}), more than {tolerance}")
PYTHON
}

check_runs() {
    local options=(--set log.every=1 --set eval.at_end=false) half=$((STEPS / 2)) difference resumed
    train "$CONFIG" "${options[@]}" --set train.steps=$STEPS --device cpu --run "$folder/cpu"
    train "$CONFIG" "${options[@]}" --set train.steps=$STEPS --device "$DEVICE" --run "$folder/gpu"
    difference=$(compare_losses "$folder/cpu" "$folder/gpu" "$STEPS")
    train "$CONFIG" "${options[@]}" --set train.steps=$half --device "$DEVICE" --run "$folder/resumed"
    train --resume --run "$folder/resumed" --set train.steps=$STEPS --device "$DEVICE"
    resumed=$(compare_losses "$folder/gpu" "$folder/resumed" "$STEPS")
    say "eval and encode"
    quietly "$RELEASE/disentangle" eval "$folder/gpu" --metrics mig --preset fast --device "$DEVICE"
    quietly "$RELEASE/disentangle" encode "$folder/gpu" --out "$folder/codes.npz" --device "$DEVICE"
    [[ -s $folder/codes.npz ]] || { echo "error: encode wrote nothing" >&2 && exit 1; }
    echo "Losses of \`$CONFIG\` over $STEPS steps on the GPU and the CPU differ by at most $difference; resumed"
    echo "at step $half, by $resumed (relative; at most $TOLERANCE passes). \`eval\` and \`encode\` ran on the GPU."
    echo
}

# One number of a line of JSON.
field() {
    python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

peer() {
    [[ -n ${PEERS_PYTHON:-} ]] || { echo "-" && return; }
    say "PyTorch $*"
    local model="$1" batch="$2"
    shift 2
    "$PEERS_PYTHON" benches/peers/pytorch_step.py "$model" "$batch" "$SECONDS_EACH" nchw "$THREADS" --device "$DEVICE" "$@" |
        field step
}

# A row: what a step takes, and the least that it could take by operations and by bytes.
row() {
    python3 - "$gpu" "$@" <<'PYTHON'
import os, sys
gpu, model, batch, ours, eager, compiled = sys.argv[1:]
batch, ours = int(batch), float(ours)
# Cin, Cout, kernel, side of the input, side of the output; products run over the smaller image.
NETS = {
    "burgess": [(1, 32, 4, 64, 32), (32, 32, 4, 32, 16), (32, 32, 4, 16, 8), (32, 32, 4, 8, 4), (512, 256, 1, 1, 1),
                (256, 256, 1, 1, 1), (256, 20, 1, 1, 1), (10, 256, 1, 1, 1), (256, 256, 1, 1, 1), (256, 512, 1, 1, 1),
                (32, 32, 4, 4, 8), (32, 32, 4, 8, 16), (32, 32, 4, 16, 32), (32, 1, 4, 32, 64)],
    "paper": [(3, 32, 3, 64, 31), (32, 32, 3, 31, 15), (32, 64, 3, 15, 7), (64, 128, 3, 7, 3), (128, 256, 3, 3, 1),
              (256, 40, 1, 1, 1), (20, 256, 1, 1, 1), (256, 256, 4, 1, 2), (256, 128, 4, 2, 6), (128, 128, 4, 6, 14),
              (128, 64, 4, 14, 30), (64, 64, 4, 30, 62), (64, 3, 3, 62, 64)],
}
# Peaks of NVIDIA's data sheets: f32 TFLOP/s outside tensor cores, GB/s.
PEAKS = {"H200": (67, 4800), "H100 PCIe": (51, 2000), "H100": (67, 3350), "A100-SXM4-80GB": (19.5, 2039),
         "A100 80GB PCIe": (19.5, 1935), "A100": (19.5, 1555), "L40S": (91.6, 864), "L4": (30.3, 300), "RTX 4090": (82.6, 1008)}
layers = NETS[model]
macs = [a * b * k * k * min(i, o) ** 2 for a, b, k, i, o in layers]
flop = 2 * batch * (3 * sum(macs) - macs[0])  # the images have no gradient
weights = sum(a * b * k * k + b for a, b, k, _, _ in layers)
outputs = sum(b * o * o for _, b, _, _, o in layers)
# An output and its gradient are each written once and read once, the output a second time for the gradient of the
# weights; a weight is read twice, its gradient written and read, and Adam reads and writes it and two moments.
moved = 4 * (batch * 5 * outputs + 10 * weights)
known = next((v for k, v in PEAKS.items() if k in gpu), (None, None))
tflops = float(os.environ.get("GPU_TFLOPS") or known[0] or 0)
rate = float(os.environ.get("GPU_GBS") or known[1] or 0)
by = lambda work, peak: f"{1e3 * work / peak:.3f} ({work / peak / ours * 1e5:.0f} %)" if peak else "unknown GPU"
ratio = lambda text: "-" if text == "-" else f"{float(text) / ours:.2f}"
print(f"| {model} | {batch} | {ours:.3f} | {1e3 * batch / ours:,.0f} | {eager} | {ratio(eager)} | {compiled} | {ratio(compiled)} "
      f"| {flop / 1e9:.2f} | {by(flop, tflops * 1e12)} | {moved / 1e6:.1f} | {by(moved, rate * 1e9)} |")
PYTHON
}

measure() {
    echo "| model | batch | ours, ms | images/s | eager, ms | ratio | \`torch.compile\`, ms | ratio | GFLOP | least by operations, ms | MB | least by bytes, ms |"
    echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
    local model batch ours eager compiled
    for model in paper burgess; do
        for batch in 64 256; do
            say "ours $model $batch"
            ours=$("$RELEASE/examples/step" "$model" "$batch" "$SECONDS_EACH" "$THREADS" "$DEVICE" | field step)
            eager=$(peer "$model" "$batch")
            compiled=$(peer "$model" "$batch" --compile)
            row "$model" "$batch" "$ours" "$eager" "$compiled"
        done
    done
    echo
    echo "The fastest step, the GPU waited for after each; a ratio above 1 says that ours is faster. PyTorch as it comes:"
    echo "its convolutions may use TF32. The least times are at the peak of f32 outside tensor cores and of the memory,"
    echo "with every layer's output moved as if nothing were fused; the share of them in our step is in parentheses."
    echo
}

profile() {
    local step=("$RELEASE/examples/step" burgess 64 1 "$THREADS" "$DEVICE")
    if command -v nsys >/dev/null; then
        say "nsys"
        quietly nsys profile --force-overwrite true --output "$folder/profile" "${step[@]}"
        printf 'Kernels of burgess 64, by `nsys`:\n\n```text\n'
        nsys stats --report cuda_gpu_kern_sum --format table "$folder/profile.nsys-rep" 2>/dev/null | cut -c 1-160 | head -n 24
        printf '```\n'
    elif command -v ncu >/dev/null; then
        say "ncu"
        printf 'Kernels 200 to 300 of burgess 64, by `ncu`:\n\n```text\n'
        ncu --launch-skip 200 --launch-count 100 --print-summary per-kernel "${step[@]}" 2>/dev/null | head -n 120
        printf '```\n'
    else
        echo "Neither \`nsys\` nor \`ncu\` was there: no profile."
    fi
}

# One seed of beta-VAE, beta = 4, and of FactorVAE, gamma = 30, beside what 50 seeds of the strongest settings spread over.
study_runs() {
    local config="configs/studies/unsupervised_study_v1.yaml" steps="${STUDY_STEPS:-300000}" number
    for number in 100 400; do
        say "run $number of the study, $steps steps"
        quietly "$RELEASE/disentangle" study run "$config" --index "$number" --out "$folder/study" --no-progress \
            --set config.train.steps="$steps" --device "$DEVICE"
    done
    echo "Runs 100 and 400 of \`$config\` (seed 0), $steps steps. Published: the least and the greatest of 50 seeds after"
    echo "300,000 steps, read off the figures of Locatello et al. 2019 to 0.02; one seed proves nothing, and the settings differ."
    echo
    python3 - "$folder/study" <<'PYTHON'
import json, pathlib, sys
names = {"dci": "DCI", "factor_vae": "FactorVAE", "irs": "IRS", "mig": "MIG", "sap": "SAP"}
print("| run |", " | ".join(names.values()), "| active codes |")
print("|---" * (len(names) + 2) + "|")
for number, run in ((100, "beta-VAE, beta = 4"), (400, "FactorVAE, gamma = 30")):
    scores = json.load(open(pathlib.Path(sys.argv[1], f"{number:04}", "metrics.json")))
    cells = [scores["metrics"][name]["score"] for name in names]
    print(f"| {run} |", " | ".join("-" if x is None else f"{x:.4f}" for x in cells), f"| {scores['input']['active_codes']} |")
print("| published, beta-VAE, beta = 16 | .06-.53 | .41-.73 | .44-.79 | .05-.39 | .005-.08 | |")
print("| published, FactorVAE, gamma = 100 | .09-.58 | .58-.94 | .51-.81 | .03-.47 | .013-.088 | |")
PYTHON
    echo
}

# A folder that holds the binary alone is enough on a machine without a compiler.
if [[ ! -x $RELEASE/disentangle || ! -x $RELEASE/examples/step ]]; then
    say "building"
    scripts/cuda-build.sh --step >&2
fi
echo "## on a GPU"
echo
echo "\`scripts/cuda-check.sh\`, ${gpu}, $THREADS threads of the host."
echo
check_runs
measure
profile
[[ -z $study ]] || study_runs
