# Headers, libraries, and what find_package(cinta) and pkg-config read.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

foreach(target IN ITEMS cinta cinta_report ${cinta_formats_target})
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
install(TARGETS cinta cinta_report ${cinta_formats_target} EXPORT cintaTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

# What users may include: every header but those of kernels and of detail/ folders, and of libraries
# that are not built.
set(cinta_absent)
if(NOT cinta_formats_found)
  set(cinta_absent PATTERN formats EXCLUDE)
endif()
foreach(folder IN LISTS cinta_folders)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cinta
    FILES_MATCHING PATTERN "*.hpp"
    PATTERN detail EXCLUDE PATTERN kernels EXCLUDE PATTERN vm EXCLUDE ${cinta_absent})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/cinta.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cinta)

set(cinta_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cinta)
set(cinta_static_needs_openmp FALSE)
if(cinta_openmp AND NOT BUILD_SHARED_LIBS)
  set(cinta_static_needs_openmp TRUE)
endif()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cintaConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/cintaConfig.cmake INSTALL_DESTINATION ${cinta_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/cintaConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/cintaConfig.cmake
  ${PROJECT_BINARY_DIR}/package/cintaConfigVersion.cmake
  DESTINATION ${cinta_package_dir})
install(EXPORT cintaTargets NAMESPACE cinta:: DESTINATION ${cinta_package_dir})

# For pkg-config. A static library's own needs are every user's; a shared one keeps them to itself.
# The files lie where the libraries are, so that a moved installation still works.
set(cinta_own_needs)
if(cinta_openmp AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND cinta_own_needs ${OpenMP_CXX_FLAGS})
elseif(cinta_openmp)
  list(APPEND cinta_own_needs ${OpenMP_CXX_LIBRARIES})
endif()
list(APPEND cinta_own_needs -pthread)
foreach(library IN LISTS CMAKE_DL_LIBS)
  list(APPEND cinta_own_needs -l${library})
endforeach()
list(JOIN cinta_own_needs " " cinta_own_needs)
set(cinta_public_needs)
set(cinta_formats_public_needs)
if(NOT BUILD_SHARED_LIBS)
  set(cinta_public_needs " ${cinta_own_needs}")
  set(cinta_formats_public_needs " -lzip -lpng -lz")
endif()
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE libdir)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${libdir}/pkgconfig OUTPUT_VARIABLE cinta_prefix)
foreach(target IN ITEMS cinta cinta_report ${cinta_formats_target})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${target}.pc.in ${PROJECT_BINARY_DIR}/package/${target}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${target}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
