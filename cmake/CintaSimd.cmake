# Kernels for several instruction sets in one library.
#
# A file <name>_simd.cpp is compiled once per level, each time with CINTA_SIMD defined
# as the level's name: baseline, avx2 (x86-64-v3), avx512 (x86-64-v4). It puts what it defines
# into `namespace cinta::kernels::CINTA_SIMD`, and another file picks one of them at run time.
# CINTA_SIMD_AVX2 and CINTA_SIMD_AVX512 are defined everywhere in the library when those levels
# are built. With CINTA_NATIVE, and on other processors, there is only `baseline`.

set(CINTA_SIMD_LEVELS "" CACHE STRING "Instruction sets besides the baseline: avx2;avx512")
set(cinta_simd_levels ${CINTA_SIMD_LEVELS})
if(NOT CINTA_SIMD_LEVELS AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT CINTA_NATIVE)
  set(cinta_simd_levels avx2 avx512)
endif()
list(REMOVE_ITEM cinta_simd_levels baseline)

set(cinta_simd_flags_avx2 -march=x86-64-v3)
set(cinta_simd_flags_avx512 -march=x86-64-v4 -mprefer-vector-width=512)
# Inline functions and templates that such a file instantiates have the same names as everybody
# else's, and the linker keeps one copy of each: it could be one that the machine at hand cannot
# run. So each of these objects keeps its own: cmake/isolate makes what is weak in it local, and
# cmake/checks/symbols looks. gcc is told so beforehand by -fno-weak, since it inlines better where it
# knows that a function is nobody else's. It holds for inline variables too, so these files must not
# write to any (gcc says so at length, hence -w; what else there is to warn of, the baseline shows).
function(cinta_isolate target)
  set(launcher ${PROJECT_SOURCE_DIR}/cmake/isolate ${CMAKE_NM} ${CMAKE_OBJCOPY} ${CMAKE_CXX_COMPILER_LAUNCHER})
  set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER "${launcher}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fno-weak -w)
  endif()
endfunction()

# An optimizer's step is bound by memory: without contraction it costs nothing and is the same on
# every instruction set, and when it is made later. A transform of a signal is the same in whatever
# company.
set_source_files_properties(
  ${PROJECT_SOURCE_DIR}/ops/kernels/fft/fft_simd.cpp
  ${PROJECT_SOURCE_DIR}/ops/kernels/optimizer/steps_simd.cpp
  ${PROJECT_SOURCE_DIR}/ops/kernels/optimizer/pending_steps.cpp
  PROPERTIES COMPILE_OPTIONS -ffp-contract=off SKIP_PRECOMPILE_HEADERS ON)

# int64 elements are counted modulo 2^64.
set_source_files_properties(
  ${PROJECT_SOURCE_DIR}/ops/kernels/elementwise/integer_functions_simd.cpp
  PROPERTIES COMPILE_OPTIONS -fwrapv SKIP_PRECOMPILE_HEADERS ON)

function(cinta_add_sources target)
  set(plain ${ARGN})
  set(simd ${ARGN})
  list(FILTER plain EXCLUDE REGEX "_simd\\.cpp$")
  list(FILTER simd INCLUDE REGEX "_simd\\.cpp$")
  target_sources(${target} PRIVATE ${plain})
  if(NOT simd)
    return()
  endif()
  foreach(level IN ITEMS baseline LISTS cinta_simd_levels)
    string(TOUPPER ${level} upper)
    add_library(${target}_${level} OBJECT ${simd})
    cinta_compile_settings(${target}_${level})
    target_compile_features(${target}_${level} PRIVATE cxx_std_20)
    target_include_directories(${target}_${level} PRIVATE ${cinta_include_dir})
    target_compile_definitions(${target}_${level} PRIVATE CINTA_SIMD=${level})
    if(CINTA_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      # xsimd makes integers of NaN and infinity in lanes whose result it then replaces.
      target_compile_options(${target}_${level} PRIVATE -fno-sanitize=float-cast-overflow)
    endif()
    if(CINTA_NATIVE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # What gcc 12 says of its own headers for AVX-512.
      target_compile_options(${target}_${level} PRIVATE -Wno-maybe-uninitialized)
    endif()
    if(NOT level STREQUAL baseline)
      target_compile_options(${target}_${level} PRIVATE ${cinta_simd_flags_${level}})
      cinta_isolate(${target}_${level})
      target_compile_definitions(${target} PRIVATE CINTA_SIMD_${upper}=1)
    endif()
    # A third of the time that one of these files takes goes into the same headers. As in the library.
    if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
      target_precompile_headers(${target}_${level} PRIVATE <algorithm> <cmath> <cstring> <limits> <span>
        <utility> <vector> <cinta/ops/kernels/simd/xsimd.hpp>)
    endif()
    # CMake counts a precompiled header among the objects.
    set(level_objects "$<FILTER:$<TARGET_OBJECTS:${target}_${level}>,EXCLUDE,[.](gch|pch)$>")
    target_sources(${target} PRIVATE ${level_objects})
    list(APPEND objects ${level_objects})
    if(NOT level STREQUAL baseline)
      list(APPEND isolated ${level_objects})
    endif()
  endforeach()
  set(${target}_simd_objects ${objects} PARENT_SCOPE)
  set(${target}_isolated_objects ${isolated} PARENT_SCOPE)
endfunction()
