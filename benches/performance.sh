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
rounds=5          # how often the corpus is told
pairs=9           # rounds in which goodhart and the counter take turns

counter=${COUNTER:-}
if [ -z "$counter" ] && command -v npm >/dev/null; then
    npm install --silent --no-audit --no-fund --prefix "$work/npm" @ccusage/ccusage-linux-x64@20.0.24 >/dev/null 2>&1 || true
    counter=$work/npm/node_modules/@ccusage/ccusage-linux-x64/bin/ccusage
fi
cargo build --release --quiet -p goodhart-cli -p goodhart-benches --bin goodhart --bin corpus --bin performance --bin stream
bin=$PWD/target/release
[ -z "${CARGO_TARGET_DIR:-}" ] || bin=$CARGO_TARGET_DIR/release
goodhart=$bin/goodhart

# measure NAME COMMAND…: notes wall seconds, CPU seconds and peak KB of one run under a name.
measure() {
    local name=$1
    shift
    /usr/bin/time -f '%e %U %S %M' -o "$work/time" "$@" >/dev/null 2>&1 || true
    echo "$name $(tail -n 1 "$work/time")" >>"$work/runs"
}
# fastest NAME: wall seconds, CPU seconds and peak MB; of several runs the least, and the largest memory.
fastest() {
    awk -v name="$1" '$1 == name { cpu = $3 + $4; if (!n++ || $2 < wall) wall = $2; if (n == 1 || cpu < least) least = cpu; if ($5 > peak) peak = $5 }
        END { printf "%.2f %.2f %.0f\n", wall, least, peak / 1024 }' "$work/runs"
}
# paired WHAT A B: the median, over the rounds, of what A took beside what B took in the same round. A machine that is slow for a
# while is so for both.
paired() {
    awk -v what="$1" -v a="$2" -v b="$3" '{ took = what == "wall" ? $2 : $3 + $4 }
        $1 == a { x[++n] = took } $1 == b { y[++m] = took }
        END { for (i = 1; i <= n && i <= m; i++) if (y[i] > 0) print x[i] / y[i] }' "$work/runs" | sort -n |
        awk '{ r[NR] = $1 } END { if (NR) printf "%.2f", (r[int((NR + 1) / 2)] + r[int(NR / 2) + 1]) / 2; else printf "-" }'
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
    for _ in $(seq "$pairs"); do
        measure two "$goodhart" scan --format jsonl --threads 2 "$work/home"
        [ ! -x "$counter" ] || measure counter env CLAUDE_CONFIG_DIR="$work/home" "$counter" claude session --offline --json
        measure one "$goodhart" scan --format jsonl --threads 1 "$work/home"
        measure file-two "$goodhart" scan --format jsonl --threads 2 "$work/one.jsonl"
        measure file-one "$goodhart" scan --format jsonl --threads 1 "$work/one.jsonl"
    done
    rm "$work/one.jsonl"
    echo "## Beside a counter of tokens"
    echo
    echo "| | wall s | CPU s | peak MB |"
    echo "|---|---|---|---|"
    printed() { read -r wall cpu peak < <(fastest "$2") && echo "| $1 | $wall | $cpu | $peak |"; }
    printed "goodhart scan, 2 threads" two
    printed "goodhart scan, 1 thread" one
    [ ! -x "$counter" ] || printed counter counter

    "$bin/performance" >"$work/bench"
    parse=$(awk -F'|' '$2 == " parser alone " { print $3 * '"$rounds"' }' "$work/bench")
    echo
    echo "## Ratios"
    echo
    echo "Medians of $pairs rounds in which all of them took turns. $(du -sm "$work/home" | cut -f1) MB in $(find "$work/home" -name '*.jsonl' | wc -l) files."
    echo
    echo "| what | ratio | wanted |"
    echo "|---|---|---|"
    row "wall, goodhart / counter" "$(paired wall two counter)" "at most 1"
    row "CPU, goodhart / counter" "$(paired cpu two counter)" "at most 1.5"
    row "CPU of the whole scan / parser alone ($parse s)" "$(ratio "$(fastest one | cut -d' ' -f2)" "$parse")" "at most 2.5"
    row "1 thread / 2 threads, many small files" "$(paired wall one two)" "at least 1.8"
    row "1 thread / 2 threads, one file of all" "$(paired wall file-one file-two)" "at least 1.8"

    echo
    echo "## Growth with the number of sessions"
    echo
    echo "| repetitions | wall s | CPU s | CPU s each | peak MB |"
    echo "|---|---|---|---|---|"
    rm -r "$work/home"
    for repeat in 1 4 16 64; do
        [ "$repeat" -le "${LARGEST:-64}" ] || continue
        "$bin/corpus" "$work/home" --repeat "$repeat"
        measure "times-$repeat" "$goodhart" scan --format jsonl "$work/home"
        read -r wall cpu peak < <(fastest "times-$repeat")
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
