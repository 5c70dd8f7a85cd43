# SPDX-License-Identifier: GPL-2.0-or-later
# Compiler settings that every target of the project shares.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)  # the core goes into the plugin as well
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

find_program(MPS_CCACHE ccache)
if(MPS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${MPS_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MPS_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wvla -Wpointer-arith $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
# gcc 12 takes std::string's operator+(const char*, std::string&&) for overlapping copies (its PR 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(MPS_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()
if(MPS_SANITIZE)
  add_compile_options(-fsanitize=${MPS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MPS_SANITIZE})
endif()
if(MPS_BUILD_FUZZERS)
  # Every library is instrumented; only the fuzz targets themselves link libFuzzer's main (tests/fuzz).
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

# mps_library(NAME sources...): a static library of core/, headers by their path from the top ("core/packet/...").
function(mps_library name)
  add_library(${name} STATIC ${ARGN})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/mpscramble>)
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/core/")  # the library that others link
    install(TARGETS ${name} EXPORT mpscramble COMPONENT dev ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/mpscramble)
    set_property(GLOBAL APPEND PROPERTY MPS_LIBRARIES ${name})
  endif()
endfunction()
