# The programs in README.md and in pages of docs/, as they stand there: each ```cpp block with a main
# function becomes the executable <page>_<n> and a test that runs it, in an empty folder of its own. Error
# messages and sites name the page.

set(cinta_readme_programs)

# cinta_page(page name expectation...): what its programs have to print, in the order of the page.
function(cinta_page page name)
  set(path ${PROJECT_SOURCE_DIR}/${page})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} rest)
  set(line 1)
  set(n 0)
  list(LENGTH ARGN expectations)
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
      if(NOT n LESS expectations)
        message(FATAL_ERROR "${page}:${line}: cmake/CintaReadme.cmake does not say what this program prints")
      endif()
      list(GET ARGN ${n} expected)
      math(EXPR n "${n} + 1")
      set(target ${name}_${n})
      set(formats)
      if(code MATCHES "<cinta/io/formats/")
        set(formats cinta_formats)
      endif()
      set(arrays)
      if(code MATCHES "<xtensor/")
        set(arrays xtensor)
      endif()
    endif()
    if(code MATCHES "int main\\(" AND (cinta_formats_found OR NOT formats))
      set(file ${PROJECT_BINARY_DIR}/readme/${target}.cpp)
      file(CONFIGURE OUTPUT ${file} CONTENT "#line ${line} \"${page}\"\n${code}" @ONLY)
      add_executable(${target} ${file})
      cinta_test_settings(${target})
      target_link_libraries(${target} PRIVATE ${formats} ${arrays} cinta)
      set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/readme)
      add_test(NAME ${target} COMMAND ${CMAKE_COMMAND}
        -D "program=${CMAKE_CROSSCOMPILING_EMULATOR};$<TARGET_FILE:${target}>" -D expected=${expected}
        -D folder=${PROJECT_BINARY_DIR}/readme/folder_of_${target} -P ${PROJECT_SOURCE_DIR}/cmake/run_and_match.cmake)
      set_tests_properties(${target} PROPERTIES
        TIMEOUT ${cinta_test_timeout} ENVIRONMENT "${cinta_test_environment}")
      list(APPEND cinta_readme_programs ${target})
    endif()
    string(REGEX REPLACE "[^\n]" "" skipped "${code}")
    string(LENGTH "${skipped}" lines)
    math(EXPR line "${line} + ${lines}")
  endwhile()
  if(NOT n EQUAL expectations)
    message(FATAL_ERROR "${page} has ${n} programs; ${expectations} were expected")
  endif()
  set(cinta_readme_programs ${cinta_readme_programs} PARENT_SCOPE)
endfunction()

# A loss that has fallen, a gradient that is right, a shape.
cinta_page(README.md readme
  "step 500  loss 0\\."
  "^cube: all [0-9]+ derivatives agree"
  "^\\(100,\\)\n$")
# The same outputs; a run that was stopped beside one that was not; threads that agree.
cinta_page(docs/saving.md saving
  "^the same outputs\n[^\n]*missing: extra\\.weight extra\\.bias[^\n]*\n$"
  "^epoch 10 [^\n]*\nstopped in epoch 4\nepoch 10 [^\n]*\nthe same weights\n$"
  "^4 threads, 4000 answers, the same\n$")
# A table of modules; a loss that falls; a weight that is skew-symmetric.
cinta_page(docs/modules.md modules
  "^module  [^\n]*\nNet  .*\nparameters 2,627, 10\\.3 KiB"
  "^loss [0-9.]+ at first, 0\\.0[0-9]+ at last\n$"
  "^skew-symmetric\n$")
# A loss and its slope; gradients that are right.
cinta_page(docs/linear_algebra.md linear_algebra
  "^loss -?[0-9.]+, slope -?[0-9.]+\n$"
  "^log_cosh: all [0-9]+ derivatives agree"
  "^implicit_fixed_point: all [0-9]+ derivatives agree")
# A fit by draws, beside what is known.
cinta_page(docs/distributions.md distributions
  "^mean 3\\.[56][0-9.]*, exactly 3\\.57143\ndivergence below 0\\.01\n$")
# A whole run, and what its figures say.
cinta_page(docs/training.md training
  "^good fit after [0-9]+ epochs\n$")
# Arrays, weights and images that come back.
cinta_page(docs/files.md files
  "^weight \\(2, 3\\)\nbias \\(2,\\)\n$"
  "^2 tensors, weight 1\n$"
  "^float32 \\(1, 16, 16\\) up to 1\nint64 \\(1, 16, 16\\)\n$")
