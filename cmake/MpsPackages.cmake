# SPDX-License-Identifier: GPL-2.0-or-later
# What is installed beside the programs, and the Debian packages that `cpack` makes of it: one for each component.

# libmpscramble-dev: static libraries, headers, a CMake package and a pkg-config file.
install(DIRECTORY core/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mpscramble/core COMPONENT dev
        FILES_MATCHING PATTERN "*.h" PATTERN "tools" EXCLUDE PATTERN "models" EXCLUDE)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mpscramble)
install(EXPORT mpscramble NAMESPACE mpscramble:: FILE mpscramble-targets.cmake DESTINATION ${package_dir} COMPONENT dev)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mpscramble-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES cmake/packaging/mpscramble-config.cmake cmake/MpsLibraries.cmake cmake/FindWiretap.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/mpscramble-config-version.cmake
        DESTINATION ${package_dir} COMPONENT dev)
get_property(libraries GLOBAL PROPERTY MPS_LIBRARIES)
list(TRANSFORM libraries PREPEND -l)
list(JOIN libraries " " MPS_LINK_LIBRARIES)
file(RELATIVE_PATH MPS_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)  # so it may be moved as a whole
configure_file(cmake/packaging/mpscramble.pc.in mpscramble.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mpscramble.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

# mpscramble-dkms: the sources of the kernel module where DKMS looks for them.
file(GLOB module_sources kernel/*.c kernel/*.h)
set(VERSION ${PROJECT_VERSION})
configure_file(kernel/dkms.conf.in dkms.conf @ONLY)
install(FILES ${module_sources} kernel/Kbuild core/scramble/mps_scramble.c core/scramble/mps_scramble.h
              core/scramble/mps_scramble_deps.h core/scramble/mps_self_test.c core/scramble/mps_default.c
              ${CMAKE_CURRENT_BINARY_DIR}/dkms.conf
        DESTINATION src/mpscramble-${PROJECT_VERSION} COMPONENT dkms EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)  # the plugin goes where Wireshark looks, whatever the prefix
set(CPACK_PACKAGE_CONTACT "The mpscramble authors <mpscramble@users.noreply.github.com>")
set(CPACK_PACKAGE_VENDOR mpscramble)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION net)

# deb_package(COMPONENT NAME SUMMARY TEXT [fields KEY VALUE...]): one package, with what Debian asks of each.
function(deb_package component name summary text)
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_COMPONENT_${key}_DESCRIPTION "${summary}\n${text}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${key}_DESCRIPTION "${summary}\n${text}" PARENT_SCOPE)
  while(ARGN)
    list(POP_FRONT ARGN field value)
    set(CPACK_DEBIAN_${key}_${field} "${value}" PARENT_SCOPE)
  endwhile()
  install(FILES cmake/packaging/copyright DESTINATION share/doc/${name} COMPONENT ${component})
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz DESTINATION share/doc/${name} COMPONENT ${component})
  set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
endfunction()
# -n: no time stamp, so that the same sources make the same file.
execute_process(COMMAND gzip -9nc ${CMAKE_CURRENT_SOURCE_DIR}/CHANGELOG.md
                OUTPUT_FILE ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)

deb_package(cli mpscramble "recover and examine scrambled Multipath TCP"
  "mpscramble-analyze reads captures of Multipath TCP connections, puts the streams of\nall subflows back together, undoes the scrambling of Kato et al. (2018), and tells\nwhat captures of only some paths give away."
  PACKAGE_RECOMMENDS mpscramble-captures PACKAGE_SUGGESTS "mpscramble-gui, wireshark-mpscramble")
deb_package(captures mpscramble-captures "captures of Multipath TCP with known plaintext"
  "Real connections of a Linux kernel, scrambled and not, captured on every path, with\neverything that was sent."
  PACKAGE_ARCHITECTURE all PACKAGE_SHLIBDEPS OFF)
deb_package(dev libmpscramble-dev "library behind mpscramble, for development"
  "Static libraries and headers: capture files, MPTCP tracking, scrambling, exact leakage\nand attacks."
  PACKAGE_SECTION libdevel PACKAGE_SHLIBDEPS OFF PACKAGE_DEPENDS
  "libfmt-dev, libexpected-dev, nlohmann-json3-dev, libboost-dev, zlib1g-dev, libwiretap-dev, libwsutil-dev, libglib2.0-dev, libgcrypt20-dev, libpcap-dev, libxxhash-dev")
deb_package(dkms mpscramble-dkms "kernel module that scrambles Multipath TCP (DKMS)"
  "Scrambles MPTCP connections of applications that know nothing of it. Built for each\ninstalled kernel from 6.1 on. This is not encryption."
  PACKAGE_ARCHITECTURE all PACKAGE_SHLIBDEPS OFF PACKAGE_SECTION kernel PACKAGE_DEPENDS "dkms (>= 2.8)"
  PACKAGE_CONTROL_EXTRA "${CMAKE_CURRENT_BINARY_DIR}/dkms/postinst;${CMAKE_CURRENT_BINARY_DIR}/dkms/prerm")
foreach(script postinst prerm)
  configure_file(cmake/packaging/dkms.${script}.in dkms/${script} @ONLY
                 FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()
if(MPS_BUILD_GUI)
  deb_package(gui mpscramble-gui "window on what taps of scrambled Multipath TCP learn"
    "Opens captures, switches taps on and off, and shows what was sent, what is on the\nwire, what exact decoding determines and what a cryptanalyst infers."
    PACKAGE_DEPENDS mpscramble-captures)
endif()
if(MPS_BUILD_PLUGIN)
  deb_package(plugin wireshark-mpscramble "Wireshark plugin for scrambled and plain Multipath TCP"
    "Puts the streams of all subflows of MPTCP connections together, descrambles them, and\nhands them to Wireshark's own dissectors. For Wireshark ${MPS_WIRESHARK_SERIES}."
    PACKAGE_ENHANCES "wireshark, tshark")
endif()
set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL})
include(CPack)
