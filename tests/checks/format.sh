#!/bin/sh
# All C files are laid out as clang-format lays them out.
#
#   sh tests/checks/format.sh [--self-test]
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)

check() { # folders
    find "$@" -name '*.[ch]' -print0 |
        xargs -0 -r clang-format --style="file:$root/.clang-format" \
            --dry-run -Werror
}

self_test() {
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    printf 'int f(void)\n{\n    return 1;\n}\n' >"$scratch/right.c"
    check "$scratch"
    printf 'int f(void) {\n  return 1; }\n' >"$scratch/wrong.c"
    if check "$scratch" 2>/dev/null; then
        echo "bad layout is not found"
        exit 1
    fi
    echo "self-test passed"
}

case ${1-} in
--self-test) self_test ;;
*) cd "$root" && check include src tests examples ;;
esac
