# SPDX-License-Identifier: GPL-2.0-or-later
# Observers of a tracked connection: exact results and inference side by side.
mps_library(mps_leak hardened_view.cpp leakage.cpp verdict.cpp)
target_link_libraries(mps_leak PUBLIC mps_exact mps_attack mps_mptcp PRIVATE fmt::fmt)
