#!/bin/sh
# Build libmproc in build/ and run all its tests.
#
#   sh tests/run.sh [ctest options ...]      e.g. -R queue, or -LE slow
#
# Installs what is missing, works from any folder.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

sh "$here/install_deps.sh" build tests
sh "$here/build.sh" build -DMPROC_TESTS=ON -DMPROC_EXAMPLES=ON
exec ctest --test-dir "$here/../build" --output-on-failure \
    --parallel "$(nproc)" "$@" </dev/null
