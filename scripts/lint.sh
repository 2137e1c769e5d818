#!/usr/bin/env bash
# Levels, format, clang-tidy: lint.sh [JOBS]. Wants a configured build/ for its compile commands.
set -euo pipefail
cd "$(dirname "$0")/.."
sources() { git ls-files -z --cached --others --exclude-standard -- "$@"; }
python3 scripts/check_includes.py
sources '*.h' '*.cpp' | xargs -0 clang-format --dry-run -Werror
# One file a process. clang-tidy counts on stderr what it did not show: only its findings matter here.
sources 'src/*.cpp' | xargs -0 -P "${1:-1}" -n 1 clang-tidy -p build --quiet 2>/dev/null
