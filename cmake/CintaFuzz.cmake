# Fuzzers: tests/fuzz/<name>.cpp, with the files of tests/fuzz/<name>/ where there are any, becomes
# fuzz_<name>, which starts from tests/fuzz/corpus/<name>/.
# ./dev fuzz configures a build of its own for them, with clang and its sanitizers.

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang" OR NOT CINTA_SANITIZE MATCHES "fuzzer-no-link")
  message(FATAL_ERROR "CINTA_FUZZ needs clang and -DCINTA_SANITIZE=fuzzer-no-link,address,undefined")
endif()

add_custom_target(cinta_fuzz)
file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/*.cpp)
foreach(file IN LISTS files)
  cmake_path(GET file STEM name)
  file(STRINGS ${file} uses_formats REGEX "^#include <cinta/io/formats/")
  set(formats)
  if(uses_formats AND NOT cinta_formats_found)  # CintaDependencies says why
    continue()
  elseif(uses_formats)
    set(formats cinta_formats)
  endif()
  file(GLOB parts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/${name}/*.cpp)
  add_executable(fuzz_${name} EXCLUDE_FROM_ALL ${file} ${parts})
  cinta_common_settings(fuzz_${name})
  target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(fuzz_${name} PRIVATE ${formats} cinta)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  add_dependencies(cinta_fuzz fuzz_${name})
endforeach()

# The command line that is fuzzed is that of an example.
find_package(CLI11 REQUIRED)
set(examples ${PROJECT_SOURCE_DIR}/examples)
target_sources(fuzz_options PRIVATE ${examples}/embedding_exercise/options.cpp ${examples}/tabular/target.cpp)
target_compile_definitions(fuzz_options PRIVATE CINTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(fuzz_options PRIVATE cinta_report CLI11::CLI11)
