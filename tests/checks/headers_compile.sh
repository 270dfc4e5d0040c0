#!/bin/sh
# Every public header compiles alone and twice over, without a warning, as each
# C and C++ there is, with gcc and clang.
#
#   sh tests/checks/headers_compile.sh [--self-test]
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
c_versions="c99 c11 c17 c2x"
cxx_versions="c++98 c++11 c++14 c++17 c++20"

compile() { # compiler language version include-folder header
    printf '#include <%s>\n#include <%s>\nint main(void);\n' "$5" "$5" |
        # shellcheck disable=SC2086
        "$1" -x "$2" -std="$3" $warnings -fsyntax-only -I "$4" -
}

check() { # include-folder
    failed=0
    count=0
    cd "$1"
    for header in *.h mproc/*.h; do
        [ -f "$header" ] || continue
        for version in $c_versions $cxx_versions; do
            case $version in
            c++*) language=c++ compilers="g++ clang++" ;;
            *) language=c compilers="gcc clang" ;;
            esac
            for compiler in $compilers; do
                count=$((count + 1))
                if ! compile "$compiler" "$language" "$version" "$1" \
                    "$header"; then
                    echo "$header: does not compile with $compiler as $version"
                    failed=$((failed + 1))
                fi
            done
        done
    done
    echo "$count compilations, $failed failed"
    [ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
}

# Each line is wrong in some version only; a check that misses it is no check.
self_test() {
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    mkdir "$scratch/mproc"
    echo '#include <stddef.h>' >"$scratch/mproc/x.h"
    (check "$scratch") >/dev/null 2>&1 || {
        echo "a right header is refused"
        exit 1
    }
    while read -r line; do
        echo "$line" >"$scratch/mproc/x.h"
        if (check "$scratch") >/dev/null 2>&1; then
            echo "not found: $line"
            exit 1
        fi
    done <<'LINES'
struct x { int class; };
static const size_t x = 1;
_Static_assert(1, "");
struct x { int n; } x;
static inline int x(double y) { return y; }
LINES
    echo "self-test passed"
}

case ${1-} in
--self-test) self_test ;;
*) check "$root/include" ;;
esac
