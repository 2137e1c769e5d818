#!/usr/bin/env bash
# Runs every fuzz target from its seeds: fuzz.sh SECONDS-EACH [NAME...]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
shift
names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(basename -s _fuzz.cpp fuzz/*_fuzz.cpp)

export LSAN_OPTIONS=suppressions=$PWD/fuzz/lsan_suppressions.txt:print_suppressions=0
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target "${names[@]/%/_fuzz}"
found=$(mktemp -d)  # new inputs: they help within the run, and are not kept
trap 'rm -rf "$found"' EXIT
for name in "${names[@]}"; do
  mkdir "$found/$name"
  echo "fuzz: $name"
  build-fuzz/bin/"${name}_fuzz" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=20 -verbosity=0 -print_funcs=0 -print_final_stats=1 \
    "$found/$name" "fuzz/corpus/$name" 2>&1 | tee "$found/log" | grep -E '^stat::number_of_executed_units|ERROR|SUMMARY' ||
    { cat "$found/log"; exit 1; }
done
