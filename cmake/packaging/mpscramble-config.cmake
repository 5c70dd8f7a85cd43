# SPDX-License-Identifier: GPL-2.0-or-later
# find_package(mpscramble): targets mpscramble::mps_session (captures to streams), mps_leak (what observers learn),
# mps_scramble (the codec alone), and the others of core/ under their names.
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
include(MpsLibraries)
list(POP_BACK CMAKE_MODULE_PATH)
include(${CMAKE_CURRENT_LIST_DIR}/mpscramble-targets.cmake)
