# SPDX-License-Identifier: GPL-2.0-or-later
set(twin ${PROJECT_SOURCE_DIR}/tests/reference/linear_twin.cpp)
mps_test(exact_engine_test SOURCES exact_engine_test.cpp ${twin} LIBS mps_exact mps_scramble)
mps_test(leak_intervals_test SOURCES intervals_test.cpp ${twin} LIBS mps_exact)
mps_test(closed_forms_test SOURCES closed_forms_test.cpp LIBS mps_exact)
mps_test(what_if_test SOURCES what_if_test.cpp ${twin} LIBS mps_exact nlohmann_json::nlohmann_json)
mps_test(observer_test SOURCES observer_test.cpp ${twin} LIBS mps_exact)
