# SPDX-License-Identifier: GPL-2.0-or-later
mps_test(exact_engine_property_test
         SOURCES exact_engine_property_test.cpp ${PROJECT_SOURCE_DIR}/tests/reference/linear_twin.cpp
         LIBS mps_exact rapidcheck
         LABELS property)
set_tests_properties(exact_engine_property_test PROPERTIES ENVIRONMENT "RC_PARAMS=max_success=500")
