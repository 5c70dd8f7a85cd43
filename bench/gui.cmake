# SPDX-License-Identifier: GPL-2.0-or-later
if(MPS_BUILD_GUI)
  add_executable(bench-lanes gui/lanes_repaint.cpp gui/window_load.cpp)
  target_link_libraries(bench-lanes PRIVATE mps_gui nlohmann_json::nlohmann_json)
  target_include_directories(bench-lanes PRIVATE ${PROJECT_SOURCE_DIR})
endif()
