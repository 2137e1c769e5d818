#!/usr/bin/env bash
# Installs into a temporary prefix, and builds and runs the example project against it as a user would.
#   scripts/test_install.sh [BUILD FOLDER]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CNCLIP_HOME=$work/home

quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }
quietly cmake --install "${1:-$root/build}" --prefix "$work/prefix"
# A copy of the example: nothing of the checkout can help it.
cp -r "$root/examples/find_package" "$work/example"
quietly cmake -S "$work/example" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix"
quietly cmake --build "$work/build"

printf 'P3 2 2 255 255 0 0 0 255 0 0 0 255 255 255 255\n' >"$work/picture.ppm"
quietly "$work/prefix/bin/cnclip" init --arch tiny -o "$work/tiny.safetensors"
quietly "$work/prefix/bin/cnclip" match --model "$work/tiny.safetensors" --image "$work/picture.ppm" --text 红色 --engine torch
"$work/build/embed" "$work/tiny.safetensors" "$work/picture.ppm"
echo "install: the example builds and runs against the installed package"
