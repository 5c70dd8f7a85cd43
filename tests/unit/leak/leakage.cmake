# SPDX-License-Identifier: GPL-2.0-or-later
mps_test(leakage_test CAPTURES SOURCES leakage_test.cpp hardened_view_test.cpp verdict_test.cpp LIBS mps_leak mps_session mps_manifest TIMEOUT 600 LABELS unit threads)
if(TARGET mpscramble-recode)
  target_compile_definitions(leakage_test PRIVATE MPS_RECODE="$<TARGET_FILE:mpscramble-recode>")
  add_dependencies(leakage_test mpscramble-recode)
endif()
