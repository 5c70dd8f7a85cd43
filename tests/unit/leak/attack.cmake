# SPDX-License-Identifier: GPL-2.0-or-later
mps_test(language_model_test SOURCES language_model_test.cpp LIBS mps_attack mps_secrets mps_scramble)
mps_test(attack_test SOURCES attack_test.cpp LIBS mps_attack mps_scramble LABELS unit threads)
mps_test(statistics_test SOURCES statistics_test.cpp LIBS mps_attack mps_scramble)
