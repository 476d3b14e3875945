# Examples: every examples/<name>.cpp, and every folder examples/<name>/ with .cpp files, is one
# executable <name>.

find_package(CLI11 QUIET)
if(NOT CLI11_FOUND)
  message(STATUS "No examples are built: CLI11 was not found (Debian: libcli11-dev)")
  return()
endif()

set(cinta_example_targets)
file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.cpp ${PROJECT_SOURCE_DIR}/examples/*/*.cpp)
foreach(file IN LISTS files)
  cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/examples OUTPUT_VARIABLE name)
  string(REGEX REPLACE "(\\.cpp|/.*)$" "" name ${name})
  if(NOT TARGET ${name})
    add_executable(${name})
    cinta_common_settings(${name})
    target_link_libraries(${name} PRIVATE cinta CLI11::CLI11 $<BUILD_INTERFACE:xtensor>)
    target_compile_definitions(${name} PRIVATE CINTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
    list(APPEND cinta_example_targets ${name})
  endif()
  target_sources(${name} PRIVATE ${file})
endforeach()
add_custom_target(cinta_examples DEPENDS ${cinta_example_targets})
if(TARGET test_exercise)  # it runs the program
  add_dependencies(test_exercise embedding_exercise)
endif()
