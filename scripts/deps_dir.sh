#!/bin/sh
# Prints the folder of installed dependencies: $CNCLIP_DEPS, or one named after what the lock file puts there.
here=$(cd "$(dirname "$0")" && pwd)
hash=$(grep -E '^(wheel|parity) ' "$here/deps.lock" | sha256sum | cut -c1-12)
echo "${CNCLIP_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/cnclip/deps-$hash}"
