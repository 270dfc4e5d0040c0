# Finds what libmproc stands on, all of it by pkg-config, and sets
#   MPROC_LIBRARIES    imported targets to link
#   MPROC_DEFINITIONS  MP_HAVE_X of each optional library that is there
#   MPROC_PC_REQUIRES  the same libraries as Requires.private of mproc.pc
# Whatever is missing is named at once, each with its Debian package.

set(MPROC_LIBRARIES "")
set(MPROC_DEFINITIONS "")
set(MPROC_PC_REQUIRES "")
set(mproc_missing "")
set(mproc_packages "")

find_package(PkgConfig QUIET)
if(NOT PkgConfig_FOUND)
    message(FATAL_ERROR "libmproc looks for its libraries with pkg-config, "
        "which is missing (Debian package pkg-config).\nInstall it with:\n"
        "  sudo apt-get install pkg-config\n")
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
list(APPEND MPROC_LIBRARIES Threads::Threads)

# Look for one module; name, for the message, its Debian package. The imported
# target is PkgConfig::MPROC_<name>, the same name as in mproc-config.cmake.
macro(mproc_find name module package)
    pkg_check_modules(MPROC_${name} QUIET IMPORTED_TARGET "${module}")
    if(NOT MPROC_${name}_FOUND)
        list(APPEND mproc_missing
            "  ${module} (Debian package ${package})\n")
        list(APPEND mproc_packages ${package})
    endif()
endmacro()

macro(mproc_stop_if_missing)
    if(mproc_missing)
        list(JOIN mproc_missing "" lines)
        list(JOIN mproc_packages " " names)
        message(FATAL_ERROR "libmproc needs what is not installed:\n${lines}"
            "Install it with:\n  sudo apt-get install ${names}\n")
    endif()
endmacro()

macro(mproc_required name module package)
    mproc_find(${name} "${module}" ${package})
    list(APPEND MPROC_LIBRARIES PkgConfig::MPROC_${name})
    list(APPEND MPROC_PC_REQUIRES "${module}")
endmacro()

macro(mproc_optional name module package)
    pkg_check_modules(MPROC_${name} QUIET IMPORTED_TARGET "${module}")
    if(MPROC_${name}_FOUND)
        list(APPEND MPROC_LIBRARIES PkgConfig::MPROC_${name})
        list(APPEND MPROC_PC_REQUIRES "${module}")
        list(APPEND MPROC_DEFINITIONS MP_HAVE_${name})
    else()
        message(STATUS "${module} not found (Debian package ${package}): "
            "crash reports will say less")
    endif()
endmacro()

mproc_required(LIBUV "libuv>=1.44" libuv1-dev)
mproc_required(LIBCBOR "libcbor" libcbor-dev)
if(MPROC_TESTS)
    mproc_find(CMOCKA "cmocka" libcmocka-dev)
endif()
mproc_stop_if_missing()

mproc_optional(LIBDW "libdw" libdw-dev)

# A header and no library.
find_path(MPROC_SDT sys/sdt.h)
mark_as_advanced(MPROC_SDT)
if(MPROC_SDT)
    list(APPEND MPROC_DEFINITIONS MP_HAVE_SDT)
else()
    message(STATUS "sys/sdt.h not found (Debian package systemtap-sdt-dev): "
        "there will be no probes")
endif()
