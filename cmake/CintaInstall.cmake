# Headers, library and the package files that find_package(cinta) reads.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

target_include_directories(cinta INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
install(TARGETS cinta EXPORT cintaTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

# Kernels are internal. Of their headers only those are installed that a public header includes.
set(pending)
foreach(folder IN LISTS cinta_folders ITEMS autograd/check)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.hpp)
  install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cinta/${folder})
  list(APPEND pending ${headers})
endforeach()
set(kernel_headers)
while(pending)
  list(POP_FRONT pending header)
  file(STRINGS ${header} lines REGEX "^ *# *include *<cinta/ops/kernels/")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE ".*<cinta/([^>]*)>.*" "${PROJECT_SOURCE_DIR}/\\1" included "${line}")
    if(NOT included IN_LIST kernel_headers)
      list(APPEND kernel_headers ${included})
      list(APPEND pending ${included})
    endif()
  endforeach()
endwhile()
if(kernel_headers)
  install(FILES ${kernel_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cinta/ops/kernels)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/cinta.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/cinta)

set(cinta_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cinta)
set(cinta_static_needs_openmp FALSE)
set(cinta_static TRUE)
if(BUILD_SHARED_LIBS)
  set(cinta_static FALSE)
endif()
if(cinta_openmp)
  set(cinta_static_needs_openmp ${cinta_static})
endif()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cintaConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/cintaConfig.cmake INSTALL_DESTINATION ${cinta_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/cintaConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/package/cintaConfig.cmake
  ${PROJECT_BINARY_DIR}/package/cintaConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindLibcsv.cmake
  DESTINATION ${cinta_package_dir})
install(EXPORT cintaTargets NAMESPACE cinta:: DESTINATION ${cinta_package_dir})
