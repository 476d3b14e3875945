# Benchmarks: benchmarks/*.cpp and what lies in benchmarks/works/ in one executable, bench. The peer is a
# project of its own, benchmarks/peer.

cinta_find_or_return(benchmarks CLI11 libcli11-dev)

file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/benchmarks/*.cpp ${PROJECT_SOURCE_DIR}/benchmarks/works/*.cpp
  ${PROJECT_SOURCE_DIR}/benchmarks/works/*/*.cpp)
add_executable(bench ${files})
cinta_common_settings(bench)
target_link_libraries(bench PRIVATE cinta_private nlohmann_json::nlohmann_json CLI11::CLI11)
if(cinta_openmp)
  target_link_libraries(bench PRIVATE OpenMP::OpenMP_CXX)
endif()
target_compile_definitions(bench PRIVATE
  CINTA_SOURCE_DIR="${PROJECT_SOURCE_DIR}" CINTA_VERSION="${PROJECT_VERSION}")
set_target_properties(bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/benchmarks)
