# How our own targets are compiled.

if(CINTA_SANITIZE)
  # For everything that is compiled here, the test framework included.
  add_compile_options(-fsanitize=${CINTA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CINTA_SANITIZE})
endif()

set(cinta_warnings
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Wundef
  -Wextra-semi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND cinta_warnings -Wshadow=local -Wduplicated-cond -Wlogical-op
    # False in g++ 12: the first three for std::string's +, the last for temporaries in designated initializers.
    -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-maybe-uninitialized)
endif()
if(NOT cinta_openmp)
  list(APPEND cinta_warnings -Wno-unknown-pragmas)
endif()
if(CINTA_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  list(APPEND cinta_warnings -Wno-pass-failed)  # instrumented loops are no vectors
endif()
if(CINTA_WERROR)
  list(APPEND cinta_warnings -Werror)
endif()

# Settings that the library and everything built beside it share.
function(cinta_common_settings target)
  target_compile_options(${target} PRIVATE ${cinta_warnings}
    # Source places in messages are relative to the project, wherever it was built.
    -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/= -fmacro-prefix-map=${cinta_include_dir}/=)
  if(CINTA_NATIVE)
    target_compile_options(${target} PRIVATE -march=native)
  endif()
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()

# Settings of the library's own sources. Results are IEEE: nothing of -ffast-math that changes a
# value. Of it only errno and trap handling are given up, which nobody here reads and which keep
# sqrt and comparisons from being vectorised.
function(cinta_compile_settings target)
  cinta_common_settings(${target})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(NOT CINTA_EXPORT_PRIVATE)
    set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  endif()
  target_compile_options(${target} PRIVATE -fno-math-errno -fno-trapping-math
    -fno-semantic-interposition)  # or -fPIC would keep our functions from being inlined
  target_compile_definitions(${target} PRIVATE CINTA_OPENBLAS_PATH="${cinta_openblas_path}")
  if(CINTA_SANITIZE)
    # The memory pool is off: it would hide what the sanitizers look for.
    target_compile_definitions(${target} PUBLIC $<BUILD_INTERFACE:CINTA_SANITIZED="${CINTA_SANITIZE}">)
  endif()
  # Its headers alone: Debian's target asks the linker for xtl, which is no library.
  target_include_directories(${target} SYSTEM PRIVATE
    $<BUILD_INTERFACE:$<TARGET_PROPERTY:xsimd,INTERFACE_INCLUDE_DIRECTORIES>>
    $<BUILD_INTERFACE:$<TARGET_PROPERTY:nlohmann_json::nlohmann_json,INTERFACE_INCLUDE_DIRECTORIES>>)
  if(cinta_openmp)
    target_link_libraries(${target} PRIVATE OpenMP::OpenMP_CXX)
  endif()
endfunction()
