# Benchmarks: all of benchmarks/*.cpp in one executable, bench.

file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/benchmarks/*.cpp)
if(NOT files)
  return()
endif()
add_executable(bench ${files})
cinta_common_settings(bench)
target_link_libraries(bench PRIVATE cinta xtensor nlohmann_json::nlohmann_json)
target_compile_definitions(bench PRIVATE CINTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
set_target_properties(bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/benchmarks)
