#!/usr/bin/env bash
# Measures goodhart and its peers on labelled, spliced and generated sessions, and writes what came out to docs/quality.md,
# docs/features.md, docs/red-team.md, docs/rederivation.md and benches/record/. Needs the corpora; the spliced sets need
# python3 with numpy besides, and are left out without.
# Everything is laid out in a work folder (4 GB), which is removed at the end unless it is given.
#
#   benches/quality.sh [WORK FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
corpora=$(realpath "${GOODHART_CORPORA:-../shared/corpora}")
labels=$corpora/labels-dev.jsonl
seeds=20          # of the honest copies
per_class=200     # generated sessions of each class
if [ $# -gt 0 ]; then work=$1; mkdir -p "$work"; else work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; fi
work=$(realpath "$work")
mkdir -p "$work/reports"
record=benches/record/$(date -u +%F)-quality.txt

part() { echo "$(date -u +%T) $*" >&2; }

# judge NAME BASELINE PATH...: findings and steps of goodhart, one batch a path, as a user would scan them.
judge() {
    local name=$1 baseline=$2 path
    shift 2
    : >"$work/$name.jsonl"
    for path in "$@"; do
        "$bin/goodhart" scan --all --format jsonl --baseline "$baseline" "$path" >>"$work/$name.jsonl" 2>/dev/null
        "$bin/goodhart" steps --format jsonl --baseline "$baseline" "$path" >>"$work/$name.jsonl" 2>/dev/null
    done
}

# peers NAME [--brief] PATH...: predictions of every guard and measure, a path at a time for the memory's sake.
peers() {
    local name=$1 brief=() path guard
    shift
    if [ "$1" = --brief ]; then brief=(--brief); shift; fi
    mkdir -p "$work/guards/$name"
    rm -f "$work/guards/$name"/*.jsonl
    for path in "$@"; do
        "$bin/guards" "$path" "${brief[@]}" --out "$work/guards/part" 2>/dev/null
        for guard in "$work"/guards/part/*.jsonl; do
            cat "$guard" >>"$work/guards/$name/$(basename "$guard")"
        done
        rm -r "$work/guards/part"
    done
}

# report NAME LABELS...: evaluates what was judged under NAME (of games, as part of the corpora), as JSON for the page and as text for the record.
report() {
    local name=$1 guard predictions
    shift
    local judged=${name/games/corpora}
    predictions=(--pred "goodhart=$work/$judged.jsonl")
    for guard in "$work/guards/$judged"/*.jsonl; do
        predictions+=(--pred "$(basename "$guard" .jsonl)=$guard")
    done
    "$bin/goodhart" evaluate --labels "$@" "${predictions[@]}" --format json >"$work/reports/$name.json"
    # Of generated sessions the peers are on the page; with them the record would be too long to read.
    case $name in synth | population) predictions=("${predictions[@]:0:2}") ;; esac
    { echo "==== $name"; "$bin/goodhart" evaluate --labels "$@" "${predictions[@]}" --brief; } >"$work/reports/$name.txt"
}

# splice SEED NAME [OPTION...]: spliced copies of the ordinary sessions, with labels. The only step that needs Python.
splice() {
    python3 "$corpora/tools/splice.py" "$work/spliced" dev entire_external_agents --seed "$1" --name "$2" "${@:3}" >/dev/null
}

part "build"
cargo build --release --quiet -p goodhart-cli -p goodhart-benches -p goodhart-synth \
    --bin goodhart --bin goodhart-synth --bin columns --bin guards --bin quality --bin redteam --bin reference --bin retell
bin=$(realpath "${CARGO_TARGET_DIR:-target}")/release

# Seeds far from those of the embedded reference: nothing here may have been learned from.
part "generated sessions (in the background)"
honest=L01,L02,L05,L06,L10,L11,L12,L13,L14,L17,L18,L21,L22
gaming=G01,G03,G04,G07,G09,G10,G11,G13,G14,G18,G19,G23,G24
generate() { "$bin/goodhart-synth" --out "$1" --seed "$2" --per-class "$3" "${@:4}" >/dev/null; }
if [ ! -e "$work/population/labels.jsonl" ]; then
    {
        generate "$work/synth" 100000 "$per_class"
        # 2,000 honest sessions, 3 % of patterns.
        generate "$work/population/n" 200000 999 --classes N
        generate "$work/population/l" 200000 77 --classes "$honest"
        generate "$work/population/g" 200000 5 --classes "$gaming"
        cat "$work"/population/?/labels.jsonl >"$work/population/labels.jsonl"
    } &
    generating=$!
fi

part "reference without the sources of spliced sessions"
"$bin/reference" --corpora "$corpora" --leave-out "$labels" --output "$work/reference.bin" 2>/dev/null

part "corpora"
logs=("$corpora"/native/spliced "$corpora"/native/entire_external_agents "$corpora"/native/trail_gaia "$corpora"/chat/*.jsonl.zst)
judge corpora "$work/reference.bin" "${logs[@]}"
peers corpora "${logs[@]}"
report corpora "$labels"

part "TextWorld, game by game"
grep -F '/textworld/' "$labels" | sed -E 's|^(.*/textworld/([a-z_]+)/.*"group": ")textworld"|\1textworld, \2"|' >"$work/labels-games.jsonl"
report games "$work/labels-games.jsonl"

rm -f "$work"/reports/{thin,honest,shell,screen}.*
if python3 -c 'import numpy' 2>/dev/null; then
    part "thin set"
    if [ ! -e "$work/spliced/labels-dev-thin.jsonl" ]; then
        mkdir -p "$work/spliced/dev/native"
        cp -r "$corpora/native/entire_external_agents" "$work/spliced/dev/native/"
        find "$work/spliced/dev/native" -name '*.zst' -exec zstd -dq --rm {} +
        splice 7 thin --share-min 3 --share-max 8 --min-insert 3
    fi
    judge thin "$work/reference.bin" "$work/spliced/dev/native/thin"
    peers thin "$work/spliced/dev/native/thin"
    report thin "$work/spliced/labels-dev-thin.jsonl"

    part "told by agents with nothing but a shell"
    grep -hF '"corpus": "spliced"' "$labels" | cat - "$work/spliced/labels-dev-thin.jsonl" >"$work/labels-retold.jsonl"
    for sight in output screen; do
        name=${sight/output/shell}
        "$bin/retell" "$corpora/native/spliced" "$work/spliced/dev/native/thin" --sight $sight --output "$work/retold.jsonl" 2>/dev/null
        judge "$name" "$work/reference.bin" "$work/retold.jsonl"
        peers "$name" "$work/retold.jsonl"
        report "$name" "$work/labels-retold.jsonl"
    done

    part "honest copies of $seeds seeds"
    copies=$work/copies
    if [ ! -e "$copies/labels.jsonl" ]; then
        mkdir -p "$copies/logs"
        for seed in $(seq 101 $((100 + seeds))); do
            splice "$seed" "spliced_$seed"
            # Of a seed only what is honest is kept, under one name.
            grep -h '"kind": "control"' "$work/spliced/labels-dev-spliced_$seed.jsonl" | sed 's/"spliced_[0-9]*"/"copies"/' >"$copies/labels-$seed"
            sed 's/.*"session_id": "\([^"]*\)".*/\1/' "$copies/labels-$seed" | while read -r id; do
                mv "$work/spliced/dev/native/spliced_$seed/$id.jsonl" "$copies/logs/"
            done
            rm -r "$work/spliced/dev/native/spliced_$seed"
        done
        grep -hE '"target": "loop(_[a-z]+)?"' "$labels" | grep -F '"corpus": "spliced"' | cat "$copies"/labels-1* - >"$copies/labels.jsonl"
    fi
    "$bin/goodhart" scan --all --format jsonl --baseline "$work/reference.bin" "$copies/logs" >"$work/honest.jsonl" 2>/dev/null
    "$bin/goodhart" scan --all --format jsonl --baseline "$work/reference.bin" "$corpora/native/spliced" >>"$work/honest.jsonl" 2>/dev/null
    peers honest --brief "$corpora/native/spliced" "$copies/logs"
    report honest "$copies/labels.jsonl"
else
    echo "python3 with numpy was not found: no thin set, no honest copies" >&2
fi

part "generated sessions"
[ -z "${generating:-}" ] || wait "$generating"
judge synth embedded "$work/synth"
peers synth --brief "$work"/synth/*/
report synth "$work/synth/labels.jsonl"

part "population"
judge population embedded "$work/population"
peers population --brief "$work"/population/?
report population "$work/population/labels.jsonl"

part "evaders"
"$bin/redteam" --page docs/red-team.md >"$work/reports/redteam.md"

part "columns"
"$bin/columns" --corpora "$corpora" --output docs/features.md

if [ -e "$work/spliced/labels-dev-thin.jsonl" ]; then
    part "constants chosen anew"
    cargo build --release --quiet -p goodhart-benches --features tuning --bin rederive
    "$bin/rederive" "$corpora"/native/spliced "$work/spliced/dev/native/thin" \
        "$corpora"/chat/{llm_agents_study,intercode}.jsonl.zst --baseline "$work/reference.bin" \
        --labels "$labels" "$work/spliced/labels-dev-thin.jsonl" --output docs/rederivation.md
fi

part "page and record"
"$bin/quality" "$work/reports" --output docs/quality.md
cat "$work"/reports/{corpora,games,thin,shell,screen,honest,synth,population}.txt "$work/reports/redteam.md" 2>/dev/null >"$record" || true
part "done: docs/quality.md, $record"
