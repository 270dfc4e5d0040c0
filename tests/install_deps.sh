#!/bin/sh
# Install the Debian packages that are missing, and nothing else.
#
#   sh tests/install_deps.sh build          to build the library and examples
#   sh tests/install_deps.sh build tests    ... and the tests
#   sh tests/install_deps.sh build tests ci ... and what .ci/run uses beside
#
# Silent when all is there. As another user than root it goes through sudo. On
# a system without apt-get it does nothing: CMake names what it misses.
set -eu

missing=

need_command() { # command package
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

need_module() { # pkg-config-module package
    pkg-config --exists "$1" 2>/dev/null || missing="$missing $2"
}

need_header() { # header package
    for folder in /usr/include /usr/include/*-linux-gnu*; do
        [ ! -e "$folder/$1" ] || return 0
    done
    missing="$missing $2"
}

for group in "$@"; do
    case $group in
    build)
        need_command gcc gcc
        [ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
        need_command make make
        need_command cmake cmake
        need_command pkg-config pkg-config
        need_module libuv libuv1-dev
        need_module libcbor libcbor-dev
        need_module libdw libdw-dev
        need_header sys/sdt.h systemtap-sdt-dev
        ;;
    tests)
        need_module cmocka libcmocka-dev
        need_command python3 python3
        [ -e /usr/share/i18n/locales/de_DE ] || missing="$missing locales"
        ;;
    ci)
        need_command g++ g++
        need_command clang clang
        need_command clang-format clang-format
        ;;
    *)
        echo "install_deps.sh: unknown group '$group'" >&2
        exit 2
        ;;
    esac
done

[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null 2>&1 || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Please install, as root: apt-get install$missing" >&2
        exit 1
    fi
fi

echo "Installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# $missing is a list of words, $as_root may be none at all.
# shellcheck disable=SC2086
if ! {
    $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends $missing
} >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    exit 1
fi
