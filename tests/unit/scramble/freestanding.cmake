# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DCC=.. -DCXX=.. -DSOURCE_DIR=.. -DWORK_DIR=.. -P freestanding.cmake
# Proves what the kernel module relies on: the codec builds as freestanding gnu11 without warnings, needs nothing but
# memcpy, memmove, memset and memcmp, and passes its self test that way. And that C++20 accepts the same files.
set(codec mps_scramble mps_self_test mps_default)
set(c_flags -std=gnu11 -O2 -ffreestanding -fno-stack-protector -fno-pie -Wall -Wextra -Wshadow -Wvla -Werror -I${SOURCE_DIR})
set(cxx_flags -x c++ -std=c++20 -O2 -Wall -Wextra -Wshadow -Wvla -Werror -I${SOURCE_DIR})
file(MAKE_DIRECTORY ${WORK_DIR})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}exit: ${result}")
  endif()
endfunction()

set(objects)
foreach(name IN LISTS codec)
  run(${CXX} ${cxx_flags} -c ${SOURCE_DIR}/core/scramble/${name}.c -o ${WORK_DIR}/${name}.cxx.o)
  run(${CC} ${c_flags} -c ${SOURCE_DIR}/core/scramble/${name}.c -o ${WORK_DIR}/${name}.o)
  list(APPEND objects ${WORK_DIR}/${name}.o)
endforeach()
run(${CC} ${c_flags} -c ${SOURCE_DIR}/tests/unit/scramble/freestanding_main.c -o ${WORK_DIR}/freestanding_main.o)
run(${CC} -nostdlib -static -no-pie ${objects} ${WORK_DIR}/freestanding_main.o -o ${WORK_DIR}/freestanding)
run(${WORK_DIR}/freestanding)
