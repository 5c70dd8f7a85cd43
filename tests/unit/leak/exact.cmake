# SPDX-License-Identifier: GPL-2.0-or-later
mps_test(exact_engine_test SOURCES exact_engine_test.cpp ${PROJECT_SOURCE_DIR}/tests/reference/linear_twin.cpp
         LIBS mps_exact mps_scramble)
