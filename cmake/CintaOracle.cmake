# tests/oracle, whose cases are held against PyTorch, NumPy and SciPy. Built only when it is asked for: ./dev oracle

file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/oracle/*.cpp)
add_executable(oracle_cases EXCLUDE_FROM_ALL ${files})
cinta_common_settings(oracle_cases)
target_link_libraries(oracle_cases PRIVATE cinta)
set_target_properties(oracle_cases PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
