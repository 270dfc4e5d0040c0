#!/bin/sh
# Install a finished build into an empty folder and use it as users do: the
# program of README.md through find_package (shared and static), through
# pkg-config and through FetchContent, and a C++ program that includes mproc.h.
#
#   sh tests/checks/install_use.sh <build folder>
#   sh tests/checks/install_use.sh --self-test <build folder>
#
# The self-test takes one thing at a time away from the installed tree; the
# check must notice each.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix="$scratch/a prefix"
export PYTHONDONTWRITEBYTECODE=1

write_programs() {
    python3 "$here/readme_program.py" c >"$scratch/main.c"
    python3 "$here/readme_program.py" python >"$scratch/main.py"
    python3 "$scratch/main.py" >"$scratch/expected"
    cat >"$scratch/main.cpp" <<'CPP'
#include <mproc.h>
#include <cstdio>

int main()
{
    std::puts(mp_strerror(MP_EMPTY));
    return 0;
}
CPP
    # One project for all ways; MODE says where mproc comes from.
    cat >"$scratch/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(user C CXX)
set(target mproc::mproc)
if(MODE STREQUAL "static")
    find_package(mproc 0.1 CONFIG REQUIRED COMPONENTS static)
    set(target mproc::mproc_static)
elseif(MODE STREQUAL "shared")
    find_package(mproc 0.1 CONFIG REQUIRED)
else()
    include(FetchContent)
    FetchContent_Declare(mproc SOURCE_DIR "${MPROC_ROOT}")
    FetchContent_MakeAvailable(mproc)
    get_target_property(options mproc::mproc INTERFACE_COMPILE_OPTIONS)
    if(options)
        message(FATAL_ERROR "mproc::mproc imposes ${options} on its users")
    endif()
endif()
add_executable(user main.c)
target_link_libraries(user PRIVATE ${target})
add_executable(userxx main.cpp)
target_link_libraries(userxx PRIVATE ${target})
CMAKE
}

same_output() { # program
    timeout 20 "$1" >"$scratch/output" &&
        diff "$scratch/expected" "$scratch/output"
}

use_cmake() { # mode
    cmake -S "$scratch" -B "$scratch/$1" -DMODE="$1" -DMPROC_ROOT="$root" \
        -DCMAKE_PREFIX_PATH="$prefix" &&
        cmake --build "$scratch/$1" --parallel "$(nproc)" &&
        same_output "$scratch/$1/user" && "$scratch/$1/userxx"
}

# The prefix holds a space, and pkg-config escapes it for a shell to read. With
# both libraries in one folder the linker takes the shared one, so the static
# one is asked for by its file name.
use_pkg_config() { # [--static]
    program=$scratch/by_pkg_config
    rm -f "$program"
    pc_file=$(find "$prefix" -name mproc.pc)
    [ -n "$pc_file" ] || return 1
    PKG_CONFIG_PATH=$(dirname "$pc_file")
    export PKG_CONFIG_PATH
    libdir=$(dirname "$PKG_CONFIG_PATH")
    flags=$(pkg-config --cflags --libs "$@" mproc) || return 1
    if [ "${1-}" = --static ]; then
        flags=$(printf '%s' "$flags" | sed 's/-lmproc/-l:libmproc.a/')
        libdir=/nonexistent
    fi
    eval "cc \"\$scratch/main.c\" -o \"\$program\" $flags" &&
        LD_LIBRARY_PATH=$libdir same_output "$program"
}

use_all() {
    rm -rf "$scratch/shared" "$scratch/static"
    use_cmake shared && use_cmake static && use_pkg_config &&
        use_pkg_config --static
}

install_build() { # build-folder
    rm -rf "$prefix"
    cmake --install "$1" --prefix "$prefix"
}

# The command runs inside a condition, where set -e says nothing: it has to
# chain its own steps.
step() { # what command ...
    what=$1
    shift
    if ("$@") >"$scratch/log" 2>&1 </dev/null; then
        echo "works: $what"
    else
        cat "$scratch/log"
        echo "FAILS: $what"
        exit 1
    fi
}

check() { # build-folder
    install_build "$1" >"$scratch/log"
    step "find_package, shared" use_cmake shared
    step "find_package, static" use_cmake static
    step "pkg-config" use_pkg_config
    step "pkg-config --static" use_pkg_config --static
    step "FetchContent" use_cmake fetch
}

self_test() { # build-folder
    install_build "$1" >/dev/null
    step "everything in place" use_all
    for part in mproc.h libmproc.so libmproc.a mproc.pc mproc-config.cmake; do
        install_build "$1" >/dev/null
        find "$prefix" -name "$part*" -delete
        if (use_all) >/dev/null 2>&1 </dev/null; then
            echo "not noticed: $part is missing"
            exit 1
        fi
    done
    echo "self-test passed"
}

write_programs
case $1 in
--self-test) self_test "$(cd "$2" && pwd)" ;;
*) check "$(cd "$1" && pwd)" ;;
esac
