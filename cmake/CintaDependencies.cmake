# Finds what the library is built on. Everything that is missing is named in one message. What tests,
# examples and benchmarks need besides is found in their files, and they are left out without it.

set(cinta_missing)
macro(cinta_find name debian_package)
  find_package(${name} QUIET ${ARGN})
  if(NOT ${name}_FOUND)
    string(APPEND cinta_missing "\n  ${name} (Debian: ${debian_package})")
  endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
cinta_find(Threads libc6-dev)
cinta_find(xsimd libxsimd-dev)
cinta_find(nlohmann_json nlohmann-json3-dev)
cinta_find(CLI11 libcli11-dev)
# Debian 12's xsimd names xtl, which is headers alone, as a library and leaves it to others to find it.
find_package(xtl QUIET)
if(NOT TARGET xtl)
  add_library(xtl INTERFACE IMPORTED)
endif()

set(cinta_openmp OFF)
if(CINTA_OPENMP)
  cinta_find(OpenMP "g++; or configure with -DCINTA_OPENMP=OFF" COMPONENTS CXX)
  set(cinta_openmp ON)
endif()

# cinta_find_or_return(what NAME package NAME package ...): leaves the calling file, and says why,
# when something that `what` are made with is missing.
macro(cinta_find_or_return what)
  set(cinta_needs ${ARGN})
  while(cinta_needs)
    list(POP_FRONT cinta_needs name package)
    find_package(${name} QUIET)
    if(NOT ${name}_FOUND)
      message(STATUS "No ${what} are built: ${name} was not found (Debian: ${package})")
      return()
    endif()
  endwhile()
endmacro()

if(cinta_missing)
  message(FATAL_ERROR "Cinta needs, and did not find:${cinta_missing}")
endif()

# OpenBLAS is not linked: the kernels load it at first use, because the kind of core has to be
# settled before it initialises. This is where they look first. Its OpenMP build
# can be kept in the thread that calls it; the others would compete with our loops.
find_library(CINTA_OPENBLAS
  NAMES libopenblas.so.0 libopenblas.so
  PATHS /usr/lib /usr/lib64 /usr/local/lib
  PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp openblas-openmp
  DOC "OpenBLAS, loaded at run time" NO_DEFAULT_PATH)
find_library(CINTA_OPENBLAS NAMES libopenblas.so.0 libopenblas.so openblas)
if(CINTA_OPENBLAS)
  set(cinta_openblas_path ${CINTA_OPENBLAS})
else()
  set(cinta_openblas_path libopenblas.so.0)  # whatever the loader finds
  message(WARNING "OpenBLAS was not found (Debian: libopenblas0-openmp)")
endif()

# What cinta::formats is built on. Names for the linker, which an installed package hands on.
set(cinta_formats_found TRUE)
set(cinta_formats_links)
set(cinta_formats_includes)
foreach(row IN ITEMS "zip zip.h libzip-dev" "png png.h libpng-dev" "z zlib.h zlib1g-dev")
  string(REPLACE " " ";" row ${row})
  list(GET row 0 name)
  list(GET row 1 header)
  list(GET row 2 package)
  find_library(CINTA_LIB_${name} ${name})
  find_path(CINTA_INCLUDE_${name} ${header})
  mark_as_advanced(CINTA_LIB_${name} CINTA_INCLUDE_${name})
  if(NOT CINTA_LIB_${name} OR NOT CINTA_INCLUDE_${name})
    message(STATUS "cinta::formats (npz, PyTorch's weights, images) is not built: ${name} was not found (Debian: ${package})")
    set(cinta_formats_found FALSE)
    break()
  endif()
  list(APPEND cinta_formats_links $<BUILD_INTERFACE:${CINTA_LIB_${name}}> $<INSTALL_INTERFACE:${name}>)
  list(APPEND cinta_formats_includes ${CINTA_INCLUDE_${name}})
endforeach()
