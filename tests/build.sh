#!/bin/sh
# Configure and build into a folder beside the sources.
#
#   sh tests/build.sh <folder> [cmake options ...]
#
# A warning is an error here, as it is not for those who build with a compiler
# that we have not seen. Says one line when it works and shows the whole log
# when it does not. A folder that was configured elsewhere (the sources have
# moved) starts afresh.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/$1
shift

fresh=
if [ -f "$folder/CMakeCache.txt" ] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"
then
    fresh=--fresh
fi

mkdir -p "$folder"
log=$folder/build.log
# $fresh may be none at all.
# shellcheck disable=SC2086
if ! {
    cmake $fresh -S "$root" -B "$folder" \
            -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "$@" &&
        cmake --build "$folder" --parallel "$(nproc)"
} >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "The build failed (log: $log)." >&2
    exit 1
fi
echo "Built in $folder"
