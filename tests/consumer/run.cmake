# Uses Cinta as somebody who installed it does. `part` is one of
#   install      into an empty prefix: public headers alone, and each finds what it includes
#   a generator  the project beside this file, by find_package(cinta)
#   line         README's line for g++, as it stands there
#   pkg-config   README's line with pkg-config
# A part whose tool is not here says "skipped".

set(work ${build}/consumer)
set(prefix ${work}/prefix)
string(MAKE_C_IDENTIFIER ${part} name)
set(here ${work}/${name})
file(REMOVE_RECURSE ${here})

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${what} failed:\n${output}")
  endif()
  message(STATUS "${what}: ${output}")
endfunction()

# find_or_skip(variable tool): a macro, so that it leaves this script.
macro(find_or_skip variable tool)
  find_program(${variable} ${tool})
  if(NOT ${variable})
    message("skipped: there is no ${tool}")
    return()
  endif()
endmacro()

# README's only line that begins with `g++` and holds `text` or not.
function(readme_line variable condition)
  file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/../../README.md lines REGEX "^g\\+\\+ ")
  list(FILTER lines ${condition} REGEX "pkg-config")
  list(LENGTH lines count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "README.md has ${count} lines for g++ where one is expected")
  endif()
  string(REPLACE "g++ " "${compiler} " lines "${lines}")
  set(${variable} "${lines}" PARENT_SCOPE)
endfunction()

set(ENV{LD_LIBRARY_PATH} ${prefix}/${libdir})

if(part STREQUAL "install")
  file(REMOVE_RECURSE ${work})
  run("Installing" ${CMAKE_COMMAND} --install ${build} --config "${config}" --prefix ${prefix})
  file(GLOB_RECURSE headers RELATIVE ${prefix}/include ${prefix}/include/cinta/*.hpp)
  set(includes)
  foreach(header IN LISTS headers)
    if(header MATCHES "/(detail|vm|kernels)/")
      message(FATAL_ERROR "${header} is private and was installed")
    endif()
    string(APPEND includes "#include <${header}>\n")
  endforeach()
  file(WRITE ${work}/all_headers.cpp "${includes}")

elseif(part STREQUAL "line" OR part STREQUAL "pkg-config")
  if(part STREQUAL "line")
    readme_line(line EXCLUDE)
    # The line is for /usr/local, where compilers look by themselves.
    set(ENV{CPATH} ${prefix}/include)
    set(ENV{LIBRARY_PATH} ${prefix}/${libdir})
  else()
    readme_line(line INCLUDE)
    find_or_skip(pkg_config pkg-config)
    set(ENV{PKG_CONFIG_PATH} ${prefix}/${libdir}/pkgconfig)
    run("Asking for the other library" ${pkg_config} --print-errors --libs --static cinta_report)
    if(EXISTS ${prefix}/include/cinta/io/formats)
      run("Asking for the third library" ${pkg_config} --print-errors --libs --static cinta_formats)
    endif()
  endif()
  file(MAKE_DIRECTORY ${here})
  file(COPY_FILE ${CMAKE_CURRENT_LIST_DIR}/main.cpp ${here}/app.cpp)
  run("${line}" ${CMAKE_COMMAND} -E chdir ${here} sh -c "${line}")
  run("Running it" ${here}/app)

else()
  set(tool ninja)
  if(part STREQUAL "Unix Makefiles")
    set(tool make)
  endif()
  find_or_skip(make_program ${tool})
  # One generator is enough to try every header.
  set(all_headers)
  if(part STREQUAL "Ninja")
    set(all_headers ${work}/all_headers.cpp)
  endif()
  run("Configuring" ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${here} -G ${part}
    -D CMAKE_MAKE_PROGRAM=${make_program} -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_PREFIX_PATH=${prefix}
    -D all_headers=${all_headers} -D CMAKE_RUNTIME_OUTPUT_DIRECTORY=${here}/$<1:bin>)
  run("Building" ${CMAKE_COMMAND} --build ${here} --config Release)
  run("Running" ${here}/bin/app)
  run("Running" ${here}/bin/report)
  if(EXISTS ${prefix}/include/cinta/io/formats)
    run("Running" ${here}/bin/formats)
  endif()
endif()
