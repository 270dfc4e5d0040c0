#!/bin/sh
# Every program here is wrong, and the compiler has to say so in the right
# words: a file holds lines
#
#   /* expect: regex */         each must match what the compiler prints
#   /* expect-gcc: regex */     the same for gcc only, or for clang only
#
# and the first error must be at a line of the file itself, as it is for users
# of an installed libmproc (hence -isystem). What is in fine/ must compile
# without a word.
#
#   sh tests/compile_fail/run.sh [--self-test]
#
# Compilers that are not installed are left out, gcc never is.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
output=$(mktemp)
trap 'rm -rf "$output" "${scratch-}"' EXIT
failed=0
count=0

# Without the source line in the message: the regex stands in a comment there
# and would match itself.
compile() { # compiler file
    case $1 in
    gcc) no_source=-fno-diagnostics-show-caret ;;
    *) no_source=-fno-caret-diagnostics ;;
    esac
    LC_ALL=C "$1" -std=gnu11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
        -Werror $no_source -fsyntax-only -isystem "$root/include" "$2" \
        >"$output" 2>&1
}

complain() { # compiler file reason
    echo "$2 ($1): $3"
    sed 's/^/    /' "$output" | head -n 12
    failed=$((failed + 1))
}

expectations() { # compiler file
    sed -nE "s,^.*/\* expect(-$1)?: (.*) \*/.*$,\2,p" "$2"
}

must_fail() { # compiler file
    count=$((count + 1))
    if compile "$1" "$2"; then
        complain "$1" "$2" "compiles"
        return 0
    fi
    first=$(grep -m 1 'error:' "$output" || true)
    case $first in
    "$2":*) ;;
    *) complain "$1" "$2" "the first error is not at a line of this file" ;;
    esac
    expectations "$1" "$2" >"$output.expected"
    [ -s "$output.expected" ] || complain "$1" "$2" "has no expect line"
    while IFS= read -r regex; do
        grep -qE -e "$regex" "$output" ||
            complain "$1" "$2" "nothing said matches: $regex"
    done <"$output.expected"
    rm -f "$output.expected"
}

must_compile() { # compiler file
    count=$((count + 1))
    compile "$1" "$2" || complain "$1" "$2" "does not compile"
}

check() { # folder
    for compiler in gcc clang; do
        command -v "$compiler" >/dev/null 2>&1 || continue
        for file in "$1"/*.c; do
            [ -f "$file" ] && must_fail "$compiler" "$file"
        done
        for file in "$1"/fine/*.c; do
            [ -f "$file" ] && must_compile "$compiler" "$file"
        done
    done
    echo "$count compilations, $failed not as expected"
    [ "$failed" -eq 0 ]
}

# A sample that must be found out, or none that may be.
sample() { # expected-code text
    printf '%s\n' "$2" >"$scratch/sample.c"
    code=0
    (check "$scratch") >/dev/null 2>&1 || code=$?
    if [ "$code" -ne "$1" ]; then
        echo "self-test: code $code, not $1, for: $2"
        exit 1
    fi
}

self_test() {
    scratch=$(mktemp -d)
    sample 0 'int x = y; /* expect: y */'
    sample 1 'int x = 1; /* expect: x */'
    sample 1 'int x = y; /* expect: nothing says this */'
    sample 1 'int x = y;'
    sample 1 '#include "/dev/null/missing.h" /* expect-gcc: a */'
    mkdir "$scratch/fine"
    echo 'int x = y;' >"$scratch/fine/sample.c"
    sample 1 'int x = y; /* expect: y */'
    echo "self-test passed"
}

case ${1-} in
--self-test) self_test ;;
*) check "$here" ;;
esac
