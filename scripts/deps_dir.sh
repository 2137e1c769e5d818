#!/bin/sh
# Prints the folder of installed dependencies: $CNCLIP_DEPS, or one named after the lock file.
here=$(cd "$(dirname "$0")" && pwd)
echo "${CNCLIP_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/cnclip/deps-$(sha256sum "$here/deps.lock" | cut -c1-12)}"
