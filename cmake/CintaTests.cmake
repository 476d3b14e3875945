# Tests. tests/<room>/<name>_test.cpp, or one in a folder of the room, becomes the executable test_<name>
# and the ctest entry <name>; a folder tests/<room>/<name>/ adds its other .cpp files, also those of its
# folders, to it (or makes such a test by itself). So one file is built and run alone in seconds:
#   cmake --build --preset dev --target test_engine && ctest --preset dev -R engine
# tests/support/ holds headers that every test may use.
#
# The same objects linked with the library of the other kind, shared instead of static or static instead
# of shared, are test_<name>_other, all together cinta_tests_other; `ctest -C Other -L other` runs them.
# Tests that use several threads, which the thread sanitizer is for, are cinta_tests_threaded and have
# the label `threaded`.

cinta_find_or_return(tests Catch2 catch2 xtensor libxtensor-dev)
enable_testing()

# Catch2 with its main function, and the precompiled header of the tests, which needs a source that is
# compiled with it.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/empty.cpp CONTENT "")
add_library(cinta_test_support STATIC EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/empty.cpp)
if(TARGET Catch2::Catch2WithMain AND NOT CMAKE_CROSSCOMPILING)  # which is for this machine
  target_link_libraries(cinta_test_support PUBLIC Catch2::Catch2WithMain)
else()
  target_link_libraries(cinta_test_support PUBLIC Catch2::Catch2)
  target_sources(cinta_test_support PRIVATE ${PROJECT_SOURCE_DIR}/cmake/catch_main.cpp)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/cmake/catch_main.cpp PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS "-w;-O0")
endif()

function(cinta_test_settings target)
  cinta_common_settings(${target})
  # What a test computes itself is small; compiling it costs more than running it. Not so the plain loops
  # that kernels are compared with.
  if(target STREQUAL "test_kernels")
    target_compile_options(${target} PRIVATE -O1)
  else()
    target_compile_options(${target} PRIVATE -O0)
  endif()
  # The checks of pointers are a third of what a test costs to compile. Where pointers lead the address
  # sanitizer sees, and the library, which tests run, has them all.
  if(CINTA_SANITIZE MATCHES "undefined")
    target_compile_options(${target} PRIVATE -fno-sanitize=null,alignment,vptr,object-size,pointer-overflow)
  endif()
  if(cinta_openmp)  # tests that set the number of threads
    target_link_libraries(${target} PRIVATE $<LINK_ONLY:OpenMP::OpenMP_CXX>)
  endif()
