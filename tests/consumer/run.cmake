# Installs a build of Cinta into an empty prefix, then configures, builds and runs the project
# beside this file against it. The test fails when any step does.

set(work ${build}/consumer)
file(REMOVE_RECURSE ${work})
set(prefix ${work}/prefix)

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${what} failed:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run("Installing" ${CMAKE_COMMAND} --install ${build} --config "${config}" --prefix ${prefix})

# Every installed header must find what it includes.
file(GLOB_RECURSE headers RELATIVE ${prefix}/include ${prefix}/include/cinta/*.hpp)
set(includes)
foreach(header IN LISTS headers)
  string(APPEND includes "#include <${header}>\n")
endforeach()
file(WRITE ${work}/all_headers.cpp "${includes}")

run("Configuring a project with find_package(cinta)" ${CMAKE_COMMAND}
  -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/build -G ${generator} -D CMAKE_MAKE_PROGRAM=${make_program}
  -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_PREFIX_PATH=${prefix} -D all_headers=${work}/all_headers.cpp)
run("Building it" ${CMAKE_COMMAND} --build ${work}/build --config "${config}")
run("Running it" ${work}/build/app)
message(STATUS "${output}")
