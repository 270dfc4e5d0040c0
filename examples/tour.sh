#!/bin/sh
# Build libmproc in build/ and show a tour of the examples: for each one listed
# in tour.txt its Python line and what it prints.
#
#   sh examples/tour.sh
#
# Installs what is missing, works from any folder, ends within a minute or so.
# An example that is meant to run for ever is stopped by Ctrl-C (SIGINT), sent
# to it and its children as a terminal would.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
programs=$here/../build/examples
list=$here/tour.txt
timed_out=124
failed=

sh "$here/../tests/install_deps.sh" build
sh "$here/../tests/build.sh" build -DMPROC_EXAMPLES=ON \
    -DMPROC_TESTS=OFF -DMPROC_BENCH=OFF

trim() {
    printf '%s' "$1" | sed 's/^ *//; s/ *$//'
}

# Programs may read or write files of their own: not among the sources.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
cd "$scratch"

run() { # name seconds python
    printf '\n=== %s\n    Python:  %s\n\n' "$1" "$3"
    code=0
    timeout --signal=INT --kill-after=5 "$2" "$programs/$1" </dev/null \
        2>&1 || code=$?
    case $code in
    0) ;;
    "$timed_out") printf '(stopped after %s s; it would go on)\n' "$2" ;;
    *)
        printf '*** %s ended with exit code %s\n' "$1" "$code"
        failed="$failed $1"
        ;;
    esac
}

while IFS='|' read -r name seconds python <&3; do
    name=$(trim "$name")
    case $name in '' | '#'*) continue ;; esac
    run "$name" "$(trim "$seconds")" "$(trim "$python")"
done 3<"$list"

if [ -n "$failed" ]; then
    printf '\nThe tour failed at:%s\n' "$failed" >&2
    exit 1
fi
printf '\nThe end of the tour. All programs: examples/*.c, built in %s\n' \
    "build/examples/"