endfunction()
cinta_test_settings(cinta_test_support)
target_include_directories(cinta_test_support PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_compile_definitions(cinta_test_support PUBLIC CINTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_compile_definitions(cinta_test_support PUBLIC $<TARGET_PROPERTY:cinta,INTERFACE_COMPILE_DEFINITIONS>)
foreach(level IN LISTS cinta_simd_levels)
  string(TOUPPER ${level} level)
  target_compile_definitions(cinta_test_support PUBLIC CINTA_SIMD_${level}=1)
endforeach()
target_compile_features(cinta_test_support PUBLIC cxx_std_20)
target_link_libraries(cinta_test_support PUBLIC Threads::Threads xtensor nlohmann_json::nlohmann_json
  CLI11::CLI11)
target_precompile_headers(cinta_test_support PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/catch_compat.hpp)

set(cinta_test_timeout 300)
# A process that is killed leaves half an entry in shared memory that LLVM's OpenMP takes for a second copy
# of itself in a later process of the same number.
set(cinta_test_environment OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive KMP_DUPLICATE_LIB_OK=TRUE)
if(CINTA_SANITIZE)
  set(cinta_test_timeout 1500)
  list(APPEND cinta_test_environment
    ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1
    UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1)
endif()
if(CINTA_SANITIZE MATCHES "thread")  # which cannot see into the threads of OpenBLAS
  list(APPEND cinta_test_environment CINTA_OPENBLAS=none)
endif()

if(CMAKE_CROSSCOMPILING)
  set(cinta_test_timeout 3000)
  list(APPEND cinta_test_environment CINTA_EMULATED=1)
endif()

set(cinta_test_names)
file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/*/*_test.cpp ${PROJECT_SOURCE_DIR}/tests/*/*/*.cpp
  ${PROJECT_SOURCE_DIR}/tests/*/*/*/*.cpp)
list(FILTER files EXCLUDE REGEX "/(peer|fuzz)/")
foreach(file IN LISTS files)
  if(file MATCHES "/([^/]+)_test\\.cpp$")
    set(name ${CMAKE_MATCH_1})
  else()
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/tests OUTPUT_VARIABLE name)
    string(REGEX REPLACE "^[^/]*/([^/]*)/.*$" "\\1" name ${name})
  endif()
  list(APPEND cinta_test_names ${name})
  list(APPEND sources_of_${name} ${file})
endforeach()
list(REMOVE_DUPLICATES cinta_test_names)

# Tests that are several entries of ctest, which run side by side: those of the cases with a tag, and
# `others`, the cases with none of these tags.
file(GLOB families CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/tests/ops/op_table
  ${PROJECT_SOURCE_DIR}/tests/ops/op_table/*/)
list(FILTER families EXCLUDE REGEX "\\.[a-z]+$")
set(cinta_parts_of_op_table ${families} others)

# The entries of ctest of a program, and what every test has, however it is linked.
function(cinta_add_test name)
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  set(entries ${name})
  if(cinta_parts_of_${name})
    set(entries)
    foreach(part IN LISTS cinta_parts_of_${name})
      set(cases [${part}])
      if(part STREQUAL "others")
        list(TRANSFORM families REPLACE "(.+)" "~[\\1]" OUTPUT_VARIABLE cases)
        list(JOIN cases "" cases)
      endif()
      add_test(NAME ${name}_${part} COMMAND test_${name} ${cases})
      list(APPEND entries ${name}_${part})
    endforeach()
  else()
    add_test(NAME ${name} COMMAND test_${name} CONFIGURATIONS ${ARGN})
  endif()
  set_tests_properties(${entries} PROPERTIES
    TIMEOUT ${cinta_test_timeout} ENVIRONMENT "${cinta_test_environment}"
    # Catch2 3 calls it a failure if every case was skipped.
    SKIP_REGULAR_EXPRESSION "test cases: +[0-9]+ \\| [0-9]+ skipped\nassertions: - none -")
endfunction()

# Another implementation of linear algebra, for one test alone: what it is linked with would have chosen
# its kernels before we can (docs/design.md, section 8), and is not ours even there.
find_path(CINTA_XTENSOR_BLAS xtensor-blas/xlinalg.hpp)
mark_as_advanced(CINTA_XTENSOR_BLAS)
set(LAPACK_FOUND FALSE)
if(NOT CMAKE_CROSSCOMPILING)
  find_package(LAPACK QUIET)
endif()
if(NOT CINTA_XTENSOR_BLAS OR NOT LAPACK_FOUND)
  message(STATUS "The test xtensor_blas does not run: it or LAPACK was not found (Debian: libxtensor-blas-dev)")
endif()

set(cinta_test_targets)
foreach(name IN LISTS cinta_test_names)
  set(formats)
  foreach(file IN LISTS sources_of_${name})
    file(STRINGS ${file} uses_formats REGEX "^#include <cinta/io/formats/")
    if(uses_formats)
      set(formats cinta_formats)
    endif()
  endforeach()
  if((NOT CINTA_EXAMPLES AND "${sources_of_${name}}" MATCHES "/tests/examples/") OR
     (NOT cinta_formats_found AND formats) OR
     (name STREQUAL "xtensor_blas" AND NOT (CINTA_XTENSOR_BLAS AND LAPACK_FOUND)))
    add_test(NAME ${name} COMMAND test_${name})  # ctest says that it did not run
    set_tests_properties(${name} PROPERTIES DISABLED TRUE)
    continue()
  endif()
  add_executable(test_${name} ${sources_of_${name}})
  cinta_test_settings(test_${name})
  # Tests of private parts link the library's objects, the others the library as users get it.
  set(library cinta_report)
  foreach(file IN LISTS sources_of_${name})
    file(STRINGS ${file} private REGEX "^#include <cinta/(ops/kernels|.*/detail|.*/vm)/")
    if(private)
      set(library cinta_private)
    endif()
    file(STRINGS ${file} threads REGEX "std::thread|set_(num|max)_threads|parallel_for\\(")
    if(threads)
      list(APPEND cinta_threaded_tests ${name})
    endif()
  endforeach()
  if(formats AND library STREQUAL "cinta_private")
    set(formats ${cinta_formats_private})
  endif()
  set(formats_links)
  if(formats)
    set(formats_links ${cinta_formats_links})  # with which a test makes what it reads
  endif()
  target_link_libraries(test_${name} PRIVATE cinta_test_support ${formats} ${library} ${formats_links})
  # Of an inline function the linker keeps the first copy it meets: the library's, which is optimized.
  if(NOT BUILD_SHARED_LIBS)
    target_link_options(test_${name} PRIVATE LINKER:--whole-archive,$<TARGET_FILE:cinta>,--no-whole-archive)
  endif()
  if(name STREQUAL "kernels")  # of another optimization
    target_precompile_headers(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/catch_compat.hpp)
  else()
    target_precompile_headers(test_${name} REUSE_FROM cinta_test_support)
  endif()
  cinta_add_test(${name})
  list(APPEND cinta_test_targets test_${name})

  # Tests of examples run programs, which are the same whatever the test is linked with.
  if(library STREQUAL "cinta_report" AND NOT "${sources_of_${name}}" MATCHES "/tests/examples/")
    add_executable(test_${name}_other EXCLUDE_FROM_ALL $<TARGET_OBJECTS:test_${name}>)
    set_target_properties(test_${name}_other PROPERTIES LINKER_LANGUAGE CXX)
    target_link_libraries(test_${name}_other PRIVATE cinta_test_support cinta_report_other
      $<$<BOOL:${formats}>:cinta_formats_other> ${formats_links})
    if(cinta_openmp)
      target_link_libraries(test_${name}_other PRIVATE OpenMP::OpenMP_CXX)
    endif()
    cinta_add_test(${name}_other Other)
    set_tests_properties(${name}_other PROPERTIES LABELS other)
    if("avx2" IN_LIST cinta_simd_levels)  # the others are for the highest that the machine has
      set_tests_properties(${name}_other PROPERTIES
        ENVIRONMENT "${cinta_test_environment};CINTA_SIMD_LEVEL=avx2")
    endif()
    list(APPEND cinta_other_test_targets test_${name}_other)
  endif()
endforeach()

if(TARGET test_xtensor_blas)
  target_include_directories(test_xtensor_blas SYSTEM PRIVATE ${CINTA_XTENSOR_BLAS})
  target_compile_definitions(test_xtensor_blas PRIVATE HAVE_CBLAS=1)
  target_link_libraries(test_xtensor_blas PRIVATE LAPACK::LAPACK)
  target_link_libraries(test_xtensor_blas_other PRIVATE LAPACK::LAPACK)
  set_tests_properties(xtensor_blas xtensor_blas_other PROPERTIES
    ENVIRONMENT "${cinta_test_environment};CINTA_OPENBLAS=${cinta_openblas_path}")
endif()

# What a Python loads that meets Cinta in one process.
add_library(cinta_dlpack_module MODULE EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/io/peer/dlpack_module.cpp)
cinta_common_settings(cinta_dlpack_module)
target_link_libraries(cinta_dlpack_module PRIVATE cinta)
set_target_properties(cinta_dlpack_module PROPERTIES PREFIX "" OUTPUT_NAME dlpack_module
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
add_dependencies(test_dlpack_python cinta_dlpack_module)
list(REMOVE_DUPLICATES cinta_threaded_tests)
set_tests_properties(${cinta_threaded_tests} PROPERTIES LABELS threaded)
list(TRANSFORM cinta_threaded_tests PREPEND test_)
add_custom_target(cinta_tests_threaded DEPENDS ${cinta_threaded_tests})
add_custom_target(cinta_tests_other DEPENDS ${cinta_other_test_targets} cinta_other cinta_report_other)
if(cinta_formats_found)
  add_dependencies(cinta_tests_other cinta_formats_other)
endif()
include(CintaReadme)  # the programs in README.md
add_custom_target(cinta_tests DEPENDS ${cinta_test_targets} ${cinta_readme_programs})

# The rules that a compiler does not check.
foreach(check IN ITEMS layers op_table)
  add_test(NAME check_${check} COMMAND ${PROJECT_SOURCE_DIR}/cmake/checks/${check})
  set_tests_properties(check_${check} PROPERTIES TIMEOUT 60)
endforeach()
find_program(CINTA_PYTHON3 python3)
mark_as_advanced(CINTA_PYTHON3)
add_test(NAME check_planted_faults COMMAND ${PROJECT_SOURCE_DIR}/cmake/checks/mutants --self-test)
set_tests_properties(check_planted_faults PROPERTIES TIMEOUT 60)
if(NOT CINTA_PYTHON3)
  set_tests_properties(check_planted_faults PROPERTIES DISABLED TRUE)
endif()
if(cinta_isolated_objects)
  add_test(NAME check_isolated COMMAND ${PROJECT_SOURCE_DIR}/cmake/checks/symbols isolated ${cinta_isolated_objects}
    COMMAND_EXPAND_LISTS)
endif()
set(exports ${PROJECT_SOURCE_DIR}/cmake/checks/symbols exports)
set(cinta_formats_file)
if(cinta_formats_found AND BUILD_SHARED_LIBS)
  set(cinta_formats_file $<TARGET_FILE:cinta_formats>)
elseif(cinta_formats_found)
  set(cinta_formats_file $<TARGET_FILE:cinta_formats_other>)
endif()
if(BUILD_SHARED_LIBS)
  add_test(NAME check_exports COMMAND ${exports} $<TARGET_FILE:cinta> $<TARGET_FILE:cinta_report>
    ${cinta_formats_file})
else()
  add_test(NAME check_exports COMMAND ${exports} $<TARGET_FILE:cinta_other> $<TARGET_FILE:cinta_report_other>
    ${cinta_formats_file} CONFIGURATIONS Other)
  set_tests_properties(check_exports PROPERTIES LABELS other)
endif()

# What the library's objects use, held against the same table as their includes.
add_test(NAME check_links COMMAND ${CMAKE_COMMAND} -E env NM=${CMAKE_NM}
  ${PROJECT_SOURCE_DIR}/cmake/checks/links ${PROJECT_BINARY_DIR})
set_tests_properties(check_links PROPERTIES TIMEOUT 60)

# The driver of searches, by a Python that has Optuna.
if(NOT CINTA_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/tuning/*_test.py)
  foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    string(REGEX REPLACE "_test$" "" name tuning_${name})
    add_test(NAME ${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/tuning/run ${file})
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 SKIP_REGULAR_EXPRESSION "^skipped: (Optuna|Ray)"
      LABELS tuning COST 1000  # begin first: the longest
      ENVIRONMENT "CINTA_BUILD=${PROJECT_BINARY_DIR}")
  endforeach()
endif()

# What a compiler has to refuse.
add_test(NAME compile_fail
  COMMAND ${PROJECT_SOURCE_DIR}/tests/compile_fail/run ${cinta_include_dir})
set_tests_properties(compile_fail PROPERTIES TIMEOUT 300 ENVIRONMENT "CXX=${CMAKE_CXX_COMPILER}")

# A project of its own that uses the installed package, in every way that README.md tells.
if(NOT CINTA_SANITIZE)
  foreach(part IN ITEMS install Ninja "Unix Makefiles" "Ninja Multi-Config" line pkg-config)
    string(MAKE_C_IDENTIFIER "consumer_${part}" name)
    string(TOLOWER ${name} name)
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND}
      -D part=${part} -D build=${PROJECT_BINARY_DIR} -D config=$<CONFIG> -D compiler=${CMAKE_CXX_COMPILER}
      -D libdir=${CMAKE_INSTALL_LIBDIR} -P ${PROJECT_SOURCE_DIR}/tests/consumer/run.cmake)
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 SKIP_REGULAR_EXPRESSION "^skipped: |\nskipped: "
      DISABLED "${CMAKE_CROSSCOMPILING}")  # that project knows no other machine
    if(part STREQUAL "install")
      set_tests_properties(${name} PROPERTIES FIXTURES_SETUP installed)
    else()
      set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED installed)
    endif()
  endforeach()
endif()
