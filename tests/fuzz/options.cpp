// Any command line of embedding_exercise is parsed or refused by one line, and so is any target in
// any file.

#include <cinta/autograd/core/error.hpp>
#include <iostream>
#include <sstream>
#include <vector>

#include "../../examples/embedding_exercise/options.hpp"
#include "../../examples/tabular/target.hpp"
#include "fuzz/support.hpp"

using namespace cinta;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Lines are arguments.
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  std::vector<std::string> arguments{"embedding_exercise"};
  for (std::string line; std::getline(lines, line);) arguments.push_back(line.c_str());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::ostringstream out;
  std::streambuf* before = std::cout.rdbuf(out.rdbuf());
  try {
    const auto options =
        exercise::parse_options(static_cast<int>(arguments.size()), pointers.data());
    if (options) {
      const io::CsvTable table = io::parse_csv("x,c,y\n1,a,-2\n0,b,1e300\nNA,,5\n", "f");
      tabular::Target target = tabular::parse_target(options->target, table);
      tabular::read_target(target, table);
    }
  } catch (const Error&) {
  }
  std::cout.rdbuf(before);
  return 0;
}
