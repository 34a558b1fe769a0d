#!/usr/bin/env bash
# Compares the token totals of goodhart with those of ccusage on all Claude Code and Codex logs of the corpora and of
# the samples. Needs npm, zstd and the corpora; everything is laid out in a folder that is removed at the end.
#
#   benches/parity.sh
set -euo pipefail
cd "$(dirname "$0")/.."
corpora=${GOODHART_CORPORA:-../shared/corpora}
samples=${GOODHART_SHARED:-../shared}/formats/samples
command -v npm >/dev/null || { echo "npm is needed to install the counter" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm install --silent --no-audit --no-fund --prefix "$work/counter" ccusage@20.0.24 >/dev/null 2>&1
ccusage=$work/counter/node_modules/.bin/ccusage
cargo build --release --quiet -p goodhart-cli -p goodhart-benches --bin goodhart --bin parity
bin=${CARGO_TARGET_DIR:-target}/release
status=0

# compare NAME AGENT HOME: the counter reads HOME as the folder of the agent.
compare() {
    echo "== $1"
    "$bin/goodhart" scan --all --format jsonl "$3" >"$work/ours.jsonl" 2>/dev/null
    CLAUDE_CONFIG_DIR=$3 CODEX_HOME=$3 "$ccusage" "$2" session --offline --json >"$work/theirs.json" 2>/dev/null
    "$bin/parity" --ours "$work/ours.jsonl" --theirs "$work/theirs.json" || status=1
}

# Each session is a project of its own: the counter adds up the files of a project that name no session.
claude() {
    local log id
    for log in "$2"/*.jsonl.zst; do
        id=$(basename "$log" .jsonl.zst)
        mkdir -p "$work/$1/projects/$id"
        zstd -dq "$log" -o "$work/$1/projects/$id/$id.jsonl"
    done
}

claude real "$corpora/native/entire_external_agents/claude_code"
compare "Claude Code" claude "$work/real"
claude spliced "$corpora/native/spliced"
compare "Claude Code, spliced" claude "$work/spliced"

day=$work/codex/sessions/2026/04/20
mkdir -p "$day"
for log in "$corpora"/native/entire_external_agents/codex/*.jsonl.zst; do
    zstd -dq "$log" -o "$day/rollout-2026-04-20T00-00-00-$(basename "$log" .zst)"
done
compare "Codex" codex "$work/codex"

mkdir -p "$work/sample"
cp -r "$samples/claude-code" "$work/sample/projects"
compare "Claude Code, sample" claude "$work/sample"
mkdir -p "$work/sample-codex"
cp -r "$samples/codex" "$work/sample-codex/sessions"
compare "Codex, sample" codex "$work/sample-codex"
exit $status
