#!/usr/bin/env bash
# Installs into a temporary prefix and builds the example project against it, as a user would.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$root/build" --prefix "$work/prefix" >/dev/null
cmake -S "$root/examples/find_package" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/build" >/dev/null
"$work/prefix/bin/cnclip" init --arch tiny -o "$work/tiny.safetensors" 2>/dev/null
printf 'P3 2 2 255 255 0 0 0 255 0 0 0 255 255 255 255\n' >"$work/picture.ppm"
"$work/build/embed" "$work/tiny.safetensors" "$work/picture.ppm"
echo "install: the example runs against the installed package"
