#!/usr/bin/env bash
# Installs what the lock file names: Debian packages, and PyPI wheels into a folder outside the checkout.
#   scripts/setup.sh           what the build needs
#   scripts/setup.sh parity    and the environment that runs the official Python package beside ours
# Does nothing, quickly, where all is there. Exits with 4 where it would need root and is not.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lock=$here/deps.lock
deps=$("$here/deps_dir.sh")
vocab_sha256=45bbac6b341c319adc98a532532882e91a9cefc0329aa57bac9ae761c27b291c
templates_sha256=ae3324fae56ada29571f1aafb2b42179bc4c67729558b89afebe36df9d795629
say() { printf 'setup: %s\n' "$*" >&2; }

version() { awk -v kind="$1" -v name="$2" '$1 == kind && $2 == name {print $3}' "$lock"; }
pinned() { awk -v kind="$1" '$1 == kind {print $2 "==" $3}' "$lock"; }
lines() { grep "^$1 " "$lock"; }

# A part is done when its stamp holds the lines of the lock file that made it; the stamp is written last.
is_done() { [ "$(cat "$deps/$1.done" 2>/dev/null)" = "$(lines "$1")" ]; }
mark_done() { lines "$1" >"$deps/$1.done.new" && mv "$deps/$1.done.new" "$deps/$1.done"; }

missing_packages() {
  awk -v tests="$2" '$1 == "apt" || (tests != "" && $1 == "apt-" tests) {print $2}' "$lock" | sort >"$1.wanted"
  # dpkg-query fails when it knows none of one name; what it does know it prints all the same.
  { xargs dpkg-query -W -f '${db:Status-Status} ${Package}\n' <"$1.wanted" 2>/dev/null || true; } |
    awk '$1 == "installed" {print $2}' | sort -u >"$1.present"
  comm -23 "$1.wanted" "$1.present"
}

install_packages() {
  say "installing $(echo "$@")"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=600 update -q >&2
  apt-get -o DPkg::Lock::Timeout=600 install -y -q --no-install-recommends "$@" >&2
}

# The build's wheels: OpenVINO, LibTorch and Arrow (headers and libraries), the two CUDA libraries that LibTorch's CPU
# half cannot be loaded without, and the official vocabulary and prompt templates.
fetch_wheels() {
  say "fetching OpenVINO, LibTorch, Arrow, the vocabulary and the prompt templates into $deps"
  rm -rf "$deps"/new-*  # of a run that was killed
  local new folder packages
  new=$(mktemp -d "$deps/new-XXXXXX")
  mapfile -t packages < <(pinned wheel)
  python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d "$new/wheels" \
    "${packages[@]}" >&2
  for wheel in "$new"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$new/unpacked"; done
  mv "$new/unpacked/cn_clip/clip/vocab.txt" "$new/vocab.txt"
  mv "$new/unpacked/cn_clip/eval/cvinw_zeroshot_templates.py" "$new/zeroshot_templates.py"
  printf '%s\n' "$vocab_sha256  $new/vocab.txt" "$templates_sha256  $new/zeroshot_templates.py" |
    sha256sum -c --quiet - >&2
  for folder in openvino torch nvidia pyarrow; do  # side by side, as LibTorch looks for the folder nvidia
    rm -rf "${deps:?}/$folder"
    mv "$new/unpacked/$folder" "$deps/$folder"
  done
  mv "$new/vocab.txt" "$new/zeroshot_templates.py" "$deps/"
  rm -rf "$new"
  mark_done wheel
}

# A virtual environment cannot be moved once made, so it grows in its place; the stamp says when it is whole.
build_parity() {
  say "building the environment of the parity tests in $deps/parity (several gigabytes)"
  rm -rf "$deps/parity" "$deps/parity.done" "$deps/module.done"
  python3 -m venv "$deps/parity"
  local packages
  mapfile -t packages < <(pinned parity | grep -v '^cn-clip==')
  "$deps/parity/bin/pip" install -q --disable-pip-version-check "${packages[@]}" >&2
  # The official package pins an lmdb that does not build on current Pythons; the lock file names one that does.
  "$deps/parity/bin/pip" install -q --disable-pip-version-check --no-deps "cn-clip==$(version parity cn-clip)" >&2
  mark_done parity
}

build_module() {
  local packages
  mapfile -t packages < <(pinned module)
  "$deps/parity/bin/pip" install -q --disable-pip-version-check "${packages[@]}" >&2
  mark_done module
}

if ! command -v dpkg-query >/dev/null; then
  say "this script knows Debian and Ubuntu; elsewhere install the equivalents of the apt lines of $lock"
  exit 4
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mapfile -t missing < <(missing_packages "$scratch/apt" "${1:-}")
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    say "these packages are missing; run:"
    say "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
    exit 4
  fi
  install_packages "${missing[@]}"
fi

parts=(wheel)
[ "${1:-}" != parity ] || parts+=(parity module)
for part in "${parts[@]}"; do
  is_done "$part" && continue
  mkdir -p "$deps"
  exec 9>"$deps/lock"
  flock 9  # two at once would fill the same folder
  if is_done "$part"; then continue; fi
  case $part in
    wheel) fetch_wheels ;;
    parity) build_parity ;;
    module) build_module ;;
  esac
done
