# Install rules: headers, both libraries, the CMake package and mproc.pc.
#
# The shared library and the static one are exported apart, because only who
# links the static one must have its dependencies installed.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mproc)

install(DIRECTORY include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h")
install(TARGETS mproc EXPORT mproc-shared)
install(TARGETS mproc_static EXPORT mproc-static)
install(EXPORT mproc-shared
    NAMESPACE mproc:: DESTINATION ${package_dir} FILE mproc-shared.cmake)
install(EXPORT mproc-static
    NAMESPACE mproc:: DESTINATION ${package_dir} FILE mproc-static.cmake)

configure_package_config_file(
    src/cmake/mproc-config.cmake.in ${PROJECT_BINARY_DIR}/mproc-config.cmake
    INSTALL_DESTINATION ${package_dir})
# While the version is 0.x, each minor release is an interface of its own.
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/mproc-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/mproc-config.cmake
    ${PROJECT_BINARY_DIR}/mproc-config-version.cmake
    DESTINATION ${package_dir})

# The paths in mproc.pc are relative to the file itself, so that
# `cmake --install --prefix` may choose another place; how many steps lead up
# to the prefix depends on the library directory (lib/x86_64-linux-gnu on
# Debian), so it is computed and not written as ../.. .
set(pc_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH PC_PREFIX ${pc_dir} ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH PC_LIBDIR ${CMAKE_INSTALL_PREFIX}
    ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH PC_INCLUDEDIR ${CMAKE_INSTALL_PREFIX}
    ${CMAKE_INSTALL_FULL_INCLUDEDIR})
string(REGEX REPLACE "/+$" "" PC_PREFIX "${PC_PREFIX}")
list(JOIN MPROC_PC_REQUIRES ", " PC_REQUIRES)
string(REPLACE ">=" " >= " PC_REQUIRES "${PC_REQUIRES}")
configure_file(src/cmake/mproc.pc.in ${PROJECT_BINARY_DIR}/mproc.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mproc.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
