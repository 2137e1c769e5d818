#!/usr/bin/env bash
# Runs every fuzz target for so many seconds, from its own seeds.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
cmake --preset fuzz >/dev/null
for source in fuzz/*_fuzz.cpp; do
  name=$(basename "$source" .cpp)
  cmake --build --preset fuzz --target "$name"
  corpus=$(mktemp -d)
  seeds=fuzz/corpus/${name%_fuzz}
  [ -d "$seeds" ] || seeds=
  # shellcheck disable=SC2086
  build-fuzz/bin/"$name" -max_total_time="$1" -rss_limit_mb=4096 -print_final_stats=0 "$corpus" $seeds
  rm -rf "$corpus"
done
