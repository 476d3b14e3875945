# Runs `program` in the folder `folder`, which is emptied before; fails unless it ends with 0 and prints
# what matches the regular expression `expected`. (With ctest's own PASS_REGULAR_EXPRESSION the exit code
# would not count.)
file(REMOVE_RECURSE ${folder})
file(MAKE_DIRECTORY ${folder})
execute_process(COMMAND ${program} WORKING_DIRECTORY ${folder}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
message("${output}${errors}")
if(NOT result EQUAL 0)
  message(FATAL_ERROR "it ended with ${result}")
elseif(NOT output MATCHES "${expected}")
  message(FATAL_ERROR "it was expected to print ${expected}")
endif()
