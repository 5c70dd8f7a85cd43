# SPDX-License-Identifier: GPL-2.0-or-later
# Ciphertext-only attacks, language models, metrics.
enable_language(ASM)
mps_library(mps_attack
  language_model.cpp model_trainer.cpp bundled_models.cpp bundled_models.S
  pad_problem.cpp bigram_chain.cpp column_posterior.cpp repeating_areas.cpp pad_search.cpp attack.cpp key_recovery.cpp crib_drag.cpp
  statistics.cpp metrics.cpp controls.cpp)
target_link_libraries(mps_attack PUBLIC tl::expected Threads::Threads PRIVATE PkgConfig::LIBGCRYPT Boost::headers ZLIB::ZLIB fmt::fmt
                                             mps_scramble)
# The models are part of the object file: no path at run time.
set_source_files_properties(bundled_models.S PROPERTIES
  COMPILE_DEFINITIONS "MPS_MODEL_GENERIC=\"${CMAKE_CURRENT_SOURCE_DIR}/models/generic.mpslm\";MPS_MODEL_BINARY=\"${CMAKE_CURRENT_SOURCE_DIR}/models/binary.mpslm\""
  OBJECT_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/models/generic.mpslm;${CMAKE_CURRENT_SOURCE_DIR}/models/binary.mpslm")
# Four loops carry all the time of an attack; -O2 alone leaves them scalar.
set_source_files_properties(bigram_chain.cpp column_posterior.cpp repeating_areas.cpp pad_search.cpp PROPERTIES
  COMPILE_OPTIONS "$<$<CONFIG:Release,RelWithDebInfo>:-O3>")

add_executable(mps-train-model tools/train_model.cpp)
target_link_libraries(mps-train-model PRIVATE mps_attack CLI11::CLI11 fmt::fmt)
