#!/usr/bin/env bash
# Installs what the lock file names: Debian packages, and PyPI wheels into a folder outside the checkout.
#   scripts/setup.sh           what the build needs
#   scripts/setup.sh parity    and the environment that runs the official Python package beside ours
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lock=$here/deps.lock
deps=$("$here/deps_dir.sh")
say() { printf 'setup: %s\n' "$*" >&2; }

# Debian packages: only what is missing, and apt only then.
missing=()
for package in $(awk '$1 == "apt" {print $2}' "$lock"); do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    say "these packages are missing; run:"
    say "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
    exit 4
  fi
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >&2
  apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
fi

mkdir -p "$(dirname "$deps")"
exec 9>"$deps.lock"
flock 9  # two at once would fill the same folder

version() { awk -v kind="$1" -v name="$2" '$1 == kind && $2 == name {print $3}' "$lock"; }

if [ ! -e "$deps/openvino/cmake/OpenVINOConfig.cmake" ] || [ ! -e "$deps/vocab.txt" ]; then
  say "fetching OpenVINO and the vocabulary into $deps"
  work=$(mktemp -d "$deps.new-XXXXXX")
  python3 -m pip download -q --no-deps --disable-pip-version-check -d "$work/wheels" \
    "openvino==$(version wheel openvino)" "cn-clip==$(version wheel cn-clip)" >&2
  for wheel in "$work"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$work/unpacked"; done
  cp "$work/unpacked/cn_clip/clip/vocab.txt" "$work/vocab.txt"
  echo "45bbac6b341c319adc98a532532882e91a9cefc0329aa57bac9ae761c27b291c  $work/vocab.txt" | sha256sum -c --quiet >&2
  mkdir -p "$deps"
  rm -rf "$deps/openvino"
  mv "$work/unpacked/openvino" "$deps/openvino"
  mv "$work/vocab.txt" "$deps/vocab.txt"
  rm -rf "$work"
fi

if [ "${1:-}" = parity ] && [ ! -e "$deps/parity/complete" ]; then
  say "building the parity environment in $deps/parity (several gigabytes)"
  rm -rf "$deps/parity"
  python3 -m venv "$deps/parity"
  pip="$deps/parity/bin/pip --disable-pip-version-check -q"
  packages=$(awk '$1 == "parity" && $2 != "cn-clip" {print $2 "==" $3}' "$lock")
  # shellcheck disable=SC2086
  $pip install $packages >&2
  # The official package pins an lmdb that does not build on current Pythons.
  $pip install --no-deps "cn-clip==$(version parity cn-clip)" >&2
  touch "$deps/parity/complete"
fi
