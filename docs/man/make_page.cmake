# SPDX-License-Identifier: GPL-2.0-or-later
# PAGE.gz: SOURCE through SCDOC, with @OPTIONS@ replaced by what PROGRAM says of its options.
file(READ ${SOURCE} text)
if(PROGRAM)
  execute_process(COMMAND ${PROGRAM} --option-table scdoc OUTPUT_VARIABLE options COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "@OPTIONS@" "${options}" text "${text}")
endif()
file(WRITE ${PAGE}.scd "${text}")
execute_process(COMMAND ${SCDOC} INPUT_FILE ${PAGE}.scd OUTPUT_FILE ${PAGE} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND gzip -9nc ${PAGE} OUTPUT_FILE ${PAGE}.gz COMMAND_ERROR_IS_FATAL ANY)
