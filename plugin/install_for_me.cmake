# SPDX-License-Identifier: GPL-2.0-or-later
# What the target install-plugin-for-me runs: whose folder it is shows when it is run, not when the build was configured.
#   cmake -DPLUGIN=mpscramble.so -DPROFILE=DIR -DSERIES=4.0 -P install_for_me.cmake
set(config "$ENV{XDG_CONFIG_HOME}")
if(config STREQUAL "")
  set(config "$ENV{HOME}/.config")
endif()
set(plugins "$ENV{HOME}/.local/lib/wireshark/plugins/${SERIES}/epan")
set(profile "${config}/wireshark/profiles/MPTCP Data Scrambling")
file(COPY "${PLUGIN}" DESTINATION "${plugins}")
file(COPY "${PROFILE}/" DESTINATION "${profile}")
message("Plugin:  ${plugins}
Profile: ${profile}
The plugin is for Wireshark ${SERIES}.x alone; 'tshark -G plugins' lists it.")
