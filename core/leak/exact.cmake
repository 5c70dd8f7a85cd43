# SPDX-License-Identifier: GPL-2.0-or-later
# Exact leakage: what follows from a partial capture by linear algebra alone.
mps_library(mps_exact interval.cpp known_bytes.cpp determined.cpp exact_walk.cpp exact_engine.cpp closed_forms.cpp
            what_if.cpp observer.cpp)
target_link_libraries(mps_exact PUBLIC tl::expected PRIVATE fmt::fmt nlohmann_json::nlohmann_json mps_scramble)
