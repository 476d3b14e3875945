# Fuzzers: tests/fuzz/<name>.cpp, with the files of tests/fuzz/<name>/ where there are any, starts from
# tests/fuzz/corpus/<name>/. In every build it is the test fuzz_<name>, which runs that corpus and random
# changes of it, the same ones each time (tests/fuzz/replay.cpp). With CINTA_FUZZ it is libFuzzer's
# fuzz_<name>, too: ./dev fuzz configures a build of its own for them, with clang and its sanitizers.

if(CINTA_FUZZ AND (NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang" OR NOT CINTA_SANITIZE MATCHES "fuzzer-no-link"))
  message(FATAL_ERROR "CINTA_FUZZ needs clang and -DCINTA_SANITIZE=fuzzer-no-link,address,undefined")
endif()

# How many changes of its corpus a test tries: some tens of milliseconds each way.
set(cinta_fuzz_changes 500)

add_custom_target(cinta_fuzz)
add_library(cinta_replay OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.cpp)
cinta_common_settings(cinta_replay)
target_compile_features(cinta_replay PRIVATE cxx_std_20)

file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/*.cpp)
list(FILTER files EXCLUDE REGEX "/replay\\.cpp$")
foreach(file IN LISTS files)
  cmake_path(GET file STEM name)
  file(STRINGS ${file} uses_formats REGEX "^#include <cinta/io/formats/")
  file(STRINGS ${file} uses_examples REGEX "/examples/")
  file(STRINGS ${file} uses_private REGEX "^#include <cinta/(ops/kernels|.*/detail|.*/vm)/")
  set(library cinta)
  set(formats cinta_formats)
  if(uses_private)  # as in tests
    set(library cinta_private)
    set(formats ${cinta_formats_private})
  endif()
  set(more)
  if(uses_formats AND NOT cinta_formats_found)  # CintaDependencies says why
    continue()
  elseif(uses_formats)
    list(PREPEND library ${formats})
  elseif(uses_examples)  # the command line that is fuzzed is that of an example
    find_package(CLI11 REQUIRED)
    set(library cinta_report CLI11::CLI11)
    set(examples ${PROJECT_SOURCE_DIR}/examples)
    set(more ${examples}/embedding_exercise/options.cpp ${examples}/tabular/target.cpp)
  endif()
  file(GLOB parts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/${name}/*.cpp)
  add_library(fuzz_objects_${name} OBJECT EXCLUDE_FROM_ALL ${file} ${parts} ${more})
  cinta_common_settings(fuzz_objects_${name})
  target_include_directories(fuzz_objects_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(fuzz_objects_${name} PRIVATE CINTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(fuzz_objects_${name} PRIVATE ${library})

  add_executable(replay_${name} $<TARGET_OBJECTS:fuzz_objects_${name}> $<TARGET_OBJECTS:cinta_replay>)
  set_target_properties(replay_${name} PROPERTIES LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_link_libraries(replay_${name} PRIVATE ${library})
  if(TARGET cinta_tests)
    add_dependencies(cinta_tests replay_${name})
    add_test(NAME fuzz_${name} COMMAND replay_${name} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name}
      ${cinta_fuzz_changes})
    set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT ${cinta_test_timeout}
      ENVIRONMENT "${cinta_test_environment}")
  endif()

  if(CINTA_FUZZ)
    add_executable(fuzz_${name} EXCLUDE_FROM_ALL $<TARGET_OBJECTS:fuzz_objects_${name}>)
    target_link_libraries(fuzz_${name} PRIVATE ${library})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(fuzz_${name} PROPERTIES LINKER_LANGUAGE CXX
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
    add_dependencies(cinta_fuzz fuzz_${name})
  endif()
endforeach()
