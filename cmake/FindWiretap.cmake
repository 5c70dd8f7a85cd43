# SPDX-License-Identifier: GPL-2.0-or-later
# libwiretap and libwsutil, which Debian ships without a pkg-config file of their own (wireshark.pc would pull in the
# whole dissection library). Defines Wiretap::wiretap.
find_package(PkgConfig REQUIRED)
pkg_check_modules(Wiretap_GLIB REQUIRED IMPORTED_TARGET glib-2.0)
find_path(Wiretap_INCLUDE_DIR wiretap/wtap.h PATH_SUFFIXES wireshark)
find_library(Wiretap_LIBRARY wiretap)
find_library(Wiretap_UTIL_LIBRARY wsutil)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Wiretap
  REQUIRED_VARS Wiretap_LIBRARY Wiretap_UTIL_LIBRARY Wiretap_INCLUDE_DIR)

if(Wiretap_FOUND AND NOT TARGET Wiretap::wiretap)
  add_library(Wiretap::wiretap UNKNOWN IMPORTED)
  set_target_properties(Wiretap::wiretap PROPERTIES
    IMPORTED_LOCATION "${Wiretap_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Wiretap_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${Wiretap_UTIL_LIBRARY};PkgConfig::Wiretap_GLIB")
endif()
mark_as_advanced(Wiretap_INCLUDE_DIR Wiretap_LIBRARY Wiretap_UTIL_LIBRARY)
