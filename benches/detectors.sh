#!/usr/bin/env bash
# Runs the detectors beside their counterparts in PyOD, scikit-learn and isotree: on one random table for speed, on a folder of
# ADBench sets for quality. One thread each. Needs a Python that has the three; PYTHON names it.
#
#   benches/detectors.sh DIR [MOST_ROWS]     only sets of at most so many rows, 5,000 unless told
set -euo pipefail
cd "$(dirname "$0")/.."
sets=${1:?the folder of ADBench sets}
rows=${2:-5000}
python=${PYTHON:-python3}
"$python" -c 'import isotree, pyod, sklearn' 2>/dev/null \
    || { echo "$python lacks isotree, pyod or scikit-learn: install them, or name another by PYTHON" >&2; exit 2; }
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1 RAYON_NUM_THREADS=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --release --quiet -p goodhart-benches --bin adbench --bin speed
bin=${CARGO_TARGET_DIR:-target}/release
"$bin/speed" --save "$work/table.npy"
"$bin/speed" --adapters >"$work/speed.txt"
"$bin/adbench" "$sets" --adapters --rows "$rows" >"$work/quality.txt"
"$python" benches/detectors.py --table "$work/table.npy" --speed "$work/speed.txt" \
    --sets "$sets" --rows "$rows" --quality "$work/quality.txt"
