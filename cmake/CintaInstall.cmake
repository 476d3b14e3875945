# Headers, library and the package files that find_package(cinta) reads.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

target_include_directories(cinta INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
install(TARGETS cinta EXPORT cintaTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

# What users may include: every header but those of kernels and of detail/ folders.
foreach(folder IN LISTS cinta_folders)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cinta
    FILES_MATCHING PATTERN "*.hpp"
    PATTERN detail EXCLUDE PATTERN kernels EXCLUDE PATTERN vm EXCLUDE)
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
