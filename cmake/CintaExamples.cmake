# Examples: every examples/<name>.cpp, and every folder examples/<name>/ with .cpp files, is one
# executable <name>. examples/common/ holds headers for all of them, examples/tabular/ is a library of
# two.

cinta_find_or_return(examples CLI11 libcli11-dev)

file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/tabular/*.cpp)
add_library(cinta_example_tabular STATIC EXCLUDE_FROM_ALL ${files})
cinta_common_settings(cinta_example_tabular)
target_link_libraries(cinta_example_tabular PUBLIC cinta_report)

set(cinta_example_targets)
file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.cpp ${PROJECT_SOURCE_DIR}/examples/*/*.cpp)
list(FILTER files EXCLUDE REGEX "/examples/tabular/")
foreach(file IN LISTS files)
  file(STRINGS ${file} uses_formats REGEX "<cinta/io/formats/" LIMIT_COUNT 1)
  if(uses_formats AND NOT cinta_formats_found)  # CintaDependencies says why
    continue()
  endif()
  cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/examples OUTPUT_VARIABLE name)
  string(REGEX REPLACE "(\\.cpp|/.*)$" "" name ${name})
  if(NOT TARGET ${name})
    add_executable(${name})
    cinta_common_settings(${name})
    # What takes time when it runs is the library's.
    if(CINTA_SANITIZE)
      target_compile_options(${name} PRIVATE -O0)
    else()
      target_compile_options(${name} PRIVATE -O1)
    endif()
    target_link_libraries(${name} PRIVATE cinta_report nlohmann_json::nlohmann_json CLI11::CLI11)
    target_compile_definitions(${name} PRIVATE CINTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
    list(APPEND cinta_example_targets ${name})
  endif()
  target_sources(${name} PRIVATE ${file})
  if(uses_formats)
    target_link_libraries(${name} PRIVATE cinta_formats)
  endif()
endforeach()
foreach(name IN ITEMS cinta_tool embedding_exercise)
  target_link_libraries(${name} PRIVATE cinta_example_tabular)
endforeach()
set_target_properties(cinta_tool PROPERTIES OUTPUT_NAME cinta)  # a target of that name is the library
add_custom_target(cinta_examples DEPENDS ${cinta_example_targets})
# Tests that run a program: test_<name>, and one with a shorter name.
foreach(name IN LISTS cinta_example_targets)
  if(TARGET test_${name})
    add_dependencies(test_${name} ${name})
  endif()
endforeach()
if(TARGET test_exercise)
  add_dependencies(test_exercise embedding_exercise)
endif()
