# SPDX-License-Identifier: GPL-2.0-or-later
# The declared type takes effect, by name and by content.
file(REMOVE_RECURSE ${WORK})
file(COPY ${SOURCE} DESTINATION ${WORK}/mime/packages)
execute_process(COMMAND update-mime-database ${WORK}/mime COMMAND_ERROR_IS_FATAL ANY)
file(READ ${WORK}/mime/globs2 globs)
file(READ ${WORK}/mime/magic magic HEX)
string(HEX "application/x-pcapng" type)
if(NOT globs MATCHES "application/x-pcapng:\\*.pcapng" OR NOT magic MATCHES "${type}")
  message(FATAL_ERROR "application/x-pcapng is not declared:\n${globs}")
endif()
