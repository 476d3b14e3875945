# The programs in README.md, as they stand there: each ```cpp block with a main function becomes
# the executable readme_<n> and a test that runs it. Error messages and sites name README.md.

# What they have to print, in the order of the page: a loss that has fallen, a gradient that is right,
# a shape.
set(cinta_readme_expected
  "step 500  loss 0\\."
  "^cube: all [0-9]+ derivatives agree"
  "^\\(100,\\)\n$")

set(readme ${PROJECT_SOURCE_DIR}/README.md)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${readme})
file(READ ${readme} rest)
set(line 1)
set(cinta_readme_programs)
while(TRUE)
  string(FIND "${rest}" "```cpp\n" begin)
  if(begin EQUAL -1)
    break()
  endif()
  math(EXPR begin "${begin} + 7")
  string(SUBSTRING "${rest}" 0 ${begin} skipped)
  string(SUBSTRING "${rest}" ${begin} -1 rest)
  string(FIND "${rest}" "```" end)
  string(SUBSTRING "${rest}" 0 ${end} code)
  string(SUBSTRING "${rest}" ${end} -1 rest)
  string(REGEX REPLACE "[^\n]" "" skipped "${skipped}")
  string(LENGTH "${skipped}" lines)
  math(EXPR line "${line} + ${lines}")
  if(code MATCHES "int main\\(")
    list(LENGTH cinta_readme_programs n)
    list(LENGTH cinta_readme_expected expectations)
    if(NOT n LESS expectations)
      message(FATAL_ERROR "README.md:${line}: cmake/CintaReadme.cmake does not say what this program prints")
    endif()
    list(GET cinta_readme_expected ${n} expected)
    math(EXPR n "${n} + 1")
    set(file ${PROJECT_BINARY_DIR}/readme/readme_${n}.cpp)
    file(CONFIGURE OUTPUT ${file} CONTENT "#line ${line} \"README.md\"\n${code}" @ONLY)
    add_executable(readme_${n} ${file})
    cinta_test_settings(readme_${n})
    target_link_libraries(readme_${n} PRIVATE cinta)
    set_target_properties(readme_${n} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/readme)
    add_test(NAME readme_${n} COMMAND ${CMAKE_COMMAND}
      -D "program=${CMAKE_CROSSCOMPILING_EMULATOR};$<TARGET_FILE:readme_${n}>" -D expected=${expected} -P ${PROJECT_SOURCE_DIR}/cmake/run_and_match.cmake)
    set_tests_properties(readme_${n} PROPERTIES
      TIMEOUT ${cinta_test_timeout} ENVIRONMENT "${cinta_test_environment}")
    list(APPEND cinta_readme_programs readme_${n})
  endif()
  string(REGEX REPLACE "[^\n]" "" skipped "${code}")
  string(LENGTH "${skipped}" lines)
  math(EXPR line "${line} + ${lines}")
endwhile()

list(LENGTH cinta_readme_programs n)
list(LENGTH cinta_readme_expected expectations)
if(NOT n EQUAL expectations)
  message(FATAL_ERROR "README.md has ${n} programs; ${expectations} were expected")
endif()
