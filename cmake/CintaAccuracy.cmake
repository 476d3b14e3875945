# tests/accuracy, which holds the elementary functions against MPFR. Built only when it is asked for:
# ./dev check accuracy

find_path(CINTA_MPFR_INCLUDE mpfr.h DOC "MPFR, for tests/accuracy")
find_library(CINTA_MPFR mpfr DOC "MPFR, for tests/accuracy")
find_library(CINTA_GMP NAMES gmp libgmp.so.10 DOC "GMP, for tests/accuracy")
if(NOT CINTA_MPFR_INCLUDE OR NOT CINTA_MPFR OR NOT CINTA_GMP)
  message(STATUS "tests/accuracy is not built: MPFR was not found (Debian: libmpfr-dev)")
  return()
endif()
add_executable(accuracy EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/accuracy/accuracy.cpp)
cinta_common_settings(accuracy)
target_include_directories(accuracy PRIVATE ${CINTA_MPFR_INCLUDE})
target_link_libraries(accuracy PRIVATE cinta ${CINTA_MPFR} ${CINTA_GMP})
if(CINTA_OPENMP)
  target_link_libraries(accuracy PRIVATE OpenMP::OpenMP_CXX)
endif()
set_target_properties(accuracy PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
