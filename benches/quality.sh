#!/usr/bin/env bash
# Measures goodhart and three loop guards on the labelled corpora, with the sources of spliced sessions left out of the
# reference, and prints the table that benches/record/ keeps.
#
#   benches/quality.sh [WORK FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
corpora=${GOODHART_CORPORA:-../shared/corpora}
work=${1:-$(mktemp -d)}
labels=$corpora/labels-dev.jsonl
logs=("$corpora"/native/spliced "$corpora"/native/entire_external_agents "$corpora"/native/trail_gaia "$corpora"/chat/*.jsonl.zst)

cargo build --release --quiet -p goodhart-cli -p goodhart-benches
bin=${CARGO_TARGET_DIR:-target}/release
"$bin/reference" --corpora "$corpora" --leave-out "$labels" --output "$work/reference.bin" 2>"$work/card.txt"

# Corpora are judged one by one: a batch is what one user would scan.
: >"$work/goodhart.jsonl"
for log in "${logs[@]}"; do
    "$bin/goodhart" scan --all --format jsonl --baseline "$work/reference.bin" "$log" >>"$work/goodhart.jsonl" 2>>"$work/summaries.txt"
    "$bin/goodhart" steps --format jsonl --baseline "$work/reference.bin" "$log" >>"$work/goodhart.jsonl" 2>/dev/null
done
"$bin/guards" "${logs[@]}" --out "$work/guards" 2>/dev/null
predictions=(--pred "goodhart=$work/goodhart.jsonl")
for guard in openhands gemini_cli equal_calls; do
    predictions+=(--pred "$guard=$work/guards/$guard.jsonl")
done
"$bin/goodhart" evaluate --labels "$labels" "${predictions[@]}" --brief
