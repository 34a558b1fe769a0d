#!/usr/bin/env bash
# Measures goodhart beside a usage counter and the JSON parser, and writes the table of ratios into benches/record/.
# Needs npm (or COUNTER=path of the native binary) and GNU time; takes less than 10 minutes on two idle cores.
#
#   benches/performance.sh
#   LARGEST=16 benches/performance.sh     where the disk does not hold 64 repetitions (8 GB)
#   STREAM=50 benches/performance.sh      also streams 50 GB
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
record=benches/record/$(date +%F)-performance.md
rounds=5

counter=${COUNTER:-}
if [ -z "$counter" ] && command -v npm >/dev/null; then
    npm install --silent --no-audit --no-fund --prefix "$work/npm" @ccusage/ccusage-linux-x64@20.0.24 >/dev/null 2>&1 || true
    counter=$work/npm/node_modules/@ccusage/ccusage-linux-x64/bin/ccusage
fi
cargo build --release --quiet -p goodhart-cli -p goodhart-benches --bin goodhart --bin corpus --bin performance --bin stream
bin=$PWD/target/release
[ -z "${CARGO_TARGET_DIR:-}" ] || bin=$CARGO_TARGET_DIR/release
goodhart=$bin/goodhart

# measure RUNS COMMAND…: wall seconds, CPU seconds and peak MB; the fastest of the runs, and the largest memory.
measure() {
    local runs=$1
    shift
    for _ in $(seq "$runs"); do
        /usr/bin/time -f '%e %U %S %M' -o "$work/time" "$@" >/dev/null 2>&1 || true
        tail -n 1 "$work/time"
    done | awk '{ cpu = $2 + $3; if (NR == 1 || $1 < wall) wall = $1; if (NR == 1 || cpu < least) least = cpu; if ($4 > peak) peak = $4 }
        END { printf "%.2f %.2f %.0f\n", wall, least, peak / 1024 }'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'; }
row() { printf '| %s | %s | %s |\n' "$1" "$2" "${3:-}"; }

{
    echo "# Performance"
    echo
    echo "$(nproc) cores, $(uname -sm), $(date -u +%FT%RZ), $(git rev-parse --short HEAD); load before the run $(cut -d' ' -f1 /proc/loadavg)"
    echo

    "$bin/corpus" "$work/home" --repeat "$rounds"
    "$bin/corpus" "$work/one.jsonl" --repeat "$rounds" --one-file
    read -r wall2 cpu2 peak2 < <(measure 5 "$goodhart" scan --format jsonl --threads 2 "$work/home")
    read -r wall1 cpu1 peak1 < <(measure 3 "$goodhart" scan --format jsonl --threads 1 "$work/home")
    echo "## Beside a counter of tokens"
    echo
    echo "| | wall s | CPU s | peak MB |"
    echo "|---|---|---|---|"
    echo "| goodhart scan, 2 threads | $wall2 | $cpu2 | $peak2 |"
    echo "| goodhart scan, 1 thread | $wall1 | $cpu1 | $peak1 |"
    if [ -x "$counter" ]; then
        read -r wallc cpuc peakc < <(measure 5 env CLAUDE_CONFIG_DIR="$work/home" "$counter" claude session --offline --json)
        echo "| counter | $wallc | $cpuc | $peakc |"
    else
        wallc=0 cpuc=0
    fi
    read -r one2 _ _ < <(measure 3 "$goodhart" scan --format jsonl --threads 2 "$work/one.jsonl")
    read -r one1 _ _ < <(measure 3 "$goodhart" scan --format jsonl --threads 1 "$work/one.jsonl")
    rm "$work/one.jsonl"

    "$bin/performance" >"$work/bench"
    parse=$(awk -F'|' '$2 == " parser alone " { print $3 * '"$rounds"' }' "$work/bench")
    echo
    echo "## Ratios"
    echo
    echo "$(du -sm "$work/home" | cut -f1) MB in $(find "$work/home" -name '*.jsonl' | wc -l) files."
    echo
    echo "| what | ratio | wanted |"
    echo "|---|---|---|"
    row "wall, goodhart / counter" "$(ratio "$wall2" "$wallc")" "at most 1"
    row "CPU, goodhart / counter" "$(ratio "$cpu2" "$cpuc")" "at most 1.5"
    row "CPU of the whole scan / parser alone ($parse s)" "$(ratio "$cpu1" "$parse")" "at most 2.5"
    row "1 thread / 2 threads, many small files" "$(ratio "$wall1" "$wall2")" "at least 1.8"
    row "1 thread / 2 threads, one file of all" "$(ratio "$one1" "$one2")" "at least 1.8"

    echo
    echo "## Growth with the number of sessions"
    echo
    echo "| repetitions | wall s | CPU s | CPU s each | peak MB |"
    echo "|---|---|---|---|---|"
    rm -r "$work/home"
    for repeat in 1 4 16 64; do
        [ "$repeat" -le "${LARGEST:-64}" ] || continue
        "$bin/corpus" "$work/home" --repeat "$repeat"
        read -r wall cpu peak < <(measure 1 "$goodhart" scan --format jsonl "$work/home")
        echo "| $repeat | $wall | $cpu | $(ratio "$cpu" "$repeat") | $peak |"
        [ "$repeat" -ne 1 ] || small=$(find "$work/home" -name '*.jsonl' -size -150k -size +90k | sort | head -n 1)
        [ "$repeat" -ne 1 ] || head -c 100000 "$small" | sed '$d' >"$work/small.jsonl"
        rm -r "$work/home"
    done

    echo
    echo "## Start-up"
    echo
    for _ in $(seq 20); do
        start=$EPOCHREALTIME
        "$goodhart" scan --format jsonl "$work/small.jsonl" >/dev/null 2>&1 || true
        echo "$start $EPOCHREALTIME"
    done | awk '{ ms = ($2 - $1) * 1000; if (NR == 1 || ms < least) least = ms } END { printf "A file of 100 KB: %.1f ms (wanted: below 20).\n", least }'

    echo
    echo "## In the process"
    echo
    cat "$work/bench"
    if [ -n "${STREAM:-}" ]; then
        echo
        echo "## Streamed"
        echo
        echo "| | |"
        echo "|---|---|"
        "$bin/stream" --gigabytes "$STREAM"
    fi
} | tee "$work/record"
cp "$work/record" "$record"
