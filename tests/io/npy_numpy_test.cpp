// io/npy beside NumPy: 1,000 random files, read and written again.

#include <cinta/io/npy.hpp>
#include <fstream>
#include <iostream>

#include "support/catch_compat.hpp"
#include "support/python.hpp"

using namespace cinta;

TEST_CASE("npy: what NumPy writes is read, and what is written NumPy reads") {
  const std::string python = python::with("numpy");
  if (python.empty()) SKIP_TEST("there is no Python with numpy");
  const python::Folder folder;
  python::run(python, "tests/io/npy_numpy.py", {"write", folder.path, "1000", "14"});
  std::ifstream list(folder / "list");
  std::string dtype;
  for (int i = 0; list >> dtype; ++i) {
    const std::string name = folder / std::to_string(i);
    const Tensor x = io::load_npy(name + ".npy");
    REQUIRE(x.is_contiguous());
    io::save_npy(name + ".own.npy", x);
    io::save_npy(name + ".as.npy", x, {.dtype = dtype});
  }
  const std::string said = python::run(python, "tests/io/npy_numpy.py", {"check", folder.path});
  CHECK_THAT(said, StartsWith("1000 files agree"));
  std::cout << said;
}
